import { type Clock, isoTime } from '../../core/clock.ts';
import { type EventRecord, fanoutIsDone } from '../../core/events/event.ts';
import { notedDeliveries } from '../../core/fanout/pending.ts';
import type { Unfinished, UnfinishedEvents } from '../../core/fanout/unfinished.ts';
import { shardOf } from '../../core/ids.ts';
import { HEARTBEAT_TENANT } from '../../core/tenant.ts';
import type { MemoryDeliveryLedger } from './deliveries.ts';

/** The list of unfinished events in memory, and how far the events of a memory ledger were searched. */
export class MemoryUnfinishedEvents implements UnfinishedEvents {
  readonly entries = new Map<string, Unfinished>();
  readonly searched = new Map<string, string>();
  readonly #events: ReadonlyMap<string, EventRecord>;
  readonly #deliveries: Pick<MemoryDeliveryLedger, 'records' | 'nameOf'>;
  readonly #clock: Clock;
  readonly #shards: number;

  constructor(
    events: ReadonlyMap<string, EventRecord>,
    deliveries: Pick<MemoryDeliveryLedger, 'records' | 'nameOf'>,
    clock: Clock,
    shards = 1,
  ) {
    this.#events = events;
    this.#deliveries = deliveries;
    this.#clock = clock;
    this.#shards = shards;
  }

  searchedTo: UnfinishedEvents['searchedTo'] = async (shard, sought) => this.searched.get(`${sought} ${shard}`) ?? null;

  noteSearched: UnfinishedEvents['noteSearched'] = async (shard, sought, position) => {
    const before = this.searched.get(`${sought} ${shard}`);
    if (before === undefined || before < position) this.searched.set(`${sought} ${shard}`, position);
  };

  /** Whether the event has a delivery that is noted and has no record. */
  hasPending(event: EventRecord): boolean {
    const { records } = this.#deliveries;
    return notedDeliveries(event).some((key) => !records.has(this.#deliveries.nameOf(key)));
  }

  search: UnfinishedEvents['search'] = async (shard, sought, after, beforeMs, limit) => {
    const fromMs = after === null ? 0 : Date.parse(after.slice(0, after.indexOf('#')));
    const later = [...this.#events.values()].filter(
      ({ tenant, acceptedAt }) => tenant !== HEARTBEAT_TENANT && acceptedAt >= fromMs,
    );
    const rest = this.#inShard(later, shard, ({ id }) => id)
      .map((event) => ({ event, position: `${isoTime(event.acceptedAt)}#${event.id}` }))
      .filter(({ event, position }) => event.acceptedAt < beforeMs && (after === null || position > after))
      .sort((one, other) => (one.position < other.position ? -1 : 1))
      .slice(0, limit);
    const isFound = (event: EventRecord) => (sought === 'fan-outs' ? !fanoutIsDone(event) : this.hasPending(event));
    const open = rest.filter(({ event }) => event.expiresAt > this.#clock() && isFound(event));
    return {
      found: open.map(({ event: { id, expiresAt } }) => ({ eventId: id, expiresAt })),
      searchedTo: rest.at(-1)?.position ?? null,
    };
  };

  due: UnfinishedEvents['due'] = async (shard, untilMs, after, limit) => {
    const rest = this.#inShard(this.entries.values(), shard, ({ eventId }) => eventId)
      .map((entry) => ({ entry, position: `${isoTime(entry.dueAt)}#${entry.announced}#${entry.eventId}` }))
      .filter(({ entry, position }) => entry.dueAt <= untilMs && (after === null || position > after))
      .sort((one, other) => (one.position < other.position ? -1 : 1));
    const page = rest.slice(0, limit);
    return {
      entries: page.map(({ entry: { dueAt: _, ...entry } }) => entry),
      next: rest.length > limit ? (page.at(-1)?.position ?? null) : null,
    };
  };

  update: UnfinishedEvents['update'] = async (entries, finished) => {
    for (const entry of entries) this.entries.set(entry.eventId, structuredClone(entry));
    for (const id of finished) this.entries.delete(id);
  };

  #inShard<Item>(items: Iterable<Item>, shard: number, idOf: (item: Item) => string): Item[] {
    return [...items].filter((item) => shardOf(idOf(item), this.#shards) === shard);
  }
}
