import { endOf, type Timer } from '../clock.ts';
import type { AcceptedEvent } from '../events/accepted.ts';
import type { EventRecord } from '../events/event.ts';
import { inParallel } from '../parallel.ts';
import type { Tally } from '../stats/tally.ts';
import { asFurther, type DonePage, type FanoutPorts, fanOutPage, type PageResult, type Task } from './fan-out.ts';
import { type Limits, limitsOf } from './limits.ts';
import type { FanoutMessage } from './message.ts';
import { shareReads } from './share-reads.ts';

export interface FanoutBatchPorts extends FanoutPorts {
  /** Milliseconds until the invocation times out. */
  remainingMs: () => number;
  after: Timer;
}

/** A message of the fan-out queue, as SQS delivered it. */
export interface ReceivedFanout {
  messageId: string;
  message: FanoutMessage;
  /** Whether SQS may have delivered it before. */
  redelivered: boolean;
}

/** The result of one message, for the log and for statistics. */
export interface FanOutResult {
  /** Events that were fanned out. */
  events: number;
  /** Events whose page was done before. */
  skipped: number;
  /** Events that were handed on as further messages. */
  handedOn: number;
  deliveries: number;
  /** Tallies of filters that failed or were undecided. */
  tallies: Tally[];
}

/** What became of a message: its result; or the fault, and it is received again. */
export type FannedOut = { received: ReceivedFanout } & ({ result: FanOutResult } | { fault: unknown });

/**
 * With less time than this, no page is begun. It is long enough for a page that was just begun: 20 sends, 16 at a time, and a
 * note, each of at most three tries of 3 s.
 */
export const RESERVE_MS = 15_000;
/** With this much time left, what is not finished counts as failed: a call that never answers fails no other message. */
const LAST_MS = 4_000;
/** Further messages that are sent at a time. */
const MESSAGES_AT_ONCE = 10;

/**
 * Fans out a batch: all messages concurrently and independently, each event by itself. What the invocation has no time for
 * is handed on as further messages before the message is acknowledged, so that a batch of any size makes progress
 * in every invocation, and no message is received again because it is large.
 * @returns what became of each message, in their order.
 */
export async function fanOutBatch(batch: readonly ReceivedFanout[], ports: FanoutBatchPorts): Promise<FannedOut[]> {
  let isOver = false;
  const hasTime = () => !isOver && ports.remainingMs() > RESERVE_MS;
  const limits = limitsOf(batch.length, hasTime);
  const shared = { ...ports, subscriptions: shareReads(ports.subscriptions) };
  const all = batch.map((received): FannedOut => ({ received, fault: new Error(TOO_LATE) }));
  const working = Promise.all(
    batch.map(async (received, at) => {
      const own = limits[at];
      if (own === undefined) return;
      try {
        all[at] = { received, result: await fanOut(received, own, shared, () => isOver) };
      } catch (fault) {
        all[at] = { received, fault };
      }
    }),
  );
  await endOf(working, ports.remainingMs() - LAST_MS, ports.after);
  isOver = true;
  return [...all];
}

const TOO_LATE = 'The invocation ended before this message was fanned out.';

async function fanOut(
  { message, redelivered }: ReceivedFanout,
  limits: Limits,
  ports: FanoutPorts,
  isOver: () => boolean,
): Promise<FanOutResult> {
  const { tenant, events, cursor } = message;
  const records = await workedOnBefore(message, redelivered, ports);
  const tasks = events.map((event): Task => ({ tenant, event, cursor, redelivered, record: records.get(event.id) }));
  // Each page that can be done is done and noted, also when others fail: the next receive skips it.
  const settled = await Promise.allSettled(tasks.map((task) => fanOutPage(task, limits, ports)));
  const failed = settled.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  const results = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const done = results.filter((result): result is DonePage => typeof result === 'object');
  const left = tasks.filter((_, at) => results[at] === 'left');
  // A message that was given up is received again, with all of its events.
  if (isOver()) throw new Error(TOO_LATE);
  await handOn(left, done.length, ports);
  return {
    events: done.length,
    skipped: countOf(results, 'done before'),
    handedOn: left.length + countOf(results, 'handed on'),
    deliveries: done.reduce((sum, { deliveries }) => sum + deliveries, 0),
    tallies: done.flatMap(({ tallies }) => tallies),
  };
}

/** An event that is older than this when it comes from the bus may be a late copy. */
const LATE_MS = 60_000;

/**
 * What was done before. An event from the bus costs no read unless it is a repeat, or late: the bus may deliver it twice, minutes
 * apart. A page of a large tenant always does: if SQS took its message and the answer was lost, it was sent twice, and each copy
 * would send the next page.
 */
async function workedOnBefore(
  { events, cursor }: FanoutMessage,
  redelivered: boolean,
  { ledger, clock }: FanoutPorts,
): Promise<ReadonlyMap<string, EventRecord>> {
  const isLate = ({ acceptedAt }: AcceptedEvent) => clock() - acceptedAt > LATE_MS;
  const doubtful = events.filter((event) => redelivered || event.repeat || cursor !== undefined || isLate(event));
  return doubtful.length === 0 ? new Map() : ledger.find(doubtful.map((event) => event.id));
}

const countOf = (results: readonly PageResult[], which: PageResult) => results.filter((one) => one === which).length;

/**
 * Sends events as further messages, which other invocations work on in parallel.
 * @param done how many events this invocation managed: a further message holds no more.
 */
async function handOn(left: readonly Task[], done: number, { pages }: FanoutPorts): Promise<void> {
  const size = Math.max(1, done);
  const chunks = Array.from({ length: Math.ceil(left.length / size) }, (_, at) =>
    left.slice(at * size, (at + 1) * size),
  );
  await inParallel(chunks, MESSAGES_AT_ONCE, async (chunk) => {
    const [first] = chunk;
    if (first === undefined) return;
    const { tenant, cursor } = first;
    await pages.send({ v: 1, tenant, events: chunk.map(asFurther), ...(cursor && { cursor }) });
  });
}
