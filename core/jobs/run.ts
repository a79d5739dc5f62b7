import type { Clock, Wait } from '../clock.ts';
import { MINUTE_MS } from '../durations.ts';

import { type Random, randomToken } from '../random.ts';
import { rotated, type TaskRun } from '../tasks/task-run.ts';
import { countMatches } from './count.ts';
import type { Job, JobCursor, JobMessage } from './job.ts';
import { JobCannotRun, type PagePorts, type PageResult } from './page.ts';
import { pageOf } from './page-of.ts';
import { type JobQueue, type JobStore, updateJob } from './store.ts';

export interface RunPorts extends PagePorts {
  jobs: Pick<JobStore, 'find' | 'put'>;
  jobQueue: JobQueue;
  wait: Wait;
  random: Random;
  /** Milliseconds until the invocation times out. */
  remainingMs: () => number;
  /** How many deliveries a job sends per second. */
  releasePerSecond: number;
  /** Whether an error comes from AWS or the network in between, and is temporary. */
  isOutage: (fault: unknown) => boolean;
  /** Called with an error that the job has noted; the slice is retried. */
  faulted: (job: Job, fault: unknown) => void;
}

/** The result of a message. */
export type SliceEnd =
  /** Another invocation has this turn, or the job has ended. */
  | 'stale'
  | 'continued'
  | 'ended'
  /** An error was noted; the job continues later, unless there were too many. */
  | 'faulted';

/** How long a slice works, in ms, and how much of its invocation must be left to start another page. */
const SLICE_MS = 40_000;
const RESERVE_MS = 15_000;
/** How long the first slice may count. */
const COUNT_MS = 5_000;
/** An error on our side that repeats is a bug. */
const FAULTS_MAX = 5;
const RETRY_SECONDS = 30;

/** The runner's view of a job's progress; saved as absolute numbers, so that a repeated write changes nothing. */
interface Progress {
  /** Null at the end. */
  cursor: JobCursor | null;
  found: number;
  sent: number;
  skipped: number;
}

/**
 * Processes one slice of a job. Page by page it sends, then saves position and counts; so a crash repeats at most one
 * page, of which nothing is sent twice. A slice that is not done sends the next message and ends.
 * @throws on an outage that prevents even noting it: the scheduled task then resumes the job.
 */
export async function runSlice(message: JobMessage, ports: RunPorts): Promise<SliceEnd> {
  const job = await takeTurn(message, ports);
  if (job === undefined) return 'stale';
  const { cursor, found, sent, skipped } = job;
  const progress: Progress = { cursor, found, sent, skipped };
  try {
    if (message.turn === 0) await noteExpected(job, ports);
    const isRunning = await workOn(job, progress, ports);
    return await handOn(job, isRunning && progress.cursor !== null, progress, ports);
  } catch (fault) {
    if (fault instanceof JobCannotRun) return fail(job, progress, fault.message, ports);
    return noteFault(job, progress, fault, ports);
  }
}

/**
 * Counts what the job will find before it sends anything, if that does not take long: people want to see how far it is. What is
 * read for that is read again: for an endpoint with a filter, the payloads of some seconds too.
 */
async function noteExpected(job: Job, ports: RunPorts): Promise<void> {
  const until = ports.clock() + COUNT_MS;
  const { matched, skipped, complete } = await countMatches(job, ports, () => ports.clock() < until);
  if (complete) await whileOurs(job, ports, (current) => ({ ...current, expected: matched + skipped }));
}

/** Takes the lease, for as long as the invocation can last, and the turn with it. */
async function takeTurn(message: JobMessage, ports: RunPorts): Promise<Job | undefined> {
  const now = ports.clock();
  const lease = { token: randomToken(ports.random), until: now + ports.remainingMs() };
  const job = await updateJob(ports.jobs, message.jobId, undefined, (current) => {
    if (current.status !== 'running' || current.turn !== message.turn) return undefined;
    if (current.lease !== null && current.lease.until > now) return undefined;
    return { ...current, lease, turn: current.turn + 1, updatedAt: now };
  });
  return job && holds(job, lease.token) && job.status === 'running' ? job : undefined;
}

const holds = (job: Job, token: string | undefined) => job.lease !== null && job.lease.token === token;

/** @returns whether the job is still running under our lease. */
async function workOn(job: Job, progress: Progress, ports: RunPorts): Promise<boolean> {
  const startedAt = ports.clock();
  const hasTime = () => ports.clock() - startedAt < SLICE_MS && ports.remainingMs() > RESERVE_MS;
  while (progress.cursor !== null && hasTime()) {
    const beganAt = ports.clock();
    const work = await pageOf(job, progress.cursor, ports);
    note(progress, work);
    if (work.fault !== undefined) throw work.fault;
    const seen = await save(job, progress, ports);
    if (seen?.status !== 'running' || !holds(seen, job.lease?.token)) return false;
    const dueAt = beganAt + (work.sent / ports.releasePerSecond) * 1000;
    if (dueAt > ports.clock()) await ports.wait(dueAt - ports.clock());
  }
  return true;
}

function note(progress: Progress, { sent, skipped, next }: PageResult): void {
  progress.cursor = next;
  progress.found += sent + skipped;
  progress.sent += sent;
  progress.skipped += skipped;
}

/** Changes the job while we hold the lease; a job cancelled meanwhile keeps correct counts too. */
function whileOurs(job: Job, ports: RunPorts, change: (current: Job) => Job): Promise<Job | undefined> {
  const token = job.lease?.token;
  return updateJob(ports.jobs, job.id, undefined, (current) =>
    holds(current, token) ? { ...change(current), updatedAt: ports.clock() } : undefined,
  );
}

function withProgress(current: Job, { cursor, found, sent, skipped }: Progress): Job {
  return { ...current, cursor: cursor ?? current.cursor, found, sent, skipped };
}

function save(job: Job, progress: Progress, ports: RunPorts): Promise<Job | undefined> {
  const isOnward = ({ cursor }: Job) => progress.cursor?.part !== cursor.part || progress.cursor.after !== cursor.after;
  return whileOurs(job, ports, (current) => ({
    ...withProgress(current, progress),
    faults: isOnward(current) ? 0 : current.faults,
  }));
}

/** Ends the slice: releases the lease, and either completes the job or sends the next message. */
async function handOn(job: Job, hasMore: boolean, progress: Progress, ports: RunPorts): Promise<SliceEnd> {
  const seen = await whileOurs(job, ports, (current) => ({
    ...withProgress(current, progress),
    lease: null,
    status: current.status === 'running' && !hasMore ? 'completed' : current.status,
  }));
  return sendNext(seen, 0, ports);
}

async function sendNext(job: Job | undefined, delaySeconds: number, ports: RunPorts): Promise<'continued' | 'ended'> {
  // An invocation that has taken it over meanwhile continues it.
  if (job?.status !== 'running' || job.lease !== null) return 'ended';
  await ports.jobQueue.send({ v: 1, jobId: job.id, turn: job.turn }, delaySeconds);
  return 'continued';
}

async function fail(job: Job, progress: Progress, error: string, ports: RunPorts): Promise<SliceEnd> {
  await whileOurs(job, ports, (current) => ({
    ...withProgress(current, progress),
    ...(current.status === 'running' && { status: 'failed', error }),
    lease: null,
  }));
  return 'ended';
}

/** The job keeps its position and continues later; an error on our side that repeats fails it. */
async function noteFault(job: Job, progress: Progress, fault: unknown, ports: RunPorts): Promise<SliceEnd> {
  const isOurs = !ports.isOutage(fault);
  const name = fault instanceof Error ? fault.name : 'unknown error';
  const seen = await whileOurs(job, ports, (current) => {
    const faults = current.faults + (isOurs ? 1 : 0);
    const error = `Failed ${faults} times in a row at the same place (${name}): see the log of the redrive function.`;
    const isOver = current.status === 'running' && faults >= FAULTS_MAX;
    return {
      ...withProgress(current, progress),
      faults,
      lease: null,
      ...(isOver && { status: 'failed', error }),
    };
  });
  ports.faulted(seen ?? job, fault);
  await sendNext(seen, RETRY_SECONDS, ports);
  return 'faulted';
}

/** How long a running job must be idle before its message counts as lost. */
const IDLE_MS = MINUTE_MS;

/**
 * Sends the message of every idle running job: the invocation that started or processed it may have died before sending
 * it. If the message was only late, the turn makes one of the two stale.
 * @returns how many messages were sent.
 */
export async function resumeIdleJobs(
  run: TaskRun,
  ports: { jobs: Pick<JobStore, 'listRunning'>; jobQueue: JobQueue; clock: Clock },
): Promise<number> {
  const now = ports.clock();
  const idleSince = ({ lease, updatedAt }: Job) => lease?.until ?? updatedAt;
  const idle = (await ports.jobs.listRunning()).filter((job) => now - idleSince(job) > IDLE_MS);
  let resumed = 0;
  for (const { id, turn } of rotated(idle, run.tick)) {
    // A resumed job is idle until its message is received, so there is nothing for a continuation to go on with.
    if (!run.hasTime()) break;
    await ports.jobQueue.send({ v: 1, jobId: id, turn }, 0);
    resumed += 1;
  }
  return resumed;
}
