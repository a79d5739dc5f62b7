import type { Reconciliation, ReconciliationStore } from '../../core/dead-letters/reconciliation.ts';
import type { DeathCounts } from '../../core/dead-letters/recount.ts';
import type { DeliveryRecord } from '../../core/deliveries/record.ts';
import { endedAs } from '../../core/deliveries/work-lists.ts';
import { DAY_MS } from '../../core/durations.ts';
import { hourOf } from '../../core/stats/tally.ts';

/**
 * Reads and corrects the counts of deaths of a memory ledger.
 * @param counts of the ledger, by hour. @param records yields all records, as an index shows them.
 */
export function createMemoryDeathCounts(
  counts: Map<number, number>,
  records: () => Iterable<DeliveryRecord>,
): DeathCounts {
  return {
    since: async (first) => new Map([...counts].filter(([hour]) => hour >= first)),
    async recount(day, untilMs, hasTime) {
      if (!hasTime()) return;
      const to = Math.min(day + DAY_MS, untilMs);
      const isWithin = (at: number) => at >= day && at < to;
      const found = new Map<number, number>([...counts.keys()].filter(isWithin).map((hour) => [hour, 0]));
      for (const record of records()) {
        if (endedAs(record) !== 'dead' || !isWithin(record.updatedAt)) continue;
        const hour = hourOf(record.updatedAt);
        found.set(hour, (found.get(hour) ?? 0) + 1);
      }
      for (const [hour, deaths] of found) counts.set(hour, deaths);
    },
  };
}

/** What the reconciliation remembers, in memory. */
export function createMemoryReconciliation(): ReconciliationStore {
  let stored: Reconciliation | undefined;
  return {
    find: async () => structuredClone(stored),
    put: async (state) => {
      stored = structuredClone(state);
    },
  };
}
