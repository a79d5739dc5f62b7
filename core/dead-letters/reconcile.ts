import type { Clock } from '../clock.ts';
import { classify } from '../deliveries/classify.ts';
import { type DeliveryLedger, keyText, updateRecord } from '../deliveries/ledger.ts';
import { deliveryMessage, type ReceivedDelivery } from '../deliveries/message.ts';
import type { DeliveryRecord } from '../deliveries/record.ts';
import type { EndedDeliveries } from '../deliveries/work-lists.ts';
import { inParallel } from '../parallel.ts';
import { afterDeadLetter, type DeadLetterQueue, type ReceivedDeadLetter } from './dead-letter.ts';

/** What a container remembers of a look that found nothing to do; losing it costs one more look. */
export interface ReconcileMemory {
  rest: { difference: number; looked: number; until: number } | null;
}

export interface ReconcilePorts {
  deadLetters: DeadLetterQueue;
  ended: Pick<EndedDeliveries, 'countDead'>;
  ledger: Pick<DeliveryLedger, 'load' | 'find' | 'put'>;
  memory: ReconcileMemory;
  /** Told of a letter that cannot be read; it stays where it is, for people. */
  unreadable: (letter: ReceivedDeadLetter) => void;
  clock: Clock;
  /** Milliseconds until the invocation is ended. */
  remainingMs: () => number;
  /** Life of a letter, in ms. */
  deadLetterRetentionMs: number;
}

/** Letters of one run. */
const LETTERS_MAX = 2_000;
const RECEIVE_LETTERS = 10;
const RECEIVES_AT_ONCE = 10;
const WRITES_AT_ONCE = 20;
/** How long a difference that nothing could be done about is left alone, while it stays the same. */
const REST_MS = 600_000;
const RESERVE_MS = 15_000;

interface Run {
  /** By message id: a letter that is hidden for too short a time comes twice. */
  looked: Map<string, ReceivedDeadLetter>;
  removed: ReceivedDeadLetter[];
  recorded: number;
  /** Letters of which another copy is being posted. */
  undecided: number;
  /** Whether the queue gave nothing new at last. */
  sawAll: boolean;
  faults: unknown[];
}

/**
 * Brings the dead-letter queue and the dead deliveries together, while their numbers differ: deletes letters whose
 * delivery has gone on without them, and makes deliveries whose message died of our own faults `dead`. A letter is
 * deleted only when the record shows that it is not the only copy.
 * @returns how many letters were deleted or put on record.
 * @throws AggregateError when some letters failed; the others were cared for all the same.
 */
export async function reconcileDeadLetters(ports: ReconcilePorts): Promise<number> {
  const { deadLetters: letters, ended, memory, clock } = ports;
  const [count, dead] = await Promise.all([letters.count(), ended.countDead(clock() - ports.deadLetterRetentionMs)]);
  // Both change all the time where deliveries die all the time; their difference does not.
  const difference = count - dead;
  const rest = memory.rest?.difference === difference ? memory.rest : null;
  if (difference === 0 || (rest !== null && clock() < rest.until)) return 0;
  const run = await lookThrough(count, ports);
  memory.rest = restAfter(run, { difference, count, lookedBefore: rest?.looked ?? 0 }, clock());
  if (run.faults.length > 0)
    throw new AggregateError(run.faults, `${run.faults.length} dead letters were not cared for.`);
  return run.removed.length + run.recorded;
}

/** A run that changed nothing is not repeated at once; one that did not see all letters goes on a minute later. */
function restAfter(
  run: Run,
  { difference, count, lookedBefore }: { difference: number; count: number; lookedBefore: number },
  nowMs: number,
): ReconcileMemory['rest'] {
  const isFruitless = run.removed.length + run.recorded + run.undecided + run.faults.length === 0;
  if (!isFruitless) return null;
  const looked = lookedBefore + run.looked.size;
  const isOver = run.sawAll || looked >= count;
  return isOver ? { difference, looked: 0, until: nowMs + REST_MS } : { difference, looked, until: 0 };
}

async function lookThrough(count: number, ports: ReconcilePorts): Promise<Run> {
  const run: Run = { looked: new Map(), removed: [], recorded: 0, undecided: 0, sawAll: false, faults: [] };
  const receives = Math.min(RECEIVES_AT_ONCE, Math.max(1, Math.ceil(count / RECEIVE_LETTERS)));
  while (!run.sawAll && run.looked.size < LETTERS_MAX && ports.remainingMs() > RESERVE_MS) {
    const batches = await Promise.all(Array.from({ length: receives }, () => ports.deadLetters.receive()));
    const fresh = batches.flat().filter(({ messageId }) => !run.looked.has(messageId));
    // The newest receipt is the one that counts.
    for (const letter of batches.flat()) run.looked.set(letter.messageId, letter);
    run.sawAll = fresh.length === 0;
    await reconcileBatch(fresh, run, ports);
  }
  const removed = new Set(run.removed.map(({ messageId }) => messageId));
  const kept = [...run.looked.values()].filter(({ messageId }) => !removed.has(messageId));
  // Not hidden any longer than needed: an operator's redrive passes hidden letters by.
  await attempt(run, () => ports.deadLetters.makeVisible(kept));
  return run;
}

interface Readable {
  letter: ReceivedDeadLetter;
  received: ReceivedDelivery;
}

async function reconcileBatch(letters: ReceivedDeadLetter[], run: Run, ports: ReconcilePorts): Promise<void> {
  const readable = letters.flatMap((letter) => read(letter, ports));
  if (readable.length === 0) return;
  const stale: ReceivedDeadLetter[] = [];
  await attempt(run, async () => {
    const { records } = await ports.ledger.load(
      readable.map(({ received: { message } }) => message),
      [],
    );
    const byDelivery = Map.groupBy(readable, ({ received: { message } }) => keyText(message));
    await inParallel([...byDelivery], WRITES_AT_ONCE, async ([key, group]) => {
      let record = records.get(key);
      for (const one of group) {
        await attempt(run, async () => {
          const settled = await reconcileOne(one, record, run, ports);
          record = settled.record;
          if (settled.isStale) stale.push(one.letter);
        });
      }
    });
    if (stale.length > 0) await ports.deadLetters.remove(stale);
    run.removed.push(...stale);
  });
}

/** Records what a letter says. The record is durable before anything is deleted because of it. */
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
  if (kind !== 'stale' && kind !== 'dying') run.undecided += 1;
  return { record, isStale: kind === 'stale' };
}

function read(letter: ReceivedDeadLetter, ports: ReconcilePorts): Readable[] {
  const message = parse(letter.body);
  if (message === undefined) {
    ports.unreadable(letter);
    return [];
  }
  // The record has gone with its event: nothing tells any more what the letter is. It soon expires too.
  if (message.expiresAt <= ports.clock()) return [];
  const { body: _, ...rest } = letter;
  return [{ letter, received: { ...rest, lane: 'fast', message } }];
}

function parse(body: string) {
  try {
    return deliveryMessage.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

/** Lets a failure of one thing stop none of the others; it is told at the end. */
async function attempt(run: Run, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (fault) {
    run.faults.push(fault);
  }
}
