import type { DeliveryQueue } from '../../../core/deliveries/message.ts';
import { type ReplayPorts, replay } from '../../../core/deliveries/replay.ts';
import { sendNow } from '../../../core/deliveries/send-now.ts';
import { type SendTestPorts, sendTest } from '../../../core/deliveries/send-test.ts';
import { createEndpoint, deleteEndpoint, type ManagePorts, patchEndpoint } from '../../../core/endpoints/manage.ts';
import { rotateSecret } from '../../../core/endpoints/secrets.ts';
import { endpointInput } from '../../../core/endpoints/settings.ts';
import { JOB_KINDS } from '../../../core/jobs/job.ts';
import { cancelJob, type StartPorts, startJob } from '../../../core/jobs/manage.ts';
import { type Authenticate, createAuthenticator, type KeyReader } from '../../../core/keys/authenticate.ts';
import { type ApiKey, actorOf } from '../../../core/keys/key.ts';
import type { KeyStore } from '../../../core/keys/store.ts';
import { createSecretOpener } from '../../../core/secrets/vault.ts';
import type { SessionPorts } from '../../../core/sessions/manage.ts';
import { needsStandardSecret } from '../../../core/signing/scheme.ts';
import { stages } from '../../../lib/stage.ts';
import type { Container } from '../engine/container.ts';
import type { Operation } from '../profile.ts';
import { drawFilter, filters } from './filters.ts';
import { jobQueueOf, jobStoreOf } from './housekeeping.ts';
import { deliveryQueueOf, eventsOf, ledgerOf, payloadsOf } from './ports.ts';
import {
  apiKeysOf,
  auditOf,
  dataKeysOf,
  endpointStoreOf,
  healthStoreOf,
  keysOf,
  sessionStoreOf,
  subscriptionsOf,
} from './registry-ports.ts';
import { START, type World } from './world.ts';

export const FUNCTION_TIMEOUT_MS = stages.prod.functions.api.timeoutSeconds * 1000;
/** Operators check after a while, and stop a move task that would never end. */
const MOVE_MS = 15_000;
const ADMIN: ApiKey = {
  id: 'key_2',
  name: 'simulation',
  role: 'admin',
  tenant: null,
  prefix: 'pr_',
  createdAt: START,
  expiresAt: null,
  lastUsedOn: null,
};
const ACTOR = actorOf(ADMIN);
const PATTERNS = [
  ['order.*'],
  ['order.created', 'order.*'],
  ['*'],
  ['*', 'order.*'],
  ['invoice.sent', 'order.paid'],
  ['order.created'],
  ['*', 'postrider.*'],
  ['order.*', 'postrider.delivery.dead'],
];

const PROFILES = ['standard', 'standard', 'github', 'simple', 'stripe', 'stripe:X-Signature', 'svix'];
/** Of its own making, though Stripe's library knows it. */
const OWN = { header: 'X-Own', content: '{timestamp}.{body}', format: 't={timestamp},v1={signature}' };

const LIMITS = [null, 1, 2, 5];

/** The list of tenants is no promise: nothing depends on it. */
const NO_TENANTS = { note: async () => undefined };

type Ports = ManagePorts &
  ReplayPorts &
  SendTestPorts &
  StartPorts &
  SessionPorts & { keys: KeyReader & KeyStore; authenticate: Authenticate };

/** What a container of the management API keeps between requests. */
export function coldStart(world: World, container: Container): Ports {
  const keys = keysOf(world, container);
  const access = { keys: apiKeysOf(world, container), sessions: sessionStoreOf(world, container) };
  const { clock, chance: random, profile } = world;
  return {
    ...access,
    authenticate: createAuthenticator({ ...access, clock }),
    audit: auditOf(world, container),
    endpoints: endpointStoreOf(world, container),
    subscriptions: subscriptionsOf(world, container),
    health: healthStoreOf(world, container),
    tenants: NO_TENANTS,
    egress: { checkUrl: (url) => ({ ok: true, url: new URL(url) }) },
    filters,
    sealer: { keys, store: dataKeysOf(world, container), clock, random },
    opener: createSecretOpener(keys, clock),
    clock,
    random,
    // A shorter retention lets events reach their expiry during the run.
    retentionMs: profile.retentionMs,
    ledger: ledgerOf(world, container),
    queue: deliveryQueueOf(world, container),
    payloads: payloadsOf(world, container),
    events: eventsOf(world, container),
    jobs: jobStoreOf(world, container),
    jobQueue: jobQueueOf(world, container),
  };
}

/** Operators create and manage endpoints. */
export class Operators {
  readonly #world: World;
  readonly endpointIds: string[] = [];
  done = 0;
  #tenants: readonly string[] = [];
  #inputs = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** The endpoints before any fault. */
  async setUp(tenants: readonly string[]): Promise<void> {
    this.#tenants = tenants;
    for (let count = 0; count < this.#world.profile.endpoints; count++) {
      const { endpoint } = await createEndpoint(this.#input(), ADMIN, this.#directPorts());
      this.endpointIds.push(endpoint.id);
    }
  }

  /** Another endpoint during the run. Its creator may never learn its id. */
  #create(): void {
    const input = this.#input();
    this.#call((ports) => createEndpoint(input, ADMIN, ports), 1);
  }

  #input() {
    const { chance, profile } = this.#world;
    const isLong = chance.happens(profile.longWaits);
    const count = this.#inputs++;
    const signatureProfile = chance.pick(PROFILES);
    const signature = signatureProfile === 'standard' && chance.happens(0.2) ? OWN : null;
    return endpointInput.parse({
      url: `https://receiver.example/${count}`,
      tenant: this.#tenants[count % this.#tenants.length],
      event_types: chance.pick(PATTERNS),
      filter: chance.happens(profile.filtered) ? drawFilter(chance, profile.heavyFilters) : null,
      signature_profile: signatureProfile,
      signature,
      secret: this.#imported(signature !== null || !['standard', 'svix'].includes(signatureProfile)),
      timeout_seconds: chance.pick([3, 15, 30]),
      rate_limit_per_second: chance.happens(profile.rateLimited) ? chance.pick([1, 1, 2, 5]) : null,
      retry_policy: {
        initial_delay_seconds: isLong ? chance.whole(800, 2_000) : chance.whole(1, 90),
        backoff_factor: chance.pick([1, 2, 4]),
        max_delay_seconds: isLong ? 7_200 : chance.pick([60, 600, 3_600]),
        max_attempts: chance.whole(1, 6),
        jitter: chance.pick([0, 0.2, 1]),
        retry_on: chance.pick(['all', 'all', 'transient']),
      },
    });
  }

  /** An imported secret, in a form that not every signature accepts; undefined for none. */
  #imported(isAccepted: boolean): string | undefined {
    const { chance } = this.#world;
    if (!isAccepted || chance.happens(0.5)) return undefined;
    return Buffer.from(chance.bytes(20)).toString('hex');
  }

  /** Ports without faults or delays. */
  #directPorts(): ManagePorts {
    const { registry, subscriptions, audit, keys, dataKeys, clock, chance: random, checks } = this.#world;
    return {
      endpoints: {
        find: registry.find,
        remove: registry.remove,
        put: async (endpoint, expected, entry) => {
          checks.endpointWritten(endpoint.id, endpoint);
          checks.audit.changed(endpoint.id, entry);
          return registry.put(endpoint, expected, entry);
        },
      },
      subscriptions,
      audit,
      health: registry.healthStore,
      tenants: NO_TENANTS,
      egress: { checkUrl: (url) => ({ ok: true, url: new URL(url) }) },
      filters,
      sealer: { keys, store: dataKeys, clock, random },
      opener: createSecretOpener(keys, clock),
      clock,
      random,
      retentionMs: 30 * 86_400_000,
    };
  }

  start(): void {
    const { chance, profile, scheduler } = this.#world;
    for (let count = 0; count < profile.operations; count++) {
      const at = chance.happens(0.5) ? chance.unit() * 60_000 : chance.unit() * profile.troubleMs;
      scheduler.after(at, () => this.act(chance.weighted(profile.operationWeights)));
    }
  }

  act(operation: Operation, endpointId = this.#world.chance.pick(this.endpointIds)): void {
    this.done += 1;
    this.#world.note([endpointId], `an operator: ${operation} (${endpointId})`);
    this.#actions[operation](endpointId);
  }

  readonly #actions: Record<Operation, (endpointId: string) => void> = {
    pause: (id) => this.#patch(id, { state: 'paused' }),
    resume: (id) => this.#patch(id, { state: 'active' }),
    enable: (id) => this.#patch(id, { state: 'active' }),
    disable: (id) => this.#patch(id, { state: 'disabled' }),
    subscribe: (id) => this.#patch(id, { event_types: this.#world.chance.pick(PATTERNS) }),
    filter: (id) => {
      const { chance, profile } = this.#world;
      // Mostly into another one: while a filter changes, the former one is asked too.
      const filter = chance.happens(0.8) ? drawFilter(chance, profile.heavyFilters) : null;
      this.#patch(id, { filter });
    },
    limit: (id) => this.#patch(id, { rate_limit_per_second: this.#world.chance.pick(LIMITS) }),
    create: () => this.#create(),
    delete: (id) => this.#call((ports) => deleteEndpoint({ id, actor: ACTOR }, ports)),
    rotate: (id) => {
      const { chance } = this.#world;
      // Some rotate repeatedly, more often than there may be former secrets.
      const overlaps = Array.from({ length: chance.happens(0.3) ? 6 : 1 }, () => chance.pick([0, 60, 86_400, 86_400]));
      for (const overlapSeconds of overlaps) this.#rotate(id, overlapSeconds);
    },
    replay: () => this.#replay(),
    'send now': () => this.#sendNow(),
    test: (id) =>
      this.#call(async (ports) => {
        const found = await ports.endpoints.find(id);
        if (found !== undefined) await sendTest(found.endpoint, {}, { actor: ACTOR, traceId: 'b'.repeat(32) }, ports);
      }),
    job: (id) => {
      const kind = this.#world.chance.pick(JOB_KINDS);
      const endpointId = kind === 'replay_missing' ? id : null;
      const wanted = { actor: ACTOR, kind, tenant: null, endpointId, eventType: null };
      this.#call((ports) => startJob({ ...wanted, from: null, to: null }, { from: 'from', to: 'to' }, ports), 1);
    },
    'cancel job': () => {
      const running = [...this.#world.jobs.jobs.values()].find(({ status }) => status === 'running');
      if (running === undefined) return;
      this.#call(async (ports) => {
        const job = await ports.jobs.find(running.id);
        if (job !== undefined) await cancelJob(job, ACTOR, ports);
      });
    },
    'move dead letters': () => this.move('dead'),
    'move fan-out dead letters': () => this.move('fanout-dead'),
  };

  /** "Start DLQ redrive", as the console does. */
  move(queue: 'dead' | 'fanout-dead', isPatient = false): void {
    const { queues, arns, checks, scheduler } = this.#world;
    const moving = (act: () => void) => {
      checks.contents.moving = true;
      try {
        act();
      } finally {
        checks.contents.moving = false;
      }
    };
    const [running] = queues.listMoveTasks(arns[queue]);
    if (running?.status === 'RUNNING') return;
    const perSecond = isPatient ? null : this.#world.chance.pick([null, 1, 10]);
    moving(() =>
      queues.startMoveTask({
        sourceArn: arns[queue],
        ...(perSecond !== null && { maxNumberOfMessagesPerSecond: perSecond }),
      }),
    );
    this.#world.moves += 1;
    const untilMs = scheduler.now + MOVE_MS;
    const goOn = () => {
      moving(() => queues.advance());
      // Dead letters that come back at once would keep it busy forever.
      const [task] = queues.listMoveTasks(arns[queue]);
      if (scheduler.now > untilMs && task?.taskHandle !== undefined) queues.cancelMoveTask(task.taskHandle);
      const next = queues.nextAdvanceAtMs();
      if (next === undefined) this.#world.moves -= 1;
      else scheduler.at(Math.max(next, scheduler.now + 1), goOn);
    };
    goOn();
  }

  #rotate(id: string, overlapSeconds: number): void {
    const endpoint = this.#world.registry.endpoints.get(id);
    const secret = this.#imported(endpoint !== undefined && !needsStandardSecret(endpoint));
    this.#call(async (ports) => {
      const { endpoint } = await rotateSecret({ id, actor: ACTOR }, { secret, overlapSeconds }, ports);
      this.#world.checks.secrets.rotated(endpoint, overlapSeconds);
    });
  }

  #patch(id: string, patch: unknown): void {
    this.#call((ports) => patchEndpoint({ id, actor: ACTOR }, patch, ports));
  }

  #replay(): void {
    const { ledger, chance } = this.#world;
    const finished = [...ledger.records.values()].filter(({ status }) =>
      ['delivered', 'dead', 'discarded'].includes(status),
    );
    if (finished.length === 0) return;
    const { eventId, endpointId } = chance.pick(finished);
    this.#call(async (ports) => {
      const record = await ports.ledger.find({ eventId, endpointId });
      const found = await ports.endpoints.find(endpointId);
      if (record !== undefined && found !== undefined)
        await replay(record, { endpoint: found.endpoint, actor: ACTOR }, ports);
    });
  }

  /** The queue for messages that are sent at once. */
  #noting({ queue }: Ports): DeliveryQueue {
    return {
      send: (messages) => {
        for (const { message } of messages) this.#world.checks.sentNow(message);
        return queue.send(messages);
      },
    };
  }

  #sendNow(): void {
    const { ledger, chance } = this.#world;
    const waiting = [...ledger.records.values()].filter(({ status }) => status === 'waiting');
    if (waiting.length === 0) return;
    const { eventId, endpointId } = chance.pick(waiting);
    this.#call(async (ports) => {
      const record = await ports.ledger.find({ eventId, endpointId });
      const found = await ports.endpoints.find(endpointId);
      if (record !== undefined && found !== undefined)
        await sendNow(record, { endpoint: found.endpoint, actor: ACTOR }, { ...ports, queue: this.#noting(ports) });
    });
  }

  /** A request to the management API; without an answer, it may be repeated if possible. */
  #call(work: (ports: Ports) => Promise<unknown>, tries = 2): void {
    const world = this.#world;
    const repeat = () => {
      if (tries > 1 && world.chance.happens(0.6)) {
        world.scheduler.after(world.chance.unit() * 30_000, () => this.#call(work, tries - 1));
      }
    };
    const isInvoked = world.invoke({
      fn: 'api',
      timeoutMs: FUNCTION_TIMEOUT_MS,
      state: (container) => coldStart(world, container),
      work: (_, ports) => work(ports),
      done: (_, error) => {
        if (error !== undefined) repeat();
      },
    });
    if (isInvoked) return;
    repeat();
  }
}
