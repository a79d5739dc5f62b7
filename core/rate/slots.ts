/** How far an endpoint's limit is spoken for, in ms since the epoch; 0 while nothing was. */
export interface RateMarks {
  /** Where the line ends: appointments up to here are given away. It rises, until a raised limit begins it anew. */
  line: number;
  /** The limit per second under which the line was made; it only rises while the line lies ahead. Items of before have none. */
  lineLimit?: number | undefined;
  /** Up to where POSTs have been let through the gate. It only ever rises. */
  gate: number;
}

export type RateMark = 'line' | 'gate';

/** What is asked of a mark. */
export interface SlotRequest {
  /** How many slots; fewer may be had. */
  count: number;
  /** The limit by which the slots lie apart, 1/limit each. */
  perSecond: number;
  nowMs: number;
  /** No slot begins later than this. */
  latestMs: number;
  /** Take nothing while somebody stands in the line. */
  unlessLine?: boolean;
}

/** `count` slots, from `begin` on. */
export interface SlotGrant {
  begin: number;
  count: number;
}

/** The marks of all endpoints, shared by all instances. */
export interface RateSlots {
  /**
   * Takes slots and moves the mark behind them, in one conditional update: they begin at the mark, or now if that has
   * passed. A line that was made under a lower limit counts as ended, and begins anew: the gate alone bounds what is
   * POSTed, so a raised limit need not wait for the line of the former. One update more where others have moved the mark
   * since this container saw it.
   * @returns what was taken, a count of 0 where there was nothing to have.
   */
  take(endpointId: string, mark: RateMark, wanted: SlotRequest): Promise<SlotGrant>;
}

export const spacingMs = (perSecond: number) => 1_000 / perSecond;

/** What there is to take while the marks stand so. */
export function grantFor(marks: RateMarks, mark: RateMark, wanted: SlotRequest): SlotGrant {
  const { count, perSecond, nowMs, latestMs, unlessLine } = wanted;
  const line = (marks.lineLimit ?? perSecond) < perSecond ? 0 : marks.line;
  const begin = Math.max(mark === 'line' ? line : marks.gate, nowMs);
  if (unlessLine && line > nowMs) return { begin, count: 0 };
  const room = Math.floor((latestMs - begin) / spacingMs(perSecond)) + 1;
  return { begin, count: Math.max(0, Math.min(count, room)) };
}
