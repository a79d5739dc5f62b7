import { DAY_MS } from '../../core/durations.ts';
import type { Violation } from './checks/judge.ts';
import { checkEnding, checkRecovered } from './checks/liveness.ts';
import type { QueueName } from './checks/queue-contents.ts';
import { EventSource } from './engine/event-source.ts';
import { invokeDeliver } from './world/deliver.ts';
import { invokeFanout } from './world/fan-out.ts';
import { Operators } from './world/operators.ts';
import { People } from './world/people.ts';
import { Producers } from './world/producers.ts';
import { healthyReceiver, type Receiver, receiver } from './world/receivers.ts';
import { invokeContinuation, invokeJob, Redrive } from './world/redrive.ts';
import { type RunOptions, START, type TraceEntry, World } from './world/world.ts';

/** By then everything must have ended. */
const HEALING_MS = 4 * DAY_MS;
/** A run with more steps than this is in an endless loop. */
const STEPS_MAX = 200_000;
const STEPS_OF_REQUEST_MAX = 1_000;

/** The outcome of a seed. */
export interface Outcome {
  seed: number;
  profile: string;
  violation: Violation | undefined;
  hash: number;
  steps: number;
  counts: {
    events: number;
    deliveries: number;
    delivered: number;
    posts: number;
    operations: number;
    publishes: number;
  };
  /** How long after the faults stopped the last POST was made, in ms. */
  lastPostMs: number;
  faults: Map<string, number>;
  checks: Map<string, number>;
  excused: Map<string, number>;
  trace: TraceEntry[];
}

/** Runs the whole product for one seed: some hours with faults, then without, then a last redrive. */
export async function simulate(seed: number, options: RunOptions = {}): Promise<Outcome> {
  const world = new World(seed, options);
  const { scheduler, chance, profile, checks } = world;
  const tenants = ['acme', 'globex'].slice(0, profile.tenants);
  const [operators, producers, redrive] = [new Operators(world), new Producers(world), new Redrive(world)];
  const receivers = new Map<string, Receiver>();
  await operators.setUp(tenants);
  for (const id of operators.endpointIds) {
    receivers.set(id, receiver(chance.weighted(profile.behaviours), START, profile.troubleMs, chance));
  }
  connect(world, receivers);
  connectJobs(world);
  // Endpoints must be older than the first event.
  scheduler.now += 1_000;
  producers.start(tenants);
  operators.start();
  new People(world).start();
  redrive.start();

  const stepsMax = STEPS_MAX + profile.publishes * STEPS_OF_REQUEST_MAX;
  const isOver = () => checks.judge.violation !== undefined || scheduler.steps > stepsMax;
  await scheduler.run(START + profile.troubleMs, isOver);
  if (!isOver()) {
    heal(world, operators, receivers);
    await scheduler.run(scheduler.now + HEALING_MS, () => isOver() || isSettled(world, redrive));
  }
  if (!isOver()) checkEnding(world, isSettled(world, redrive));
  // A redrive skips dead letters that are invisible at the time, so operators redrive again.
  for (let redrives = 0; redrives < 3 && !isOver(); redrives++) {
    await scheduler.run(scheduler.now + 60_000, isOver);
    operators.move('dead', true);
    await scheduler.run(scheduler.now + HEALING_MS, () => isOver() || isSettled(world, redrive));
  }
  if (!isOver()) checkRecovered(world, isSettled(world, redrive));
  checks.judge.check('liveness', '', scheduler.steps <= stepsMax, () => `no end after ${stepsMax} steps`);
  return outcomeOf(world, { operations: operators.done, publishes: producers.published });
}

function connect(world: World, receivers: ReadonlyMap<string, Receiver>): void {
  const { scheduler, chance, queues, arns, happens, checks } = world;
  const common = { scheduler, chance, queues, happens, fullBatches: world.profile.fullBatches };
  const eventsIn = (body: string): string[] => {
    const value: { events?: { id: string }[] } = JSON.parse(body);
    return value.events?.map(({ id }) => id) ?? [];
  };
  for (const [lane, batchMax] of [
    ['fast', 10],
    ['slow', 30],
    ['bulk', 30],
  ] as const) {
    world.sources.set(
      lane,
      new EventSource({
        ...common,
        arn: arns[lane],
        batchMax,
        concurrencyMax: 6,
        standsStillUntil: () => world.standsStillUntil('deliver'),
        invoke: (batch, done, over) => invokeDeliver(world, receivers, lane, batch, done, over),
        duplicated: ({ messageId }) => {
          checks.deliveredTwice(messageId);
          world.note(aboutMail(world, messageId), `SQS delivers ${messageId} twice`);
        },
        throttled: ({ messageId }) =>
          world.note(aboutMail(world, messageId), `the invocation for ${messageId} is throttled`),
        deleted: ({ messageId }) => world.note(aboutMail(world, messageId), `message ${messageId} is deleted`),
      }),
    );
  }
  for (const [queue, batchMax, concurrencyMax] of [
    ['fanout', 10, 4],
    ['bulk-fanout', 1, 2],
  ] as const) {
    world.sources.set(
      queue,
      new EventSource({
        ...common,
        arn: arns[queue],
        batchMax,
        concurrencyMax,
        standsStillUntil: () => world.standsStillUntil('fanout'),
        invoke: (batch, done, over) => invokeFanout(world, batch, done, over),
        duplicated: ({ body, messageId }) => {
          checks.copied(eventsIn(body));
          world.note(eventsIn(body), `SQS delivers fan-out message ${messageId} twice`);
        },
        throttled: ({ body, messageId }) =>
          world.note(eventsIn(body), `the invocation for fan-out message ${messageId} is throttled`),
        deleted: ({ body, messageId }) => world.note(eventsIn(body), `fan-out message ${messageId} is deleted`),
      }),
    );
  }
}

function connectJobs(world: World): void {
  const { scheduler, chance, queues, arns, happens } = world;
  const ignore = () => undefined;
  for (const [queue, invoke] of [
    ['jobs', invokeJob],
    ['continuations', invokeContinuation],
  ] as const) {
    world.sources.set(
      queue,
      new EventSource({
        ...{ scheduler, chance, queues, happens, fullBatches: 0 },
        arn: arns[queue],
        batchMax: 1,
        concurrencyMax: 4,
        invoke: (batch, done, over) => invoke(world, batch, done, over),
        duplicated: ignore,
        throttled: ignore,
        deleted: ignore,
      }),
    );
  }
}

function aboutMail({ checks }: World, messageId: string): string[] {
  const queued = checks.contents.find(messageId);
  return queued === undefined ? [] : [queued.key];
}

/** Stops all faults: receivers answer 200, and no endpoint stays paused. */
function heal(world: World, operators: Operators, receivers: Map<string, Receiver>): void {
  world.note([], 'all faults stop');
  world.healedAt = world.scheduler.now;
  for (const queue of ['fast', 'slow', 'bulk', 'fanout', 'bulk-fanout'] as const)
    world.sources.get(queue)?.wake(world.scheduler.now);
  for (const id of operators.endpointIds) {
    receivers.set(id, healthyReceiver(world.chance));
  }
  resume(world, operators);
}

/** Repeatedly, because a pause in progress may take effect late. */
function resume(world: World, operators: Operators): void {
  for (const id of operators.endpointIds) {
    if (world.registry.endpoints.get(id)?.state === 'paused') operators.act('resume', id);
  }
  world.scheduler.after(300_000, () => resume(world, operators));
}

const WORKING: readonly QueueName[] = [
  'fast',
  'slow',
  'bulk',
  'fanout',
  'bulk-fanout',
  'fanout-dead',
  'rule-dead',
  'jobs',
  'continuations',
];

/** Whether nothing is in progress, and nothing waits. */
function isSettled({ checks, running, onBus, moves }: World, redrive: Redrive): boolean {
  if (running > 0 || onBus > 0 || moves > 0) return false;
  return WORKING.every((queue) => checks.contents.count(queue) === 0) && !redrive.hasWork();
}

function outcomeOf(world: World, acts: { operations: number; publishes: number }): Outcome {
  const { seed, profile, checks, scheduler, faults, trace = [], healedAt = scheduler.now } = world;
  return {
    seed,
    profile: profile.name,
    violation: checks.judge.violation,
    hash: scheduler.hash,
    steps: scheduler.steps,
    counts: {
      events: checks.facts.events.size,
      deliveries: world.ledger.records.size,
      delivered: [...world.ledger.records.values()].filter(({ status }) => status === 'delivered').length,
      posts: checks.postCount,
      ...acts,
    },
    lastPostMs: checks.lastPostAt - healedAt,
    faults,
    checks: checks.judge.checks,
    excused: checks.judge.excused,
    trace,
  };
}
