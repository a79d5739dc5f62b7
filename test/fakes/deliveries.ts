import { type Clock, isoTime } from '../../core/clock.ts';
import { type AttemptHistory, type DeliveryKey, type DeliveryLedger, keyText } from '../../core/deliveries/ledger.ts';
import { ATTEMPTS_KEPT, type AttemptEntry, allAttempts, type DeliveryRecord } from '../../core/deliveries/record.ts';
import { dueAt, type WaitingPage, type WaitingRoom } from '../../core/deliveries/work-lists.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { type EndpointHealth, freshHealth } from '../../core/endpoints/health.ts';

/** The ledger's deliveries and their endpoints, in memory: compare and set is exact, values are always copied. */
export class MemoryDeliveryLedger implements DeliveryLedger, AttemptHistory {
  /** By the name of the delivery; a second record of one, under its other key, has a name of its own. */
  readonly records = new Map<string, DeliveryRecord>();
  /** Attempts that are kept apart, by the name of the delivery. */
  readonly apart = new Map<string, AttemptEntry[]>();
  /** How many attempts a record keeps, unless it is delivered: with more, all are kept apart. */
  readonly keptMax: number;
  /** How many deaths were counted in each hour. */
  readonly deaths = new Map<number, number>();
  readonly endpoints: Map<string, Endpoint>;
  readonly health: Map<string, EndpointHealth>;

  readonly #clock: Clock;

  /** @param clock decides what is expired; without one nothing is. */
  constructor(
    registry: { endpoints: Map<string, Endpoint>; health: Map<string, EndpointHealth> },
    clock: Clock = () => 0,
    keptMax = ATTEMPTS_KEPT,
  ) {
    this.keptMax = keptMax;
    this.endpoints = registry.endpoints;
    this.health = registry.health;
    this.#clock = clock;
  }

  /** Where the record with this key is, or would be. */
  nameOf({ eventId, endpointId, wide = false }: DeliveryKey): string {
    const name = keyText({ eventId, endpointId });
    const first = this.records.get(name);
    return first === undefined || first.wide === wide ? name : `${name} ${wide ? 'wide' : 'not wide'}`;
  }

  #unexpired(key: DeliveryKey): DeliveryRecord | undefined {
    const record = this.records.get(this.nameOf(key));
    return record && record.expiresAt > this.#clock() ? record : undefined;
  }

  load: DeliveryLedger['load'] = async (deliveries, endpointIds) => {
    const records = deliveries.flatMap((key) => {
      const record = this.#unexpired(key);
      return record ? [[keyText(key), structuredClone(record)] as const] : [];
    });
    const endpoints = endpointIds.flatMap((id) => {
      const endpoint = this.endpoints.get(id);
      const health = this.health.get(id) ?? freshHealth(id);
      return endpoint ? [[id, structuredClone({ endpoint, health })] as const] : [];
    });
    return { records: new Map(records), endpoints: new Map(endpoints) };
  };

  find: DeliveryLedger['find'] = async (key) => structuredClone(this.#unexpired(key));

  put: DeliveryLedger['put'] = async (record, expected) => {
    const name = this.nameOf(record);
    const isHeavy = record.status !== 'delivered' && record.attempts.length > this.keptMax;
    if (isHeavy) this.apart.set(name, this.#history(name, record.attempts));
    const stored = expected === null ? this.#unexpired(record) : this.records.get(name);
    if ((stored?.revision ?? null) !== expected) return false;
    this.records.set(name, structuredClone(isHeavy ? { ...record, attempts: [] } : record));
    return true;
  };

  #history(name: string, attempts: AttemptEntry[]): AttemptEntry[] {
    return structuredClone(allAttempts(this.apart.get(name) ?? [], attempts));
  }

  attemptsOf: AttemptHistory['attemptsOf'] = async (record) => this.#history(this.nameOf(record), record.attempts);

  countDeaths: DeliveryLedger['countDeaths'] = async (changes) => {
    for (const { hour, by } of changes) this.deaths.set(hour, (this.deaths.get(hour) ?? 0) + by);
  };
}

interface Entry {
  record: DeliveryRecord;
  position: string;
}

const entryOf = (record: DeliveryRecord, at: number): Entry => ({
  record,
  position: [isoTime(at), record.eventId, record.endpointId].join('#'),
});

function pageOf(entries: Entry[], limit: number, after: string | null): WaitingPage {
  const rest = entries
    .filter(({ position }) => position > (after ?? ''))
    .sort((one, other) => (one.position < other.position ? -1 : 1));
  const kept = rest.slice(0, limit);
  return {
    keys: kept.map(({ record: { eventId, endpointId, wide } }) => ({ eventId, endpointId, wide })),
    next: rest.length > limit ? (kept.at(-1)?.position ?? null) : null,
  };
}

/** The waiting room over a memory ledger: one shard, in the order of time. */
export function createMemoryWaitingRoom(ledger: MemoryDeliveryLedger): WaitingRoom {
  const waiting = () => [...ledger.records.values()].filter(({ status }) => status === 'waiting');
  return {
    async due(_shard, untilMs, limit, after) {
      const due = [...ledger.records.values()].flatMap((record) => {
        const at = dueAt(record);
        // Notices have precedence, as in the adapter.
        const isListed = record.status === 'waiting' || record.outbox.length === 0;
        return at !== undefined && at < untilMs && isListed ? [entryOf(record, at)] : [];
      });
      return pageOf(due, limit, after);
    },
    async held(endpointId, _shard, limit, beforeMs) {
      const held = waiting()
        .filter(({ waitingFor }) => waitingFor === 'paused' || waitingFor === 'circuit')
        .filter((record) => record.endpointId === endpointId && record.acceptedAt < beforeMs);
      return pageOf(
        held.map((record) => entryOf(record, record.acceptedAt)),
        limit,
        null,
      );
    },
  };
}
