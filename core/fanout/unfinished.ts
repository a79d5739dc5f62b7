import { TEST_EVENT_TYPE } from '../deliveries/send-test.ts';
import { doublingWaitMs, HOUR_MS, MINUTE_MS } from '../durations.ts';
import { acceptedEventOf } from '../events/accept.ts';
import {
  type AcceptedEvent,
  type CarriedPayload,
  carryPayload,
  INLINE_BYTES_MAX,
  packDetails,
} from '../events/accepted.ts';
import { type EventRecord, fanoutIsDone, type PayloadReader, type PayloadRef } from '../events/event.ts';
import { Faults } from '../faults.ts';
import { inParallel } from '../parallel.ts';
import { Problem } from '../problem.ts';
import { UnreadableItem } from '../unreadable-item.ts';
import { type FanoutQueue, type OutgoingFanout, queueHasRoom } from './fanout-queue.ts';
import { cursorOfOpenPage, type FanoutMessage } from './message.ts';
import { type PendingPorts, restorePending } from './pending.ts';

/** An event whose fan-out was not done minutes after its acceptance, or one of whose deliveries had no record an hour after it. */
export interface Unfinished {
  eventId: string;
  /** How often it was announced again. */
  announced: number;
  /** When it is looked at next, in ms since the epoch. */
  dueAt: number;
  /** When its event expires, in ms since the epoch. */
  expiresAt: number;
}

/** An entry of the list of unfinished events. */
export type DueEvent = Omit<Unfinished, 'dueAt'>;

/** What all events are searched for: fan-outs that are not done, or deliveries that are noted and have no record. */
export type Sought = 'fan-outs' | 'deliveries';

/**
 * The list of unfinished events, and how far the list of all events was searched for them. In shards: an event is always
 * in the same one.
 */
export interface UnfinishedEvents {
  /** Up to where a shard was searched; null: not at all. */
  searchedTo(shard: number, sought: Sought): Promise<string | null>;
  /** Notes up to where a shard was searched. It never goes back. */
  noteSearched(shard: number, sought: Sought, position: string): Promise<void>;
  /**
   * Searches up to `limit` of a shard's events accepted before `beforeMs`, the oldest first, from a position on. Eventually
   * consistent: an event that was finished a moment ago may be found.
   * @returns those with what is sought, and up to where it searched: null if there was nothing to search.
   */
  search(
    shard: number,
    sought: Sought,
    after: string | null,
    beforeMs: number,
    limit: number,
  ): Promise<{ found: Pick<Unfinished, 'eventId' | 'expiresAt'>[]; searchedTo: string | null }>;
  /** Up to `limit` entries of a shard that are due, the longest due first. Eventually consistent. */
  due(
    shard: number,
    untilMs: number,
    after: string | null,
    limit: number,
  ): Promise<{ entries: DueEvent[]; next: string | null }>;
  /** Writes entries, and removes those of other events. Idempotent. */
  update(entries: Unfinished[], finished: string[]): Promise<void>;
}

export interface AnnouncePorts extends PendingPorts {
  unfinished: UnfinishedEvents;
  events: {
    /** Strongly consistent; events past their expiry count as absent. */
    find(ids: string[]): Promise<Map<string, EventRecord>>;
  };
  payloads: PayloadReader;
  queue: FanoutQueue;
  /** How many messages can be received from the delivery queues now. Approximate. */
  deliveryQueues: Pick<FanoutQueue, 'waiting'>;
  /** Milliseconds until the invocation times out. */
  remainingMs: () => number;
  /** Number of shards of the events. */
  shards: number;
}

/**
 * How long after its acceptance an event is looked at: five receives of the fan-out queue take 15 minutes, those of a delivery
 * queue 30, and then the dead letter is put on record.
 */
const LOOK_AFTER_MS: Readonly<Record<Sought, number>> = { 'fan-outs': 15 * MINUTE_MS, deliveries: HOUR_MS };
/**
 * With more messages than this waiting for the fan-out, unfinished events are most likely among them, and nothing is
 * announced; with more waiting for their POST, deliveries without a record are.
 */
const WAITING_MAX = 5_000;
/** An event may have 100 deliveries that are noted. */
const SEARCHED_AT_ONCE: Readonly<Record<Sought, number>> = { 'fan-outs': 500, deliveries: 200 };
const ANNOUNCED_AT_ONCE = 100;
/** Payloads of a shard that are read at a time. */
const PAYLOADS_AT_ONCE = 5;
/** With less time left than this, the rest is left to the next run. */
const RESERVE_MS = 15_000;

/**
 * Announces events again whose fan-out was not done 15 minutes after their acceptance: their message was lost, or expired.
 * They are announced as repeats, which fill gaps only, and never faster than the fan-out works them off. Deliveries without a record
 * an hour after it are put into the waiting room: their first message was lost. For each of the two, every event is looked at
 * once, and again only if it was not finished, less and less often, until it is or expires.
 *
 * An entry in the list of unfinished events comes before the note of how far the search has got, and an event is sent
 * before its entry is put off: a crash repeats work, and forgets no event.
 * @returns how many events were announced.
 * @throws AggregateError when some could not be read or sent; the others still were.
 */
export async function announceUnfinished(ports: AnnouncePorts): Promise<number> {
  const faults = new Faults();
  const hasRoom = queueHasRoom(ports.queue, WAITING_MAX, ports.clock);
  const work: Work = {
    ...ports,
    faults,
    canGoOn: async () => ports.remainingMs() > RESERVE_MS && (await hasRoom()),
    mayRestore: queueHasRoom(ports.deliveryQueues, WAITING_MAX, ports.clock),
  };
  const shards = Array.from({ length: ports.shards }, (_, shard) => shard);
  const counts = await Promise.all(shards.map((shard) => faults.attempt(() => workOn(shard, work))));
  faults.throwAny(
    (count) => `Some unfinished events were not announced again (${count} faults); the next run retries.`,
  );
  return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

interface Work extends AnnouncePorts {
  faults: Faults;
  canGoOn: () => Promise<boolean>;
  /** Whether deliveries may be put into the waiting room. */
  mayRestore: () => Promise<boolean>;
}

/** Searches and announces in turn, so that neither waits for the other when there is much to do. */
async function workOn(shard: number, work: Work): Promise<number> {
  const untilMs = work.clock();
  const sought = new Set<Sought>(['fan-outs', 'deliveries']);
  let announced = 0;
  let at: { after: string | null } | undefined = { after: null };
  while ((sought.size > 0 || at !== undefined) && (await work.canGoOn())) {
    for (const one of sought) {
      // One that fails is left to the next run.
      const hasMore = await work.faults.attempt(() => search(shard, one, work));
      if (!hasMore) sought.delete(one);
    }
    if (at === undefined) continue;
    const { entries, next } = await work.unfinished.due(shard, untilMs, at.after, ANNOUNCED_AT_ONCE);
    announced += await announce(entries, work);
    at = next === null ? undefined : { after: next };
  }
  return announced;
}

/** @returns whether there may be more to search. */
async function search(shard: number, sought: Sought, { unfinished, clock, mayRestore }: Work): Promise<boolean> {
  if (sought === 'deliveries' && !(await mayRestore())) return false;
  const dueAt = clock();
  const beforeMs = dueAt - LOOK_AFTER_MS[sought];
  const after = await unfinished.searchedTo(shard, sought);
  const { found, searchedTo } = await unfinished.search(shard, sought, after, beforeMs, SEARCHED_AT_ONCE[sought]);
  if (searchedTo === null) return false;
  await unfinished.update(
    found.map((event) => ({ ...event, announced: 0, dueAt })),
    [],
  );
  await unfinished.noteSearched(shard, sought, searchedTo);
  return true;
}

/** @returns how many events were announced. */
async function announce(entries: DueEvent[], work: Work): Promise<number> {
  const { faults } = work;
  if (entries.length === 0) return 0;
  const { read, unreadable } = await readEvents(entries, faults, work);
  const open = new Map([...read].filter(([, event]) => isUnfinished(event)));
  const announced: Announced[] = [];
  /** Left as they are: the next run retries. */
  const failed = new Set<string>();
  await inParallel([...open.values()], PAYLOADS_AT_ONCE, async (record) => {
    const payload = await faults.attempt(() => carried(record.payload, work.payloads));
    if (payload === undefined) failed.add(record.id);
    else if (payload !== 'gone') announced.push({ record, event: acceptedEventOf(record, payload, true) });
  });
  if (announced.length > 0) await work.queue.send(messagesOf(announced));
  const done = [...read.values()].filter(fanoutIsDone);
  const pending = new Set<string>();
  await inParallel(done, PAYLOADS_AT_ONCE, async (event) => {
    const isRestored = await faults.attempt(() => restorePending(event, work.mayRestore, faults, work));
    if (isRestored === undefined) failed.add(event.id);
    if (!isRestored) pending.add(event.id);
  });
  const isKept = ({ eventId }: DueEvent) => open.has(eventId) || pending.has(eventId) || unreadable.has(eventId);
  await work.unfinished.update(
    entries.filter((entry) => isKept(entry) && !failed.has(entry.eventId)).map((entry) => putOff(entry, work.clock())),
    entries.filter((entry) => !isKept(entry)).map(({ eventId }) => eventId),
  );
  return announced.length;
}

const putOff = (entry: DueEvent, nowMs: number): Unfinished => ({
  ...entry,
  announced: entry.announced + 1,
  // Until then its fan-out may be under way.
  dueAt: nowMs + doublingWaitMs(entry.announced),
});

interface Announced {
  record: EventRecord;
  event: AcceptedEvent;
}

/** A test event has no fan-out: it is sent to one endpoint, and noted as done after that. */
const isUnfinished = (event: EventRecord) => !fanoutIsDone(event) && event.type !== TEST_EVENT_TYPE;

/** One event that this version cannot read does not keep the others from being read; it is reported, and put off. */
async function readEvents(
  entries: DueEvent[],
  faults: Faults,
  { events }: AnnouncePorts,
): Promise<{ read: Map<string, EventRecord>; unreadable: Set<string> }> {
  const ids = entries.map(({ eventId }) => eventId);
  try {
    return { read: await events.find(ids), unreadable: new Set() };
  } catch (fault) {
    if (!(fault instanceof UnreadableItem)) throw fault;
  }
  const read = new Map<string, EventRecord>();
  const unreadable = new Set<string>();
  await inParallel(ids, PAYLOADS_AT_ONCE, async (id) => {
    const found = await faults.attempt(() => events.find([id]));
    if (found === undefined) unreadable.add(id);
    for (const event of found?.values() ?? []) read.set(id, event);
  });
  return { read, unreadable };
}

/**
 * The payload as its message carries it; `gone` if it is not stored. Then the request that stored the event died before it
 * stored the payload: nothing was acknowledged, and nothing can be delivered unless its producer repeats it.
 */
async function carried(ref: PayloadRef, payloads: PayloadReader): Promise<CarriedPayload | 'gone'> {
  try {
    if (ref.length <= INLINE_BYTES_MAX) return carryPayload(ref, await payloads.get(ref));
    await payloads.get({ ...ref, length: 1 });
    return ref;
  } catch (fault) {
    if (fault instanceof Problem && fault.kind === 'gone') return 'gone';
    throw fault;
  }
}

/** Events that begin with their first page share messages; one of several pages goes on with the page that is missing. */
function messagesOf(announced: Announced[]): OutgoingFanout[] {
  const paged = announced.flatMap(({ record, event }): FanoutMessage[] => {
    const cursor = cursorOfOpenPage(record);
    return cursor === undefined ? [] : [{ v: 1, tenant: record.tenant, events: [event], cursor }];
  });
  const whole = announced.filter(({ record }) => cursorOfOpenPage(record) === undefined);
  const byTenant = Map.groupBy(whole, ({ record }) => record.tenant);
  const packed = [...byTenant].flatMap(([tenant, some]) =>
    packDetails(
      tenant,
      some.map(({ event }) => event),
    ),
  );
  return [...packed, ...paged].map((message) => ({ message, delaySeconds: 0 }));
}
