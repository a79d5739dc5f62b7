import { type DeliveryKey, loadReadable, updateRecord } from '../deliveries/ledger.ts';
import type { DeliveryNotice, DeliveryRecord } from '../deliveries/record.ts';
import type { Acceptance } from '../events/accept.ts';
import { inParallel } from '../parallel.ts';
import type { Place } from '../tasks/continuation.ts';
import { rotated } from '../tasks/task-run.ts';
import { DEATHS_MAX, type Death, deathOf, groupDeaths, minuteIsOver, storeDeaths } from './deaths.ts';
import { deliveryEvent } from './operational-event.ts';
import { AT_ONCE, EVENTS_TOGETHER, type OutboxWork, putOut } from './outbox.ts';
import { storeOperationalEvent } from './publish.ts';

/** Keys of one run, which are listed before anything is published, so that endpoints can take turns. */
const KEYS_MAX = 50_000;
const KEYS_PAGE = 1_000;
const SHARDS_AT_ONCE = 4;
/** Records that are read in one call, and calls at a time. */
const RECORDS_PAGE = 100;
const READS_AT_ONCE = 4;
/** Notices of one endpoint that are removed before the next ones have their turn. */
const NOTICES_OF_A_TURN = 200;

/** A notice that has been published, and is to be removed from the outbox of its delivery. */
interface Published {
  delivery: DeliveryKey;
  isThis: (notice: DeliveryNotice) => boolean;
}

/**
 * Publishes the notices of deliveries. Those of an endpoint are read together, so that its deaths of one minute become one
 * event; removing its notices takes most of the time, so endpoints take turns with it.
 */
export async function publishOfDeliveries(place: Place, work: OutboxWork): Promise<void> {
  const { run, faults } = work;
  // What is published by then has left its outbox, or is found by the event that covers it.
  const leave = () => run.leave({ ...place, after: null });
  const { byEndpoint, isCut } = await listKeys(work);
  if (isCut) leave();
  const later: Published[][] = [];
  for (const keys of chunksOf(rotated([...byEndpoint.values()], run.tick))) {
    await faults.attempt(() => publishChunk(keys, later, leave, work));
  }
  for (let round = later; round.length > 0; ) {
    const next: Published[][] = [];
    for (const published of round) {
      if (!run.hasTime()) return leave();
      await faults.attempt(() => forget(published.slice(0, NOTICES_OF_A_TURN), work));
      if (published.length > NOTICES_OF_A_TURN) next.push(published.slice(NOTICES_OF_A_TURN));
    }
    round = next;
  }
}

/** The deliveries with notices, by endpoint. All shards are read at the same pace. */
async function listKeys(work: OutboxWork): Promise<{ byEndpoint: Map<string, DeliveryKey[]>; isCut: boolean }> {
  const byEndpoint = new Map<string, DeliveryKey[]>();
  let count = 0;
  let isCut = false;
  const add = (key: DeliveryKey) => {
    const known = byEndpoint.get(key.endpointId) ?? [];
    byEndpoint.set(key.endpointId, known);
    // One event does not hold more.
    if (known.length < DEATHS_MAX) known.push(key);
    else isCut = true;
  };
  const shards = rotated(
    Array.from({ length: work.shards }, (_, shard) => ({ shard, after: null as string | null })),
    work.run.tick,
  );
  for (let open = shards; open.length > 0; open = open.filter(({ after }) => after !== null)) {
    if (count >= KEYS_MAX || !work.run.hasTime()) return { byEndpoint, isCut: true };
    await inParallel(open, SHARDS_AT_ONCE, async (place) => {
      const page = await work.faults.attempt(() => work.ended.withNotices(place.shard, place.after, KEYS_PAGE));
      place.after = page?.next ?? null;
      count += page?.keys.length ?? 0;
      page?.keys.forEach(add);
    });
  }
  return { byEndpoint, isCut };
}

/** Endpoints whose notices are published together: some small ones, or one large one. */
function chunksOf(endpoints: readonly DeliveryKey[][]): DeliveryKey[][] {
  const chunks: DeliveryKey[][] = [];
  for (const keys of endpoints) {
    const open = chunks.at(-1);
    if (open !== undefined && open.length + keys.length <= EVENTS_TOGETHER) open.push(...keys);
    else chunks.push([...keys]);
  }
  return chunks;
}

/** Publishes the notices of some endpoints, while there is time. */
async function publishChunk(
  keys: readonly DeliveryKey[],
  later: Published[][],
  leave: () => void,
  work: OutboxWork,
): Promise<void> {
  const notices = await readNotices(keys, work);
  // Half of a group would become an event of its own.
  if (notices === undefined) return leave();
  const events = [
    ...groupDeaths(notices.deaths).map((group) => () => storeGroup(group, work)),
    ...notices.others.map((other) => () => storeOther(other, work)),
  ];
  for (const some of pagesOf(events, EVENTS_TOGETHER)) {
    if (!work.run.hasTime()) return leave();
    await publishSome(some, later, work);
  }
}

/** A stored event, and the notices that it covers. */
interface Stored {
  accepted: Acceptance;
  published: Published[];
}

async function storeGroup(group: readonly Death[], work: OutboxWork): Promise<Stored[]> {
  const told = await storeDeaths(group, work);
  return told.map(({ accepted, deaths }) => ({ accepted, published: deaths.map(publishedDeath) }));
}

async function storeOther({ record, notice }: Notices['others'][number], work: OutboxWork): Promise<Stored[]> {
  const accepted = await storeOperationalEvent(deliveryEvent(record, notice), work);
  return [{ accepted, published: [publishedNotice(record, notice)] }];
}

/** Stores and publishes events, then removes their notices; those of a large group later. */
async function publishSome(
  events: readonly (() => Promise<Stored[]>)[],
  later: Published[][],
  work: OutboxWork,
): Promise<void> {
  const byEvent: Stored[][] = [];
  await inParallel([...events.entries()], AT_ONCE, async ([at, store]) => {
    byEvent[at] = (await work.faults.attempt(store)) ?? [];
  });
  const stored = byEvent.flat();
  const all = stored.map(({ accepted, published }) => ({ accepted, notices: published.length }));
  if (!(await putOut(all, work))) return;
  const isLarge = ({ published }: Stored) => published.length > NOTICES_OF_A_TURN;
  later.push(...stored.filter(isLarge).map(({ published }) => published));
  const small = stored.filter((one) => !isLarge(one)).flatMap(({ published }) => published);
  await forget(small, work);
}

interface Notices {
  deaths: Death[];
  others: { record: DeliveryRecord; notice: DeliveryNotice }[];
}

/** @returns undefined if time ran out. The index is eventually consistent: the records hold the current outbox. */
async function readNotices(keys: readonly DeliveryKey[], work: OutboxWork): Promise<Notices | undefined> {
  const { run, faults, ledger, clock } = work;
  const notices: Notices = { deaths: [], others: [] };
  let isCut = false;
  await inParallel(pagesOf(keys, RECORDS_PAGE), READS_AT_ONCE, async (page) => {
    isCut ||= !run.hasTime();
    if (isCut) return;
    for (const record of await loadReadable(ledger, page, faults)) {
      for (const notice of record.outbox) {
        if (notice.kind !== 'dead') notices.others.push({ record, notice });
        else if (minuteIsOver(notice, clock())) notices.deaths.push(deathOf(record, notice));
      }
    }
  });
  return isCut ? undefined : notices;
}

function pagesOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}

const publishedDeath = ({ delivery, cycle, at }: Death): Published => ({
  delivery,
  isThis: (notice) => notice.kind === 'dead' && notice.cycle === cycle && notice.at === at,
});

const publishedNotice = ({ eventId, endpointId, wide }: DeliveryRecord, published: DeliveryNotice): Published => ({
  delivery: { eventId, endpointId, wide },
  isThis: ({ kind, cycle, at }) => kind === published.kind && cycle === published.cycle && at === published.at,
});

/** Removes notices. The deliveries themselves have not changed: they keep their `updatedAt`. */
async function forget(published: readonly Published[], work: OutboxWork): Promise<void> {
  for (const page of pagesOf(published, RECORDS_PAGE)) {
    const records = await loadReadable(
      work.ledger,
      page.map(({ delivery }) => delivery),
      work.faults,
    );
    const known = new Map(records.map((record) => [nameOf(record), record]));
    await inParallel(page, AT_ONCE, async ({ delivery, isThis }) => {
      await work.faults.attempt(() =>
        updateRecord(work.ledger, delivery, known.get(nameOf(delivery)), (current) =>
          current?.outbox.some(isThis)
            ? { ...current, outbox: current.outbox.filter((one) => !isThis(one)) }
            : undefined,
        ),
      );
    });
  }
}

const nameOf = ({ eventId, endpointId }: DeliveryKey) => `${eventId}/${endpointId}`;
