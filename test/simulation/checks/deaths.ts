import type { DeathChange } from '../../../core/deliveries/deaths.ts';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import { HOUR_MS } from '../../../core/durations.ts';
import type { Container } from '../engine/container.ts';
import type { Judge } from './judge.ts';

/** The start of the hour in which a delivery with a dead letter died; undefined for any other. */
function hourOfDeath(record: DeliveryRecord | undefined): number | undefined {
  if (record?.status !== 'dead' || record.deathReason === 'filter') return undefined;
  return record.updatedAt - (record.updatedAt % HOUR_MS);
}

/** How many of these deliveries died in each hour. */
export function deathsByHour(records: Iterable<DeliveryRecord>): Map<number, number> {
  const deaths = new Map<number, number>();
  for (const record of records) {
    const hour = hourOfDeath(record);
    if (hour !== undefined) deaths.set(hour, (deaths.get(hour) ?? 0) + 1);
  }
  return deaths;
}

/** Every death, and its end, is counted by the invocation that recorded it. */
export class DeathChecks {
  readonly #judge: Judge;
  readonly #now: () => number;
  readonly #began = new WeakMap<Container, number>();
  /** By invocation: deaths recorded and not counted yet, by delivery's event and hour. */
  readonly #open = new WeakMap<Container, Map<string, number>>();
  /** Those that an invocation records or counts when it is over already: it goes on during others. */
  readonly #late = new WeakMap<Container, Set<string>>();

  constructor(judge: Judge, now: () => number) {
    this.#judge = judge;
    this.#now = now;
  }

  began(container: Container): void {
    // The invocation before may count these during the next one.
    for (const [name, count] of this.#open.get(container) ?? []) if (count !== 0) this.#lateOf(container).add(name);
    this.#began.set(container, this.#now());
    this.#open.set(container, new Map());
  }

  written(before: DeliveryRecord | undefined, after: DeliveryRecord, container: Container, isLate: boolean): void {
    const [former, present] = [hourOfDeath(before), hourOfDeath(after)];
    if (former === present) return;
    if (isLate) for (const hour of [former, present]) this.#lateOf(container).add(`${after.eventId} ${hour}`);
    if (former !== undefined) this.#add(container, `${after.eventId} ${former}`, -1);
    if (present !== undefined) this.#add(container, `${after.eventId} ${present}`, 1);
  }

  counting(changes: readonly DeathChange[], container: Container): void {
    for (const { eventId, hour, by } of changes) this.#add(container, `${eventId} ${hour}`, -by);
  }

  /** An invocation ended by itself. If a response was lost, it could not know what it had recorded. */
  ended(container: Container): void {
    if (container.faultedAt >= (this.#began.get(container) ?? 0)) return;
    const left = [...(this.#open.get(container) ?? [])].filter(([, count]) => count !== 0);
    this.#judge.check('dead letters', left[0]?.[0].split(' ')[0] ?? '', left.length === 0, () => {
      const lines = left.map(([name, count]) => `${name}: ${count}`);
      return `${container} recorded deaths, or ends of deaths, without counting them: ${lines.join(', ')}`;
    });
  }

  #lateOf(container: Container): Set<string> {
    const late = this.#late.get(container) ?? new Set();
    this.#late.set(container, late);
    return late;
  }

  #add(container: Container, name: string, by: number): void {
    if (this.#lateOf(container).has(name)) return;
    const open = this.#open.get(container);
    open?.set(name, (open.get(name) ?? 0) + by);
  }
}
