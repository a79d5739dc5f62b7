import type { Clock } from '../../core/clock.ts';
import { HOUR_MS } from '../../core/durations.ts';
import type { StatsReader, StatsWriter } from '../../core/stats/store.ts';
import { mergeTallies, type Tally, tallyName } from '../../core/stats/tally.ts';

export interface MemoryHourlyStatsOptions {
  clock: Clock;
  retentionMs: number;
}

/** The ledger's hourly statistics in memory. */
export function createMemoryHourlyStats({ clock, retentionMs }: MemoryHourlyStatsOptions): StatsReader & StatsWriter {
  const hours = new Map<string, Tally>();
  return {
    async add(tally) {
      const name = tallyName(tally);
      const stored = hours.get(name);
      const [sum = tally] = mergeTallies(stored === undefined ? [tally] : [stored, tally]);
      hours.set(name, structuredClone(sum));
      return tally.undecided ? (sum.undecided ?? 0) : 0;
    },

    async hours(endpointId, from, to) {
      const wanted = [...hours.values()].filter((one) => one.endpointId === endpointId && from <= one.hour);
      const unexpired = wanted.filter(({ hour }) => hour < to && hour + HOUR_MS + retentionMs > clock());
      return structuredClone(unexpired.toSorted((one, other) => one.hour - other.hour));
    },
  };
}
