import type { Clock } from '../clock.ts';
import { classify } from '../deliveries/classify.ts';
import { type DeliveryLedger, keyText, updateRecord } from '../deliveries/ledger.ts';
import { deliveryMessage, type ReceivedDelivery } from '../deliveries/message.ts';
import type { DeliveryRecord } from '../deliveries/record.ts';
import type { EndedDeliveries } from '../deliveries/work-lists.ts';
import { MINUTE_MS } from '../durations.ts';
import { Faults } from '../faults.ts';
import { inParallel } from '../parallel.ts';
import { afterDeadLetter, type DeadLetterQueue, type ReceivedDeadLetter } from './dead-letter.ts';

/** When to scan the queue next, kept in memory after a scan that changed nothing. Losing it costs one more scan. */
export interface ReconcileMemory {
  rest: { difference: number; looked: number; until: number } | null;
}

export interface ReconcilePorts {
  deadLetters: DeadLetterQueue;
  ended: Pick<EndedDeliveries, 'countDead'>;
  ledger: Pick<DeliveryLedger, 'load' | 'find' | 'put'>;
  memory: ReconcileMemory;
  /** Called with a message that cannot be parsed; it stays in the queue, for operators. */
  unreadable: (deadLetter: ReceivedDeadLetter) => void;
  clock: Clock;
  /** Milliseconds until the invocation is ended. */
  remainingMs: () => number;
  /** Retention of the dead-letter queue, in ms. */
  deadLetterRetentionMs: number;
}

/** Messages of one run. */
const MESSAGES_MAX = 2_000;
const MESSAGES_PER_RECEIVE = 10;
const RECEIVES_AT_ONCE = 10;
const WRITES_AT_ONCE = 20;
/** How long a difference that could not be repaired is left alone, while it stays the same. */
const REST_MS = 10 * MINUTE_MS;
const RESERVE_MS = 15_000;

interface Run {
  /** By message id: a message whose visibility timeout ends early is received twice. */
  looked: Map<string, ReceivedDeadLetter>;
  removed: ReceivedDeadLetter[];
  recorded: number;
  /** Messages whose delivery another receive is attempting. */
  inProgress: number;
  /** Whether the last receive had nothing new. */
  sawAll: boolean;
  faults: Faults;
}

/**
 * Reconciles the dead-letter queue with the dead deliveries while their numbers differ: deletes messages whose delivery went
 * on without them, and records deliveries as `dead` whose message failed on our side. A message is deleted only if the
 * record shows that it is not the only copy.
 * @returns how many messages were deleted or recorded.
 * @throws AggregateError when some failed; the others were reconciled all the same.
 */
export async function reconcileDeadLetters(ports: ReconcilePorts): Promise<number> {
  const { deadLetters, ended, memory, clock } = ports;
  const [count, dead] = await Promise.all([
    deadLetters.count(),
    ended.countDead(clock() - ports.deadLetterRetentionMs),
  ]);
  // If deliveries keep dying, both numbers keep changing, but their difference stays the same.
  const difference = count - dead;
  const rest = memory.rest?.difference === difference ? memory.rest : null;
  if (difference === 0 || (rest !== null && clock() < rest.until)) return 0;
  const run = await lookThrough(count, ports);
  memory.rest = restAfter(run, { difference, count, lookedBefore: rest?.looked ?? 0 }, clock());
  run.faults.throwAny((count) => `${count} dead letters were not reconciled.`);
  return run.removed.length + run.recorded;
}

/** A run that changed nothing is not repeated at once; one that did not see the whole queue continues in a minute. */
function restAfter(
  run: Run,
  { difference, count, lookedBefore }: { difference: number; count: number; lookedBefore: number },
  nowMs: number,
): ReconcileMemory['rest'] {
  const isFruitless = run.removed.length + run.recorded + run.inProgress + run.faults.count === 0;
  if (!isFruitless) return null;
  const looked = lookedBefore + run.looked.size;
  const isOver = run.sawAll || looked >= count;
  return isOver ? { difference, looked: 0, until: nowMs + REST_MS } : { difference, looked, until: 0 };
}

async function lookThrough(count: number, ports: ReconcilePorts): Promise<Run> {
  const run: Run = { looked: new Map(), removed: [], recorded: 0, inProgress: 0, sawAll: false, faults: new Faults() };
  const receives = Math.min(RECEIVES_AT_ONCE, Math.max(1, Math.ceil(count / MESSAGES_PER_RECEIVE)));
  while (!run.sawAll && run.looked.size < MESSAGES_MAX && ports.remainingMs() > RESERVE_MS) {
    const batches = await Promise.all(Array.from({ length: receives }, () => ports.deadLetters.receive()));
    const fresh = batches.flat().filter(({ messageId }) => !run.looked.has(messageId));
    // Only the newest receipt handle is valid.
    for (const deadLetter of batches.flat()) run.looked.set(deadLetter.messageId, deadLetter);
    run.sawAll = fresh.length === 0;
    await reconcileBatch(fresh, run, ports);
  }
  const removed = new Set(run.removed.map(({ messageId }) => messageId));
  const kept = [...run.looked.values()].filter(({ messageId }) => !removed.has(messageId));
  // Visible again as soon as possible: an operator's redrive skips invisible messages.
  await run.faults.attempt(() => ports.deadLetters.makeVisible(kept));
  return run;
}

interface Readable {
  deadLetter: ReceivedDeadLetter;
  received: ReceivedDelivery;
}

async function reconcileBatch(deadLetters: ReceivedDeadLetter[], run: Run, ports: ReconcilePorts): Promise<void> {
  const readable = deadLetters.flatMap((deadLetter) => read(deadLetter, ports));
  if (readable.length === 0) return;
  const stale: ReceivedDeadLetter[] = [];
  await run.faults.attempt(async () => {
    const { records } = await ports.ledger.load(
      readable.map(({ received: { message } }) => message),
      [],
    );
    const byDelivery = Map.groupBy(readable, ({ received: { message } }) => keyText(message));
    await inParallel([...byDelivery], WRITES_AT_ONCE, async ([key, group]) => {
      let record = records.get(key);
      for (const one of group) {
        await run.faults.attempt(async () => {
          const reconciled = await reconcileOne(one, record, run, ports);
          record = reconciled.record;
          if (reconciled.isStale) stale.push(one.deadLetter);
        });
      }
    });
    if (stale.length > 0) await ports.deadLetters.remove(stale);
    run.removed.push(...stale);
  });
}

/** Records that a message is in the dead-letter queue. The record is durable before anything is deleted because of it. */
async function reconcileOne(
  { received }: Readable,
  known: DeliveryRecord | undefined,
  run: Run,
  ports: ReconcilePorts,
): Promise<{ record: DeliveryRecord | undefined; isStale: boolean }> {
  const { record, written } = await updateRecord(ports.ledger, received.message, known, (current) =>
    afterDeadLetter(received, current, ports.clock()),
  );
  if (written) run.recorded += 1;
  const { kind } = classify(received, record);
  if (kind !== 'stale' && kind !== 'dead_letter') run.inProgress += 1;
  return { record, isStale: kind === 'stale' };
}

function read(deadLetter: ReceivedDeadLetter, ports: ReconcilePorts): Readable[] {
  const message = parse(deadLetter.body);
  if (message === undefined) {
    ports.unreadable(deadLetter);
    return [];
  }
  // The record expired with its event, so nothing shows whether the message is needed. It soon expires too.
  if (message.expiresAt <= ports.clock()) return [];
  const { body: _, ...rest } = deadLetter;
  return [{ deadLetter, received: { ...rest, lane: 'fast', message } }];
}

function parse(body: string) {
  try {
    return deliveryMessage.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
