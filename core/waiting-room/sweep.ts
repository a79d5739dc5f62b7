import type { Clock } from '../clock.ts';
import { messageOf } from '../deliveries/advance.ts';
import { type DeliveryLedger, loadReadable, updateRecord } from '../deliveries/ledger.ts';
import type { DeliveryQueue } from '../deliveries/message.ts';
import type { DeliveryRecord } from '../deliveries/record.ts';
import { dueAt, type WaitingPage, type WaitingRoom } from '../deliveries/work-lists.ts';
import { MINUTE_MS } from '../durations.ts';
import type { Lane } from '../endpoints/health.ts';
import { Faults } from '../faults.ts';
import { inParallel } from '../parallel.ts';
import type { Place } from '../tasks/continuation.ts';
import type { TaskRun } from '../tasks/task-run.ts';

export interface SweepPorts {
  room: WaitingRoom;
  ledger: Pick<DeliveryLedger, 'load' | 'find' | 'put' | 'countDeaths'>;
  queue: DeliveryQueue;
  clock: Clock;
  shards: number;
}

export interface SweepDuePorts extends SweepPorts {
  /** Told for each page how late its most overdue delivery is, in ms: 0 if none is late. */
  overdue?: (lateMs: number) => void;
}

/** The sweep runs every minute, and sends what is due before the next run. */
const AHEAD_MS = MINUTE_MS;
const PAGE = 100;
/** Records of a page that are written at a time. */
const WRITES_AT_ONCE = 20;

/**
 * Sends what is due within the next minute, each with its exact remaining delay, and again what is overdue because its message
 * was lost. Send first, clear second: a crash in between sends twice, and both copies have the same cycle and step, of
 * which only one makes the POST; so has a message that was late and not lost. All shards are worked on at the same time, so that
 * a backlog in one delays no other.
 * @returns how many were sent.
 * @throws AggregateError when some could not be read or sent; the others still were.
 */
export async function sweepDue(run: TaskRun, ports: SweepDuePorts): Promise<number> {
  const shards = run.places(ports.shards);
  const faults = new Faults();
  const counts = await Promise.all(shards.map((shard) => faults.attempt(() => sweepShard(shard, run, faults, ports))));
  // The next run retries these.
  faults.throwAny((count) => `Some due deliveries were not sent (${count} faults); they stay in the waiting room.`);
  return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

async function sweepShard(place: Place, run: TaskRun, faults: Faults, ports: SweepDuePorts): Promise<number> {
  const untilMs = ports.clock() + AHEAD_MS;
  let sent = 0;
  let { after } = place;
  do {
    if (!run.hasTime()) {
      run.leave({ ...place, after });
      return sent;
    }
    const page: WaitingPage = await ports.room.due(place.part, untilMs, PAGE, after);
    // The index is eventually consistent: only the record decides what is sent.
    const due = (await loadReadable(ports.ledger, page.keys, faults)).flatMap((record) => {
      const at = dueAt(record);
      return at !== undefined && at < untilMs ? [{ record, at }] : [];
    });
    const now = ports.clock();
    // Also for a message that was lost: its delivery is due here when it counts as lost.
    ports.overdue?.(due.reduce((most, { at }) => Math.max(most, now - at), 0));
    await dispatch(
      due.map(({ record, at }) => ({ record, delaySeconds: delayUntil(at, now) })),
      ports,
    );
    sent += due.length;
    after = page.next;
  } while (after !== null);
  return sent;
}

function delayUntil(dueMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil((dueMs - nowMs) / 1000));
}

export interface Dispatch {
  record: DeliveryRecord;
  delaySeconds: number;
  /** The queue to use; the fast one by default. */
  lane?: Lane;
}

/**
 * Sends deliveries from the waiting room and clears their entries, each only if it is still there at the same cycle and step.
 */
export async function dispatch(
  dispatches: Dispatch[],
  ports: Pick<SweepPorts, 'ledger' | 'queue' | 'clock'>,
): Promise<void> {
  if (dispatches.length === 0) return;
  await ports.queue.send(dispatches.map(({ record, ...how }) => ({ message: messageOf(record), ...how })));
  await inParallel(dispatches, WRITES_AT_ONCE, async ({ record, delaySeconds }) => {
    await updateRecord(ports.ledger, record, record, (current) => {
      const same = current?.next.cycle === record.next.cycle && current.next.step === record.next.step;
      if (current?.status !== record.status || !same) return undefined;
      const nextAttemptAt = ports.clock() + delaySeconds * 1000;
      return { ...current, status: 'retrying', waitingFor: null, slot: null, nextAttemptAt, updatedAt: ports.clock() };
    });
  });
}
