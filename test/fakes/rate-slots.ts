import { grantFor, type RateMarks, type RateSlots, spacingMs } from '../../core/rate/slots.ts';

/** The marks of rate limits in memory. */
export function createMemoryRateSlots(all = new Map<string, RateMarks>()): RateSlots {
  return {
    async take(endpointId, mark, wanted) {
      const { perSecond, nowMs } = wanted;
      const marks = all.get(endpointId) ?? { line: 0, gate: 0 };
      const taken = grantFor(marks, mark, wanted);
      if (taken.count === 0) return taken;
      const end = taken.begin + taken.count * spacingMs(perSecond);
      const lineLimit = taken.begin > nowMs ? (marks.lineLimit ?? perSecond) : perSecond;
      all.set(endpointId, { ...marks, ...(mark === 'line' ? { line: end, lineLimit } : { gate: end }) });
      return taken;
    },
  };
}
