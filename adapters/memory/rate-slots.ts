import { type RateMarks, type RateSlots, takeable } from '../../core/rate/slots.ts';

/** The marks of rate limits in memory. */
export function createMemoryRateSlots(all = new Map<string, RateMarks>()): RateSlots {
  return {
    async take(endpointId, mark, wanted) {
      const marks = all.get(endpointId) ?? { line: 0, gate: 0 };
      const taken = takeable(marks, mark, wanted);
      if (taken.count > 0) all.set(endpointId, { ...marks, [mark]: taken.begin + taken.count * wanted.spacingMs });
      return taken;
    },
  };
}
