import type { EndedDeliveries, WaitingRoom } from '../../../core/deliveries/work-lists.ts';
import { type FanoutMessage, fanoutLaneOf } from '../../../core/fanout/message.ts';
import { shardOf } from '../../../core/ids.ts';
import type { KeyService } from '../../../core/secrets/vault.ts';
import type { QueueChange } from '../../../local/sqs-model/journal.ts';
import { QueueModel } from '../../../local/sqs-model/queue-model.ts';
import { MemoryKeyStore } from '../../fakes/api-keys.ts';
import { MemoryAudit } from '../../fakes/audit.ts';
import { createMemoryDeathCounts, createMemoryReconciliation } from '../../fakes/death-counts.ts';
import { createMemoryWaitingRoom, MemoryDeliveryLedger } from '../../fakes/deliveries.ts';
import { createMemoryEndedDeliveries } from '../../fakes/ended-deliveries.ts';
import { MemoryEndpointStore } from '../../fakes/endpoints.ts';
import { MemoryEventLedger } from '../../fakes/events.ts';
import { MemoryJobStore } from '../../fakes/jobs.ts';
import { MemoryPayloadStore } from '../../fakes/payload-store.ts';
import { createMemoryRateSlots } from '../../fakes/rate-slots.ts';
import { MemorySessionStore } from '../../fakes/sessions.ts';
import { MemorySubscriptionIndex } from '../../fakes/subscriptions.ts';
import { MemoryUnfinishedEvents } from '../../fakes/unfinished-events.ts';
import { createMemoryDataKeyStore, createMemoryKeyService } from '../../fakes/vault.ts';
import { Checks } from '../checks/checks.ts';
import { type QueueName, RETENTION_MS } from '../checks/queue-contents.ts';
import { Chance } from '../engine/chance.ts';
import type { Call, Environment, FunctionName } from '../engine/container.ts';
import type { EventSource } from '../engine/event-source.ts';
import type { CallFault, FaultName, OtherFault } from '../engine/faults.ts';
import { Fleet, type Invocation } from '../engine/fleet.ts';
import { Scheduler } from '../engine/scheduler.ts';
import { clientOf } from '../engine/sockets.ts';
import { Throttling } from '../engine/throttling.ts';
import type { Profile } from '../profile.ts';
import { profileOf } from '../profiles.ts';
import { Aws } from './aws.ts';
import { Breakdown } from './breakdown.ts';
import { meddle } from './meddle.ts';

export const START = Date.parse('2026-11-22T10:00:00.000Z');
export const SHARDS = 4;

export interface TraceEntry {
  at: number;
  about: readonly string[];
  text: string;
}

export interface RunOptions {
  traced?: boolean;
  /** Default: that of the seed. */
  profile?: Profile;
}

/** The stores, the queues, time and randomness; and the faults in them. */
export class World {
  readonly seed: number;
  readonly chance: Chance;
  readonly profile: Profile;
  readonly scheduler: Scheduler;
  readonly checks: Checks;
  readonly queues: QueueModel;
  readonly aws: Aws;
  readonly arns: Record<QueueName, string>;
  readonly audit = new MemoryAudit();
  readonly apiKeys = new MemoryKeyStore(this.audit);
  readonly sessions = new MemorySessionStore(this.audit);
  readonly registry = new MemoryEndpointStore(this.audit);
  /** Its records keep two attempts, so that no code may rely on more. */
  readonly ledger = new MemoryDeliveryLedger(this.registry, undefined, 2);
  readonly events: MemoryEventLedger;
  readonly unfinished: MemoryUnfinishedEvents;
  readonly payloads = new MemoryPayloadStore();
  /** The dead letters that were set aside. */
  readonly unreadable = new Set<string>();
  readonly subscriptions: MemorySubscriptionIndex;
  readonly rateSlots = createMemoryRateSlots();
  readonly keys: KeyService;
  readonly plainKeys = new Map<string, Uint8Array>();
  readonly dataKeys = createMemoryDataKeyStore();
  readonly sources = new Map<QueueName, EventSource>();
  readonly faults = new Map<FaultName, number>();
  readonly trace: TraceEntry[] | undefined;
  /** Set when all faults have stopped. */
  healedAt: number | undefined;
  readonly #breakdown: Breakdown;
  readonly #index: MemoryDeliveryLedger[] = [];
  readonly room: WaitingRoom;
  readonly ended: EndedDeliveries;
  /** The recount reads the index. */
  readonly deaths = createMemoryDeathCounts(this.ledger.deaths, () =>
    this.#index.flatMap(({ records }) => [...records.values()]),
  );
  readonly reconciliation = createMemoryReconciliation();
  readonly jobs: MemoryJobStore;
  readonly #throttling: Throttling | undefined;
  #ids = 0;

  constructor(seed: number, options: RunOptions) {
    this.seed = seed;
    this.chance = new Chance(seed);
    this.profile = options.profile ?? profileOf(seed, this.chance);
    this.scheduler = new Scheduler(START, seed);
    this.trace = options.traced ? [] : undefined;
    this.events = new MemoryEventLedger(this.clock);
    this.unfinished = new MemoryUnfinishedEvents(this.events.events, this.ledger, this.clock, SHARDS);
    this.subscriptions = new MemorySubscriptionIndex(this.profile.smallTenant);
    this.keys = this.#watchedKeys();
    this.checks = new Checks(this);
    const { disorder } = this.profile;
    this.queues = new QueueModel({
      now: this.clock,
      newId: () => `m${++this.#ids}`,
      journal: (change) => this.#journal(change),
      disorder: { random: this.chance.unit, chance: disorder },
    });
    const { profile, chance, scheduler, queues } = this;
    if (chance.happens(profile.throttling)) this.#throttling = new Throttling(START, profile.troubleMs, chance);
    this.aws = new Aws({ profile, chance, scheduler, queues, reached: this.count });
    this.#breakdown = new Breakdown(profile, START, chance);
    this.arns = this.#createQueues();
    for (let shard = 0; shard < SHARDS; shard++) this.#index.push(new MemoryDeliveryLedger(this.registry));
    this.room = this.#laggingRoom();
    this.ended = this.#laggingEnds();
    this.jobs = new MemoryJobStore(this.clock);
  }

  clock = (): number => this.scheduler.now;

  /** Whether all faults have stopped. */
  get healthy(): boolean {
    return this.healedAt !== undefined;
  }

  /** KMS; the checks see the keys that it generates. */
  #watchedKeys(): KeyService {
    const { generate, decrypt } = createMemoryKeyService(this.chance);
    return {
      decrypt,
      generate: async (context) => {
        const key = await generate(context);
        this.plainKeys.set(key.wrapped, key.plain);
        return key;
      },
    };
  }

  #createQueues(): Record<QueueName, string> {
    const { queues } = this;
    const retention = { MessageRetentionPeriod: String(RETENTION_MS / 1000) };
    const [dead, fanoutDead] = [queues.createQueue('dead', retention), queues.createQueue('fanout-dead', retention)];
    const source = (visibility: number, deadLetterTargetArn: string) => ({
      ...retention,
      VisibilityTimeout: String(visibility),
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 5 }),
    });
    return {
      dead,
      'fanout-dead': fanoutDead,
      'rule-dead': queues.createQueue('rule-dead', retention),
      fast: queues.createQueue('fast', source(360, dead)),
      slow: queues.createQueue('slow', source(360, dead)),
      bulk: queues.createQueue('bulk', source(360, dead)),
      fanout: queues.createQueue('fanout', source(180, fanoutDead)),
      'bulk-fanout': queues.createQueue('bulk-fanout', source(180, fanoutDead)),
      jobs: queues.createQueue('jobs', { ...retention, VisibilityTimeout: '360' }),
      continuations: queues.createQueue('continuations', { ...retention, VisibilityTimeout: '360' }),
    };
  }

  /** The queue of a fan-out message. */
  fanoutArn(message: FanoutMessage): string {
    return this.arns[fanoutLaneOf(message) === 'bulk' ? 'bulk-fanout' : 'fanout'];
  }

  #journal(change: QueueChange): void {
    this.checks.contents.journal(change);
    if (change.type !== 'message') return;
    meddle(this, change.queue as QueueName);
    const source = this.sources.get(change.queue as QueueName);
    source?.wake(change.message.delayedUntilMs);
  }

  /** The waiting room's index is eventually consistent: it shows an earlier state of a record. */
  #laggingRoom(): WaitingRoom {
    const rooms = this.#index.map((replica) => createMemoryWaitingRoom(replica));
    const of = (shard: number) => rooms[shard] ?? createMemoryWaitingRoom(this.ledger);
    return {
      due: (shard, ...rest) => of(shard).due(shard, ...rest),
      held: (endpointId, shard, ...rest) => of(shard).held(endpointId, shard, ...rest),
    };
  }

  #laggingEnds(): EndedDeliveries {
    const shards = this.#index.map(({ records }) => createMemoryEndedDeliveries(records));
    const of = (shard: number) => shards[shard] ?? createMemoryEndedDeliveries(this.ledger.records);
    return {
      ended: (shard, ...rest) => of(shard).ended(shard, ...rest),
      withNotices: (shard, ...rest) => of(shard).withNotices(shard, ...rest),
    };
  }

  /** A record was written: the index follows after a lag. */
  reindex(key: string): void {
    const lag = this.chance.happens(0.1) ? this.chance.unit() * 5_000 : this.chance.unit() * 50;
    this.scheduler.after(lag, () => {
      const record = this.ledger.records.get(key);
      if (record !== undefined) this.#index[shardOf(key, SHARDS)]?.records.set(key, record);
    });
  }

  happens = (fault: OtherFault): boolean => {
    if (this.healthy || !this.chance.happens(this.profile.others[fault])) return false;
    this.count(fault);
    return true;
  };

  count = (fault: FaultName): void => {
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
    this.scheduler.note(fault.length);
  };

  note(about: readonly string[], text: string): void {
    this.trace?.push({ at: this.scheduler.now, about, text });
  }

  decide = (call: Call, canBePartial: boolean, fn: FunctionName): CallFault | undefined => {
    if (this.healthy) return undefined;
    if (this.throttles(clientOf(call.name))) return 'throttle';
    if (fn === 'fanout' && this.happens('fan-out fails')) return 'before';
    if (this.#isOut(call) || this.#breakdown.hits(call, fn, this.scheduler.now)) return 'before';
    if (!this.chance.happens(this.profile.callFaults)) return undefined;
    const way = this.chance.weighted(this.profile.ways);
    if (way === 'repeated' && (fn === 'fanout' || fn === 'ingest' || fn === 'redrive')) {
      this.checks.copied(new Set((call.about ?? []).map((name) => name.split('/')[0] ?? '')));
    }
    if (way === 'repeated' || way === 'after') this.checks.mayCountTwice(call);
    return way === 'partial' && !canBePartial ? 'before' : way;
  };

  /** Whether this service's half hour of throttling meets a call. */
  throttles(service: string | undefined): boolean {
    if (this.healthy || this.#throttling?.throttles(service, this.scheduler.now) !== true) return false;
    this.count(`throttled by ${this.#throttling.service}`);
    return true;
  }

  readonly #outages = new Map<string, number>();

  /** Sometimes a whole service is unavailable for longer than an invocation lasts. */
  #isOut({ name }: Call): boolean {
    const [service = ''] = name.split('.');
    if (this.happens('outage')) this.#outages.set(service, this.scheduler.now + this.chance.whole(2_000, 150_000));
    return (this.#outages.get(service) ?? 0) > this.scheduler.now;
  }

  readonly #standstills = new Map<FunctionName, number>();

  /**
   * Sometimes a function receives nothing for seconds, minutes, hours or days: a deployment, an outage, a stopped product.
   * @returns until when it stands still.
   */
  standsStillUntil(fn: FunctionName): number {
    if (this.healthy) return 0;
    const untilMs = this.#standstills.get(fn) ?? 0;
    if (this.scheduler.now < untilMs || !this.happens('standstill')) return untilMs;
    const ms = this.chance.unit() * this.chance.pick([30_000, 600_000, this.profile.longestStandstillMs]);
    this.#standstills.set(fn, this.scheduler.now + ms);
    this.note([], `the ${fn} function stands still for ${Math.round(ms)} ms`);
    return this.scheduler.now + ms;
  }

  /** Entries that the bus has accepted but not delivered. */
  onBus = 0;
  busIsOutUntil = 0;
  /** Running move tasks. */
  moves = 0;

  get running(): number {
    return this.#fleet.running;
  }

  /** @returns false if the invocation is throttled: then nothing happens, and nobody is told. */
  invoke<State extends object, Result>(invocation: Invocation<State, Result>): boolean {
    return this.#fleet.invoke(invocation);
  }

  readonly #fleet = new Fleet({
    environment: this.#makeEnvironment(),
    admits: (running) => this.healthy || (!this.throttles('Lambda') && this.aws.admits(running)),
    recycles: () => this.happens('container recycled'),
    began: (container) => this.checks.began(container),
    ended: (container) => this.checks.deaths.ended(container),
  });

  #makeEnvironment(): Environment {
    const world = this;
    return {
      get scheduler() {
        return world.scheduler;
      },
      get chance() {
        return world.chance;
      },
      get trace() {
        return world.trace === undefined
          ? undefined
          : (about: readonly string[], text: string) => world.note(about, text);
      },
      cpuMs: (fn) => world.aws.cpuMs(fn),
      memoryMax: (fn) => world.aws.memoryMax(fn),
      socketsMax: (fn) => world.aws.socketsMax(fn),
      decide: (call, canBePartial, fn) => world.decide(call, canBePartial, fn),
      count: (fault) => world.count(fault),
      suffered(container, fault, call) {
        world.checks.suffered(container, fault, call);
        if (!container.dead) return;
        world.note(world.checks.keysOf(container), `${container} dies: ${fault} at ${call.name}`);
        world.#fleet.died(container);
      },
    };
  }
}
