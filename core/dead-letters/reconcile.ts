import { classify } from '../deliveries/classify.ts';
import { type DeliveryLedger, keyText, loadReadable, updateRecord } from '../deliveries/ledger.ts';
import { type DeliveryMessage, deliveryMessage, type ReceivedDelivery } from '../deliveries/message.ts';
import type { DeliveryRecord } from '../deliveries/record.ts';
import { Faults } from '../faults.ts';
import { inParallel } from '../parallel.ts';
import { afterDeadLetter, type DeadLetterQueue, type ReceivedDeadLetter } from './dead-letter.ts';
import {
  afterLook,
  differenceOf,
  firstReconciliation,
  lookIsDue,
  MESSAGES_MAX,
  type Reconciliation,
  type ReconciliationStore,
} from './reconciliation.ts';
import { countDeaths, type RecountPorts, recount, recountIsDue } from './recount.ts';

export interface ReconcilePorts extends RecountPorts {
  deadLetters: DeadLetterQueue;
  ledger: Pick<DeliveryLedger, 'load' | 'find' | 'put' | 'countDeaths'>;
  state: ReconciliationStore;
  /** Called with a message that cannot be parsed; it stays in the queue, for operators. */
  unreadable: (deadLetter: ReceivedDeadLetter) => void;
  /** Told how the queue and the records compare, before they are reconciled. */
  compared?: (seen: ComparedLetters) => void;
  /** Told once what became of each delivery whose message failed on our side. */
  ourFault?: (message: DeliveryMessage, became: AfterOurFault) => void;
}

/** The dead-letter queue beside the dead deliveries. */
export interface ComparedLetters {
  /** Messages beyond those of dead deliveries. */
  unexplained: number;
  /** How long ago the delivery of the oldest letter died, by the start of its hour, in ms; 0 without letters. */
  oldestMs: number;
}

/** `resent`: it waits to be sent again. `delivered`: its message carried a success. */
export type AfterOurFault = 'resent' | 'dead' | 'delivered';

const MESSAGES_PER_RECEIVE = 10;
const RECEIVES_AT_ONCE = 10;
const WRITES_AT_ONCE = 20;
const RESERVE_MS = 15_000;

interface Run {
  /** By message id: a message whose visibility timeout ends early is received twice. */
  looked: Map<string, ReceivedDeadLetter>;
  removed: ReceivedDeadLetter[];
  /** Messages that are kept, and changed the record of their delivery. */
  recorded: number;
  /** Messages whose delivery another receive is attempting. */
  inProgress: number;
  /** Whether the last receive had nothing new. */
  sawAll: boolean;
}

/**
 * Reconciles the dead-letter queue with the dead deliveries while their numbers differ: deletes messages whose delivery went
 * on without them, and lets deliveries whose message failed on our side go on from the waiting room. A message is deleted
 * only if the record shows that it is not the only copy; the numbers decide only when to look. Recounts the deaths once a day.
 * @returns how many messages were deleted or recorded.
 * @throws AggregateError when some failed; the others were reconciled all the same.
 */
export async function reconcileDeadLetters(ports: ReconcilePorts): Promise<number> {
  const faults = new Faults();
  let state = (await ports.state.find()) ?? firstReconciliation(ports.clock());
  const save = (next: Reconciliation) => {
    state = next;
    return faults.attempt(() => ports.state.put(next));
  };
  if (recountIsDue(state, ports.clock())) await faults.attempt(async () => save(await recount(state, ports)));
  const [count, deaths] = await Promise.all([ports.deadLetters.count(), countDeaths(ports)]);
  const numbers = { count, difference: differenceOf(count, deaths) };
  const { oldestHour } = deaths;
  ports.compared?.({
    unexplained: Math.max(0, numbers.difference),
    oldestMs: count === 0 || oldestHour === undefined ? 0 : ports.clock() - oldestHour,
  });
  let done = 0;
  if (lookIsDue(state, numbers, ports.clock())) {
    const before = faults.count;
    const run = await lookThrough(count, faults, ports);
    done = run.removed.length + run.recorded;
    const isFruitless = done + run.inProgress + faults.count - before === 0;
    const seen = { seen: run.looked.size, sawAll: run.sawAll, isFruitless };
    await save(afterLook(state, seen, numbers, ports.clock()));
  } else if (state.looked > 0) await save({ ...state, looked: 0 });
  faults.throwAny((failed) => `Dead letters were not all reconciled (${failed} faults).`);
  return done;
}

async function lookThrough(count: number, faults: Faults, ports: ReconcilePorts): Promise<Run> {
  const run: Run = { looked: new Map(), removed: [], recorded: 0, inProgress: 0, sawAll: false };
  const receives = Math.min(RECEIVES_AT_ONCE, Math.max(1, Math.ceil(count / MESSAGES_PER_RECEIVE)));
  while (!run.sawAll && run.looked.size < MESSAGES_MAX && ports.remainingMs() > RESERVE_MS) {
    const batches = await Promise.all(Array.from({ length: receives }, () => ports.deadLetters.receive()));
    const fresh = batches.flat().filter(({ messageId }) => !run.looked.has(messageId));
    // Only the newest receipt handle is valid.
    for (const deadLetter of batches.flat()) run.looked.set(deadLetter.messageId, deadLetter);
    run.sawAll = fresh.length === 0;
    await reconcileBatch(fresh, run, faults, ports);
  }
  const removed = new Set(run.removed.map(({ messageId }) => messageId));
  const kept = [...run.looked.values()].filter(({ messageId }) => !removed.has(messageId));
  // Visible again as soon as possible: an operator's redrive skips invisible messages.
  await faults.attempt(() => ports.deadLetters.makeVisible(kept));
  return run;
}

interface Readable {
  deadLetter: ReceivedDeadLetter;
  received: ReceivedDelivery;
}

async function reconcileBatch(
  deadLetters: ReceivedDeadLetter[],
  run: Run,
  faults: Faults,
  ports: ReconcilePorts,
): Promise<void> {
  const readable = deadLetters.flatMap((deadLetter) => read(deadLetter, ports));
  if (readable.length === 0) return;
  const stale: ReceivedDeadLetter[] = [];
  await faults.attempt(async () => {
    const keys = readable.map(({ received: { message } }) => message);
    const records = new Map((await loadReadable(ports.ledger, keys, faults)).map((one) => [keyText(one), one]));
    const byDelivery = Map.groupBy(readable, ({ received: { message } }) => keyText(message));
    await inParallel([...byDelivery], WRITES_AT_ONCE, async ([key, group]) => {
      let record = records.get(key);
      for (const one of group) {
        await faults.attempt(async () => {
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
  let before: DeliveryRecord | undefined;
  const { record, written } = await updateRecord(ports.ledger, received.message, known, (current) => {
    before = current;
    return afterDeadLetter(received, current, ports.clock());
  });
  if (written && record !== undefined) {
    const became = becameOf(before, record);
    if (became !== undefined) ports.ourFault?.(received.message, became);
  }
  const { kind } = classify(received, record);
  // What is stale counts once it is removed.
  if (written && kind !== 'stale') run.recorded += 1;
  if (kind !== 'stale' && kind !== 'dead_letter') run.inProgress += 1;
  return { record, isStale: kind === 'stale' };
}

/** What a letter's failure on our side made of its delivery; undefined if the letter only took the place of another one. */
function becameOf(before: DeliveryRecord | undefined, { status, next }: DeliveryRecord): AfterOurFault | undefined {
  if (status === 'waiting') return 'resent';
  const isNew = before?.status !== status || before.next.cycle !== next.cycle;
  return isNew && (status === 'dead' || status === 'delivered') ? status : undefined;
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
