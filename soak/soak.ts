import { setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE_MS } from '../core/durations.ts';
import { account } from './account/account.ts';
import { gatherFacts } from './account/facts.ts';
import { exitCodeOf, quantile, type Result } from './account/report.ts';
import { Crowd, type Member } from './crowd/crowd.ts';
import { eventsOf } from './events.ts';
import { freePorts } from './free-port.ts';
import { type Kill, planKills } from './kills.ts';
import type { SoakOptions } from './options.ts';
import { SoakApi } from './product/api.ts';
import { Product } from './product/process.ts';
import { type DeadLetters, Queues } from './product/queues.ts';
import { Publisher } from './publisher.ts';
import { settle } from './settle.ts';

const TENANT = 'soak';
const ADMIN_KEY = 'pr_soak_admin';
/** Short, because each start restarts the schedules: with kills every few seconds, a minute would never pass. */
const SCHEDULE_SECONDS = 2;
const REDRIVES_MAX = 3;
/** A message that failed because of an error on our side becomes visible again after its visibility timeout: six minutes. */
const SETTLING_MS = 10 * MINUTE_MS;
/** How long deliveries redriven to a dead port are retried before it is disabled. */
const DEAD_PORT_TRIED_MS = 10_000;
/** The product must do some work before it is killed again. */
const UP_BEFORE_KILL_MS = 400;
/** When owners act, as shares of the run. */
const PAUSED_AT = 0.3;
const RESUMED_AT = 0.6;
const DELETED_AT = 0.5;

export interface SoakRun {
  readonly options: SoakOptions;
  /** Ends everything early. */
  readonly signal: AbortSignal;
  /** Prints progress. */
  readonly say: (text: string) => void;
}

/**
 * Runs a soak: publishes and kills, ends the faults, redrives, waits until nothing is in progress, accounts.
 * @throws Error if it cannot be run; everything that was started has then been stopped.
 */
export async function soak(run: SoakRun): Promise<Result> {
  // Every request adds a listener.
  setMaxListeners(0, run.signal);
  const folder = mkdtempSync(join(tmpdir(), 'postrider-soak-'));
  let keeps = run.options.keep;
  try {
    const result = await inFolder(folder, run);
    keeps ||= exitCodeOf(result) === 1;
    return result;
  } finally {
    if (keeps) run.say(`The data and the product's log are kept in ${folder}`);
    else rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function inFolder(folder: string, { options, signal, say }: SoakRun): Promise<Result> {
  const [api = 0, aws = 0, crowdPort = 0, down = 0] = await freePorts(4, Math.random);
  const ports = { api, aws, crowd: crowdPort, down };
  const scheduleSeconds = SCHEDULE_SECONDS;
  const product = new Product({ folder, adminKey: ADMIN_KEY, apiPort: ports.api, awsPort: ports.aws, scheduleSeconds });
  const events = eventsOf(options.seed);
  const { endpoints: size, seed } = options;
  const durationMs = options.minutes * MINUTE_MS;
  const crowd = new Crowd({ tenant: TENANT, size, seed, durationMs, events, ports });
  try {
    say(`seed ${seed}: starting the product`);
    product.start();
    await product.untilUp(signal);
    return await new Soak({ options, signal, say, product, crowd, events }).run();
  } finally {
    await Promise.all([product.close(), crowd.close()]);
  }
}

interface Parts extends SoakRun {
  readonly product: Product;
  readonly crowd: Crowd;
  readonly events: ReturnType<typeof eventsOf>;
}

/** One run over a product that is up. */
class Soak {
  readonly #parts: Parts;
  readonly #api: SoakApi;
  readonly #queues: Queues;
  readonly #publisher: Publisher;
  #beganAt = 0;
  #moves = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { product, signal, options, events, crowd } = parts;
    const untilUp = () => product.untilUp(signal);
    const common = { apiUrl: product.apiUrl, adminKey: ADMIN_KEY, signal, untilUp };
    this.#api = new SoakApi(common);
    this.#queues = new Queues(product.outputs());
    this.#publisher = new Publisher({
      ...common,
      tenant: TENANT,
      seed: options.seed,
      rate: options.rate,
      events,
      onFlaw: (flaw) => crowd.receipts.addFlaw(flaw),
    });
  }

  async run(): Promise<Result> {
    try {
      const { crowd, say } = this.#parts;
      await crowd.open(this.#api);
      say(`${crowd.members.length} endpoints subscribed; publishing`);
      const upShare = await this.#publishAndKill();
      const settlingFrom = Date.now();
      const redrives = await this.#healAndSettle();
      const accountingFrom = Date.now();
      const { deadLetters, unreadable } = await this.#queues.look(this.#parts.signal);
      const { acknowledged } = this.#publisher;
      const { deaths } = this.#parts.product;
      const facts = await gatherFacts({ api: this.#api, tenant: TENANT, crowd, acknowledged, deadLetters, deaths });
      this.#checkIds();
      const times = {
        publishedFor: (settlingFrom - this.#beganAt) / 1000,
        settledIn: (accountingFrom - settlingFrom) / 1000,
        accountedIn: (Date.now() - accountingFrom) / 1000,
      };
      const stray = deadLetters.filter(({ endpointId, eventId }) => facts.said(endpointId, eventId)?.status !== 'dead');
      const summary = { total: deadLetters.length, stray: stray.length, unreadable };
      const { flaws: first, flawCount } = crowd.receipts;
      return {
        account: account(facts),
        flaws: { count: flawCount, first },
        run: { ...this.#figures(), ...times, upShare, redrives, deadLetters: summary },
      };
    } finally {
      this.#queues.close();
    }
  }

  /** @returns the share of the time in which the product accepted events. */
  async #publishAndKill(): Promise<number> {
    const { options, crowd, product, signal, say } = this.#parts;
    const durationMs = options.minutes * MINUTE_MS;
    const stop = new AbortController();
    crowd.begin();
    this.#beganAt = Date.now();
    const upBefore = product.upMs;
    const progress = setInterval(() => say(this.#progress()), 10_000);
    try {
      // Any failure ends the publishing too, so nothing keeps running.
      const work = [
        this.#publisher.run(stop.signal),
        Promise.all([
          this.#kill(planKills(options.seed, options.kills, durationMs)),
          this.#own(durationMs),
          sleep(durationMs, undefined, { signal }),
        ]).finally(() => stop.abort()),
      ];
      await Promise.all(work);
    } finally {
      stop.abort();
      clearInterval(progress);
    }
    return (product.upMs - upBefore) / (Date.now() - this.#beganAt);
  }

  async #kill(kills: readonly Kill[]): Promise<void> {
    const { product, signal } = this.#parts;
    for (const { atMs, whileStarting } of kills) {
      await this.#until(atMs);
      if (!whileStarting) await product.untilUp(signal, UP_BEFORE_KILL_MS);
      await product.kill();
      product.start();
    }
    await product.untilUp(signal);
  }

  /** The actions of endpoint owners during the run. */
  async #own(durationMs: number): Promise<void> {
    const { crowd } = this.#parts;
    const each = async (members: readonly Member[], act: (member: Member) => Promise<void>) => {
      for (const member of members) await act(member);
    };
    await this.#until(PAUSED_AT * durationMs);
    await each(crowd.of('paused'), ({ id }) => this.#api.setState(id, 'paused'));
    await this.#until(DELETED_AT * durationMs);
    await each(crowd.of('deleted'), async (member) => {
      member.goneAt = Date.now();
      await this.#api.deleteEndpoint(member.id);
    });
    await this.#until(RESUMED_AT * durationMs);
    await each(crowd.of('paused'), ({ id }) => this.#api.setState(id, 'active'));
  }

  /** @returns how often the dead-letter queue was redriven. */
  async #healAndSettle(): Promise<number> {
    const { crowd, signal, say } = this.#parts;
    await crowd.heal();
    say('the faults have ended');
    let redrives = 0;
    let found: DeadLetters;
    do {
      say('redriving the dead-letter queue');
      await this.#queues.redrive();
      redrives += 1;
      if (redrives === 1) await this.#disableDeadPorts();
      await this.#settle();
      found = await this.#queues.look(signal);
    } while (redrives < REDRIVES_MAX && this.#canBeDelivered(found));
    return redrives;
  }

  #canBeDelivered({ deadLetters }: DeadLetters): boolean {
    const good = this.#parts.crowd.members.filter(({ kind }) => !kind.staysBad);
    return deadLetters.some(({ endpointId }) => good.some(({ id }) => id === endpointId));
  }

  /** The owner finally disables endpoints where nothing will ever listen: deliveries held for them must end then. */
  async #disableDeadPorts(): Promise<void> {
    await sleep(DEAD_PORT_TRIED_MS, undefined, { signal: this.#parts.signal });
    for (const member of this.#parts.crowd.of('dead port')) {
      member.goneAt = Date.now();
      await this.#api.setState(member.id, 'disabled');
    }
  }

  /** Closes its circuit: every waiting delivery was refused before, and each probe would be refused again, for hours. */
  async #moveStubborn(): Promise<void> {
    const { crowd } = this.#parts;
    this.#moves += 1;
    for (const member of crowd.of('stubborn')) await this.#api.setUrl(member.id, crowd.movedUrlOf(member, this.#moves));
  }

  async #settle(): Promise<void> {
    const { crowd, signal, say, options } = this.#parts;
    const [api, queues, tenant] = [this.#api, this.#queues, TENANT];
    // A circuit may stay open as long as it has been failing, at most an hour.
    const patienceMs = Math.min(options.minutes, 60) * MINUTE_MS + SETTLING_MS;
    const isQuiet = await settle({
      api,
      queues,
      crowd,
      tenant,
      signal,
      patienceMs,
      say,
      nudge: () => this.#moveStubborn(),
    });
    if (!isQuiet) say(`still in progress after ${Math.round(patienceMs / MINUTE_MS)} minutes; accounting anyway`);
  }

  /** The id that was acknowledged must be the id that arrived. */
  #checkIds(): void {
    const { receipts } = this.#parts.crowd;
    for (const { n, id } of this.#publisher.acknowledged) {
      const arrived = receipts.idOf(n) ?? id;
      if (arrived !== id) receipts.addFlaw(`Event number ${n} was acknowledged as ${id} and arrived as ${arrived}.`);
    }
  }

  #until(atMs: number): Promise<void> {
    return sleep(Math.max(0, this.#beganAt + atMs - Date.now()), undefined, { signal: this.#parts.signal });
  }

  #progress(): string {
    const { product, crowd } = this.#parts;
    const seconds = Math.round((Date.now() - this.#beganAt) / 1000);
    const { acknowledged } = this.#publisher;
    return `${seconds} s: ${acknowledged.length} acknowledged, ${crowd.receipts.posts} webhooks, ${product.kills} kills`;
  }

  #figures() {
    const { product, crowd, options } = this.#parts;
    const { published, acknowledged, unanswered, repeats, latenciesMs } = this.#publisher;
    return {
      seed: options.seed,
      published,
      acknowledged: acknowledged.length,
      unanswered,
      repeats,
      posts: crowd.receipts.posts,
      kills: product.kills,
      restarts: product.starts - 1,
      crashes: product.crashes,
      publishMs: { p50: quantile(latenciesMs, 0.5), p95: quantile(latenciesMs, 0.95) },
    };
  }
}
