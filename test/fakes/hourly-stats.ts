import type { Clock } from '../../core/clock.ts';
import { HOUR_MS } from '../../core/durations.ts';
import type { StatsReader, StatsWriter } from '../../core/stats/store.ts';
import { type HourCounts, mergeTallies, type Tally, tallyName } from '../../core/stats/tally.ts';

export interface MemoryHourlyStatsOptions {
  clock: Clock;
  retentionMs: number;
}

/** The ledger's hourly statistics in memory. */
export function createMemoryHourlyStats({ clock, retentionMs }: MemoryHourlyStatsOptions): StatsReader & StatsWriter {
  const hours = new Map<string, Tally>();

  /** Sums are kept as tallies of an endpoint that no other has. */
  const nameOf = (tenant: string | null) => `tenant ${tenant ?? '*'}`;

  async function add({ tenant: _, ...tally }: Tally): Promise<number> {
    const stored = hours.get(tallyName(tally));
    const [sum = tally] = mergeTallies(stored === undefined ? [tally] : [stored, tally]);
    hours.set(tallyName(tally), structuredClone(sum));
    return tally.undecided ? (sum.undecided ?? 0) : 0;
  }

  function hoursOf(name: string, from: number, to: number): HourCounts[] {
    const wanted = [...hours.values()].filter(
      ({ endpointId, hour }) => endpointId === name && from <= hour && hour < to,
    );
    const unexpired = wanted.filter(({ hour }) => hour + HOUR_MS + retentionMs > clock());
    const sorted = unexpired.toSorted((one, other) => one.hour - other.hour);
    return structuredClone(sorted.map(({ endpointId: _, ...counts }) => counts));
  }

  return {
    add,
    async addSum({ tenant, ...counts }) {
      await add({ endpointId: nameOf(tenant), ...counts });
    },
    hours: async (endpointId, from, to) => hoursOf(endpointId, from, to).map((counts) => ({ endpointId, ...counts })),
    sums: async (tenant, from, to) => hoursOf(nameOf(tenant), from, to).map((counts) => ({ tenant, ...counts })),
  };
}
