import { type FlushPorts, flushPendingEntries } from '../../../core/audit/flush.ts';
import { type ReconcilePorts, reconcileDeadLetters } from '../../../core/dead-letters/reconcile.ts';
import { dueAt } from '../../../core/deliveries/work-lists.ts';
import { HOUR_MS, MINUTE_MS } from '../../../core/durations.ts';
import type { EventRecord } from '../../../core/events/event.ts';
import { type DrainPorts, drain } from '../../../core/fanout/drain.ts';
import { type AnnouncePorts, announceUnfinished } from '../../../core/fanout/unfinished.ts';
import { jobMessage } from '../../../core/jobs/job.ts';
import { type RunPorts, resumeIdleJobs, runSlice } from '../../../core/jobs/run.ts';
import type { JobStore } from '../../../core/jobs/store.ts';
import type { OutboxPorts } from '../../../core/operational-events/outbox.ts';
import { publishOutbox } from '../../../core/operational-events/publish-outbox.ts';
import { type ContinuationMessage, type ContinuedTask, continuationMessage } from '../../../core/tasks/continuation.ts';
import { runTask, TaskRun } from '../../../core/tasks/task-run.ts';
import { type ReleasePorts, releaseHeld } from '../../../core/waiting-room/release.ts';
import { sweepDue } from '../../../core/waiting-room/sweep.ts';
import { TASKS, type Task } from '../../../lambdas/redrive/config.ts';
import { stages } from '../../../lib/stage.ts';
import type { ReceivedMessage } from '../../../local/sqs-model/message.ts';
import { deathsByHour } from '../checks/deaths.ts';
import type { Container, Lasting } from '../engine/container.ts';
import { announcePortsOf, drainPortsOf, eventsWithPending, unfinishedEvents } from './fan-outs.ts';
import { jobPortsOf, jobStoreOf, outboxPortsOf, reconcilePortsOf } from './housekeeping.ts';
import { deliveryQueueOf, ledgerOf, roomOf, someOf } from './ports.ts';
import { auditOf, healthStoreOf, markedOf } from './registry-ports.ts';
import { SHARDS, type World } from './world.ts';

const FUNCTION_TIMEOUT_MS = stages.prod.functions.redrive.timeoutSeconds * 1000;
const TRY_AGAIN_MS = 20_000;
const LOOK_AFTER_MS = 15 * MINUTE_MS;

interface RedriveState {
  release: ReleasePorts;
  drained: Lasting<DrainPorts>;
  announce: Lasting<AnnouncePorts>;
  reconcile: Lasting<ReconcilePorts>;
  outbox: OutboxPorts;
  flush: FlushPorts;
  runner: Lasting<RunPorts> & { wake: Pick<JobStore, 'listRunning'> };
}

function coldStart(world: World, container: Container): RedriveState {
  return {
    release: {
      room: roomOf(world, container),
      ledger: ledgerOf(world, container),
      queue: deliveryQueueOf(world, container),
      clock: world.clock,
      shards: SHARDS,
      marked: markedOf(world, container),
      health: healthStoreOf(world, container),
      releasePerSecond: 100,
      functionTimeoutMs: FUNCTION_TIMEOUT_MS,
      retentionMs: world.profile.retentionMs,
    },
    drained: drainPortsOf(world, container),
    announce: announcePortsOf(world, container),
    reconcile: reconcilePortsOf(world, container),
    outbox: outboxPortsOf(world, container),
    flush: {
      audit: auditOf(world, container),
      pendingEntries: auditOf(world, container),
    },
    runner: { ...jobPortsOf(world, container), wake: jobStoreOf(world, container) },
  };
}

/** One run of a task that continuations go on with. */
function work(task: ContinuedTask, run: TaskRun, { release, outbox, flush }: RedriveState): Promise<number> {
  switch (task) {
    case 'outbox':
      return publishOutbox(run, outbox);
    case 'audit':
      return flushPendingEntries(run, flush);
    case 'sweep':
      return sweepDue(run, release);
    case 'release':
      return releaseHeld(run, release);
  }
}

/** A run has little time now and then: so little that it can only begin a few things. */
function timeOf(world: World, container: Container): () => number {
  if (!world.happens('little time')) return container.remainingMs;
  let left = world.chance.whole(0, 12);
  return () => (left-- > 0 ? container.remainingMs() : 0);
}

function continued(
  task: ContinuedTask,
  message: ContinuationMessage | undefined,
  { world, container, state }: { world: World; container: Container; state: RedriveState },
): Promise<unknown> {
  const continuations = {
    send: (messages: ContinuationMessage[]) => {
      const send = async (some: ContinuationMessage[]) => {
        for (const one of some) world.queues.send(world.arns.continuations, { body: JSON.stringify(one) });
      };
      return container.call(
        { name: `continuations.send ${messages.map(({ part }) => `${task} ${part}`).join(', ')}` },
        () => send(messages),
        () => send(someOf(messages, world)),
      );
    },
  };
  const ports = { continuations, clock: world.clock, remainingMs: timeOf(world, container) };
  return runTask(task, message, (run) => work(task, run, state), ports);
}

function run(task: Task, world: World, container: Container, state: RedriveState): Promise<unknown> {
  const { remainingMs } = container;
  switch (task) {
    case 'jobs':
      return resumeIdleJobs(new TaskRun({ clock: world.clock, remainingMs }), {
        ...state.runner,
        jobs: state.runner.wake,
      });
    case 'dead-letters':
      return reconcileDeadLetters({ ...state.reconcile, remainingMs });
    case 'fan-outs':
      return announceUnfinished({ ...state.announce, remainingMs });
    case 'drain':
      return drain({ ...state.drained, remainingMs });
    default:
      return continued(task, undefined, { world, container, state });
  }
}

/** The redrive function's scheduled tasks. A task with nothing to do is mostly skipped, as it would only read. */
export class Redrive {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  start(): void {
    this.#world.scheduler.after(this.#world.chance.unit() * MINUTE_MS, () => this.#tick());
  }

  /** Whether any task has work to do. */
  hasWork(): boolean {
    const { ledger, registry, audit, checks, jobs } = this.#world;
    if (audit.pendingEntries.length > 0) return true;
    if (checks.contents.count('rule-dead') + checks.contents.count('fanout-dead') > 0) return true;
    // An open circuit keeps its mark until a delivery is sent again; held deliveries are found by their records.
    for (const { holding, circuit, outbox } of registry.health.values()) {
      if ((holding !== null && circuit === null) || outbox.length > 0) return true;
    }
    for (const { status, outbox } of ledger.records.values())
      if (status === 'waiting' || status === 'retrying' || outbox.length > 0) return true;
    for (const { status } of jobs.jobs.values()) if (status === 'running') return true;
    if (unfinishedEvents(this.#world).length > 0 || eventsWithPending(this.#world).length > 0) return true;
    return this.#deadLettersDiffer() || this.#deathsAreMiscounted();
  }

  #due(): Set<Task> {
    const { ledger, registry, audit, checks, clock, jobs } = this.#world;
    const due = new Set<Task>();
    if (audit.pendingEntries.length > 0) due.add('audit');
    const soon = clock() + MINUTE_MS;
    for (const record of ledger.records.values()) {
      if ((dueAt(record) ?? Number.POSITIVE_INFINITY) <= soon) due.add('sweep');
      if (record.outbox.length > 0) due.add('outbox');
    }
    for (const { holding, outbox } of registry.health.values()) {
      if (holding !== null) due.add('release');
      if (outbox.length > 0) due.add('outbox');
    }
    for (const { status } of jobs.jobs.values()) if (status === 'running') due.add('jobs');
    if (this.#deadLettersDiffer()) due.add('dead-letters');
    if (checks.contents.count('rule-dead') + checks.contents.count('fanout-dead') > 0) due.add('drain');
    if (this.#nextLookAt() < clock()) due.add('fan-outs');
    return due;
  }

  /** When the task `fan-outs` is to find something, in ms since the epoch. */
  #nextLookAt(): number {
    const after = (ms: number) => (event: EventRecord) => event.acceptedAt + ms;
    return Math.min(
      ...unfinishedEvents(this.#world).map(after(LOOK_AFTER_MS)),
      ...eventsWithPending(this.#world).map(after(HOUR_MS)),
    );
  }

  #deadLettersDiffer(): boolean {
    const { ledger, checks, queues, arns } = this.#world;
    // So that those that are too old are gone.
    queues.counts(arns.dead);
    let dead = 0;
    for (const record of ledger.records.values()) if (checks.conservation.hasDeadLetter(record)) dead += 1;
    return checks.contents.count('dead') !== dead;
  }

  /** Until the next recount. */
  #deathsAreMiscounted(): boolean {
    const { deaths, records } = this.#world.ledger;
    const truth = deathsByHour(records.values());
    return [...deaths.keys(), ...truth.keys()].some((hour) => (deaths.get(hour) ?? 0) !== (truth.get(hour) ?? 0));
  }

  #tick(): void {
    const { scheduler, chance, healthy, profile } = this.#world;
    const due = this.#due();
    const isRecounted = this.#deathsAreMiscounted();
    for (const task of TASKS) {
      if (due.has(task) || (isRecounted && task === 'dead-letters') || (!healthy && chance.happens(0.02)))
        this.#invoke(task);
    }
    const tickMs = healthy ? MINUTE_MS : profile.tickMs;
    scheduler.after(due.size > 0 ? tickMs : this.#idleMs(), () => this.#tick());
  }

  /** Skips idle ticks: up to ten, or until something is due. */
  #idleMs(): number {
    const { ledger, clock, healthy, profile } = this.#world;
    let next = clock() + 10 * Math.max(MINUTE_MS, healthy ? 0 : profile.tickMs);
    next = Math.min(next, this.#nextLookAt() + MINUTE_MS);
    for (const record of ledger.records.values()) {
      next = Math.min(next, (dueAt(record) ?? Number.POSITIVE_INFINITY) - MINUTE_MS);
    }
    return Math.max(MINUTE_MS, Math.ceil((next - clock()) / MINUTE_MS) * MINUTE_MS);
  }

  #invoke(task: Task, untilMs = this.#world.clock() + MINUTE_MS): void {
    const world = this.#world;
    const isInvoked = world.invoke({
      fn: 'redrive',
      timeoutMs: FUNCTION_TIMEOUT_MS,
      state: (container) => coldStart(world, container),
      work: async (container, state) => {
        world.note([], `${container} starts ${task}`);
        await run(task, world, container, state);
      },
      done: () => undefined,
    });
    if (isInvoked) return;
    // Lambda tries again, until the invocation is as old as lib/constructs/ticks.ts allows.
    const { scheduler, chance } = world;
    const ms = chance.unit() * TRY_AGAIN_MS;
    if (scheduler.now + ms < untilMs) scheduler.after(ms, () => this.#invoke(task, untilMs));
  }
}

/** One slice of a job: a message of the jobs queue, alone in its batch. */
export function invokeJob(
  world: World,
  batch: ReceivedMessage[],
  done: (kept: ReadonlySet<string>) => void,
  over: () => void,
): boolean {
  return world.invoke({
    fn: 'redrive',
    timeoutMs: FUNCTION_TIMEOUT_MS,
    state: (container) => coldStart(world, container),
    work: async ({ remainingMs }, { runner }) => {
      for (const { body } of batch) await runSlice(jobMessage.parse(JSON.parse(body)), { ...runner, remainingMs });
    },
    done: (_, error) => done(new Set(error === undefined ? [] : batch.map(({ messageId }) => messageId))),
    over,
  });
}

/** A continuation, alone in its batch. */
export function invokeContinuation(
  world: World,
  batch: ReceivedMessage[],
  done: (kept: ReadonlySet<string>) => void,
  over: () => void,
): boolean {
  return world.invoke({
    fn: 'redrive',
    timeoutMs: FUNCTION_TIMEOUT_MS,
    state: (container) => coldStart(world, container),
    work: async (container, state) => {
      for (const { body } of batch) {
        const message = continuationMessage.parse(JSON.parse(body));
        await continued(message.task, message, { world, container, state });
      }
    },
    done: (_, error) => done(new Set(error === undefined ? [] : batch.map(({ messageId }) => messageId))),
    over,
  });
}
