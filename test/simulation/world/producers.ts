import { type PublishPorts, publish } from '../../../core/events/publish.ts';
import type { ApiKey } from '../../../core/keys/key.ts';
import { Problem } from '../../../core/problem.ts';
import { stages } from '../../../lib/stage.ts';
import type { Container } from '../engine/container.ts';
import { busOf, dataValidatorOf, eventsOf, payloadsOf } from './ports.ts';
import { START, type World } from './world.ts';

const FUNCTION_TIMEOUT_MS = stages.prod.functions.ingest.timeoutSeconds * 1000;

const PRODUCER: ApiKey = {
  id: 'key_1',
  name: 'simulation',
  role: 'producer',
  tenant: null,
  prefix: 'pr_',
  createdAt: START,
  expiresAt: null,
  lastUsedOn: null,
};

export const TYPES = ['order.created', 'order.paid', 'invoice.sent'] as const;
const BIG_TEXT = 'x'.repeat(61_000);
/** Legal in JSON but not in an SQS message, with escapes that JSON does not need and that must be preserved. */
const ODD_TEXT = '\ufffe \uffff \\uffff \\ud800';

/** For how long a request is repeated, at most. */
const REPEATS_MS = 30 * 60_000;

/** A publish request. */
interface PublishRequest {
  body: string;
  header: string | undefined;
  /** Its events, in order. */
  items: { tenant: string; key: string | undefined; data: string; isBig: boolean }[];
}

/** The event accepted under an idempotency key. */
interface Accepted {
  id: string;
  data: string;
}

/** Producers publish single events and lists, with and without keys, and repeat requests that got no answer. */
export class Producers {
  readonly #world: World;
  readonly #accepted = new Map<string, Accepted>();
  /** All data sent under each key. */
  readonly #asked = new Map<string, Set<string>>();
  #keys = 0;
  /** When each key was first used. */
  readonly #usedSince = new Map<string, number>();
  #requests = 0;
  published = 0;

  constructor(world: World) {
    this.#world = world;
  }

  start(tenants: readonly string[]): void {
    const { chance, profile, scheduler } = this.#world;
    let at = 0;
    if (profile.isSteady) {
      const everyMs = profile.troubleMs / profile.publishes;
      for (; at < profile.troubleMs; at += everyMs) {
        scheduler.after(at, () => this.#publish(this.#request(tenants), 1));
      }
      return;
    }
    for (let count = 0; count < profile.publishes; count++) {
      // Some close together, some far apart.
      at += chance.happens(0.6) ? chance.unit() * 2_000 : chance.unit() * (profile.troubleMs / profile.publishes);
      scheduler.after(Math.min(at, profile.troubleMs * 0.9), () => this.#publish(this.#request(tenants), 3));
    }
  }

  #request(tenants: readonly string[]): PublishRequest {
    const { chance, profile } = this.#world;
    const isList = chance.happens(profile.listChance);
    const isKeyed = chance.happens(profile.keyedChance);
    const items = Array.from({ length: isList ? chance.whole(1, profile.listMax) : 1 }, () => {
      // A key that was used before, sometimes with different data.
      const isUsed = this.#keys > 0 && chance.happens(0.15);
      const key = isKeyed ? this.#key(isUsed ? `k${chance.whole(1, this.#keys)}` : undefined) : undefined;
      const isBig = chance.happens(0.4);
      const text = chance.happens(profile.largeBodies)
        ? BIG_TEXT
        : chance.happens(profile.oddTexts)
          ? ODD_TEXT
          : '19 digits: é';
      const data = `{"n": ${9_007_199_254_740_993n + BigInt(++this.#requests)},"big":${isBig},"t":"${text}"}`;
      return { tenant: chance.pick(tenants), key, data, isBig };
    });
    const seen = new Set<string>();
    const distinct = items.filter(
      ({ key, tenant }) => key === undefined || (!seen.has(`${tenant} ${key}`) && seen.add(`${tenant} ${key}`)),
    );
    const texts = distinct.map(({ tenant, key, data }) => {
      const inBody = isList && key !== undefined ? `,"idempotency_key":"${key}"` : '';
      return `{"type":"${chance.pick(TYPES)}","tenant":"${tenant}"${inBody},"data":${data}}`;
    });
    return {
      body: isList ? `[${texts.join(',')}]` : (texts[0] ?? ''),
      header: isList ? undefined : distinct[0]?.key,
      items: distinct,
    };
  }

  /** A key that was used before, or a new one: a key means its event only as long as that is stored. */
  #key(used: string | undefined): string {
    const { scheduler, profile } = this.#world;
    const since = used === undefined ? undefined : this.#usedSince.get(used);
    if (used !== undefined && since !== undefined && scheduler.now < since + profile.retentionMs - REPEATS_MS)
      return used;
    const fresh = `k${++this.#keys}`;
    this.#usedSince.set(fresh, scheduler.now);
    return fresh;
  }

  #publish(request: PublishRequest, tries: number): void {
    const world = this.#world;
    const { chance, scheduler } = world;
    const askedAt = scheduler.now;
    let isAnswered = false;
    for (const { tenant, key, data } of request.items) {
      const asked = this.#asked.get(`${tenant} ${key}`) ?? new Set();
      this.#asked.set(`${tenant} ${key}`, asked.add(data));
    }
    const repeat = () => {
      if (tries > 1 && chance.happens(0.8)) {
        const ms = chance.happens(0.7) ? chance.unit() * 3_000 : chance.unit() * 300_000;
        scheduler.after(ms, () => this.#publish(request, tries - 1));
      }
    };
    this.published += 1;
    const isInvoked = world.invoke({
      fn: 'ingest',
      timeoutMs: FUNCTION_TIMEOUT_MS,
      state: (container) => coldStart(world, container),
      work: (container, ports) => {
        world.note([], `${container} is asked to publish ${request.body.slice(0, 200)} (key ${request.header})`);
        return publish(
          { caller: PRODUCER, body: request.body, idempotencyKey: request.header, traceId: 'a'.repeat(32) },
          ports,
        );
      },
      done: (published, error) => {
        isAnswered = true;
        if (published === undefined || world.happens('answer lost')) {
          if (error instanceof Problem && error.kind === 'conflict') this.#refused(request);
          else repeat();
          return;
        }
        published.forEach(({ id, duplicate }, index) => {
          const item = request.items[index];
          if (item === undefined) return;
          world.note([id], `the producer gets 202 for ${id}${duplicate ? ', a duplicate' : ''}`);
          this.#acknowledged(id, item, askedAt);
        });
        // A double-click.
        if (chance.happens(0.15) && tries > 1) this.#publish(request, tries - 1);
      },
      over: () => {
        if (!isAnswered) repeat();
      },
    });
    if (isInvoked) return;
    repeat();
  }

  /** A conflict requires different data under one of the keys. */
  #refused({ items }: PublishRequest): void {
    this.#world.checks.judge.check(
      'idempotency',
      '',
      items.some(({ tenant, key }) => key !== undefined && (this.#asked.get(`${tenant} ${key}`)?.size ?? 0) > 1),
      () =>
        `refused as a conflict, but ${items.map(({ tenant, key }) => `${tenant} ${key}`)} were never used with other data`,
    );
  }

  #acknowledged(id: string, item: PublishRequest['items'][number], askedAt: number): void {
    const { checks, events, payloads, clock } = this.#world;
    const { judge } = checks;
    const stored = events.events.get(id);
    const event = checks.facts.events.get(id);
    judge.check('conservation', id, stored !== undefined && event !== undefined, () => 'acknowledged but not stored');
    if (stored === undefined || event === undefined) return;
    const { key, offset, length } = stored.payload;
    const body = payloads.objects
      .get(key)
      ?.subarray(offset, offset + length)
      .toString('utf8');
    judge.check(
      'bytes',
      id,
      [`"data":${item.data}`, `"id":"${id}"`].every((part) => body?.includes(part)),
      () => `the payload store holds ${body}, not the data ${item.data}`,
    );
    if (event.body === undefined) event.body = body;
    else judge.check('bytes', id, event.body === body, () => `the envelope is ${body} and was ${event.body}`);
    event.isBig = item.isBig;
    event.acknowledged = true;
    if (item.key !== undefined) this.#checkKey(id, item, item.key);
    judge.check(
      'idempotency',
      id,
      stored.acceptedAt <= clock(),
      () => `accepted at ${stored.acceptedAt}, asked at ${askedAt}`,
    );
    checks.conservation.checkEvent(id, 'after it was acknowledged');
  }

  #checkKey(id: string, { tenant, data }: PublishRequest['items'][number], key: string): void {
    const name = `${tenant} ${key}`;
    const before = this.#accepted.get(name);
    if (before === undefined) this.#accepted.set(name, { id, data });
    this.#world.checks.judge.check(
      'idempotency',
      id,
      before === undefined || (before.id === id && before.data === data),
      () => `key ${name} meant ${before?.id} with ${before?.data}, and now ${id} with ${data}`,
    );
  }
}

function coldStart(world: World, container: Container): PublishPorts {
  return {
    payloads: payloadsOf(world, container),
    events: eventsOf(world, container),
    validateData: dataValidatorOf(world, container),
    bus: busOf(world, container),
    clock: world.clock,
    random: world.chance,
    wait: container.wait,
    retentionMs: world.profile.retentionMs,
  };
}
