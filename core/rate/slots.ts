/**
 * How far an endpoint's limit is spoken for, in ms since the epoch; 0 while nothing was. Both marks only ever rise, so
 * that one of a moment ago may say "not yet" by itself, and only "now" must be asked.
 */
export interface RateMarks {
  /** Where the line ends: appointments up to here are given away. */
  line: number;
  /** Up to where POSTs have been let through the gate. */
  gate: number;
}

/** What is asked of a mark. */
export interface Wanted {
  /** How many slots; fewer may be had. */
  count: number;
  spacingMs: number;
  nowMs: number;
  /** No slot begins later than this. */
  latestMs: number;
  /** Take nothing while somebody stands in the line. */
  unlessLine?: boolean;
}

/** `count` slots, from `begin` on. */
export interface Taken {
  begin: number;
  count: number;
}

/** The marks of all endpoints, shared by all instances. */
export interface RateSlots {
  /**
   * Takes slots and moves the mark behind them, in one conditional update: they begin at the mark, or now if that has
   * passed. One update more where others have moved the mark since this container saw it.
   * @returns what was taken, a count of 0 where there was nothing to have.
   */
  take(endpointId: string, mark: keyof RateMarks, wanted: Wanted): Promise<Taken>;
}

/** What there is to take while the marks stand so. */
export function takeable(marks: RateMarks, mark: keyof RateMarks, wanted: Wanted): Taken {
  const { count, spacingMs, nowMs, latestMs, unlessLine } = wanted;
  const begin = Math.max(marks[mark], nowMs);
  if (unlessLine && marks.line > nowMs) return { begin, count: 0 };
  const room = Math.floor((latestMs - begin) / spacingMs) + 1;
  return { begin, count: Math.max(0, Math.min(count, room)) };
}
