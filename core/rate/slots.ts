/** The times up to which an endpoint's limit is used up, in ms since the epoch; 0 at first. */
export interface RateMarks {
  /** The end of the line: slots up to here are taken. It only increases, until a raised limit restarts it. */
  line: number;
  /**
   * The limit per second under which the line was made; it only increases while the line lies ahead. Older items lack
   * it.
   */
  lineLimit?: number | undefined;
  /** Up to when the gate has permitted POSTs. It only increases. */
  gate: number;
}

export type RateMark = 'line' | 'gate';

/** A request for slots of a mark. */
export interface SlotRequest {
  /** How many slots are wanted; fewer may be granted. */
  count: number;
  /** The limit: slots are 1/limit apart. */
  perSecond: number;
  nowMs: number;
  /** No slot begins later than this. */
  latestMs: number;
  /** Take nothing while the line is not empty. */
  unlessLine?: boolean;
}

/** `count` slots, starting at `begin`. */
export interface SlotGrant {
  begin: number;
  count: number;
}

/** The marks of all endpoints, shared by all instances. */
export interface RateSlots {
  /**
   * Takes slots and moves the mark past them, in one conditional update: they begin at the mark, or now if that has
   * passed. A line made under a lower limit counts as ended and restarts: the gate alone limits POSTs, so a raised
   * limit need not wait for the old line. Costs one more update if others have moved the mark since this execution
   * environment last saw it.
   * @returns the slots taken, with a count of 0 if there were none.
   */
  take(endpointId: string, mark: RateMark, wanted: SlotRequest): Promise<SlotGrant>;
}

export const spacingMs = (perSecond: number) => 1_000 / perSecond;

/** The slots that a request gets with the given marks. */
export function grantFor(marks: RateMarks, mark: RateMark, wanted: SlotRequest): SlotGrant {
  const { count, perSecond, nowMs, latestMs, unlessLine } = wanted;
  const line = (marks.lineLimit ?? perSecond) < perSecond ? 0 : marks.line;
  const begin = Math.max(mark === 'line' ? line : marks.gate, nowMs);
  if (unlessLine && line > nowMs) return { begin, count: 0 };
  const room = Math.floor((latestMs - begin) / spacingMs(perSecond)) + 1;
  return { begin, count: Math.max(0, Math.min(count, room)) };
}
