import { HOUR_MS } from '../durations.ts';
import { bucketOf, type Histogram, merged } from './histogram.ts';

/**
 * Attempts on one endpoint that began in one hour, and filter problems of its events. Tallies of the same endpoint and
 * hour can be added.
 */
export interface Tally {
  endpointId: string;
  /** Start of the hour, in ms since the epoch. */
  hour: number;
  delivered: number;
  failed: number;
  /** The durations of the attempts, including failed ones. */
  latency: Histogram;
  /** Events on which its filter failed: they did not match. */
  filterErrors?: number | undefined;
  /** Why it failed on the first of them. Of several tallies, that of the first one added. */
  filterError?: string | undefined;
  /** Undecided events: dead deliveries. */
  undecided?: number | undefined;
}

/** The start of the hour that a time is in. */
export const hourOf = (epochMs: number) => Math.floor(epochMs / HOUR_MS) * HOUR_MS;

/** The tally of one attempt. */
export function tallyOf(
  endpointId: string,
  { at, durationMs, errorCode }: { at: number; durationMs: number; errorCode: string | null },
): Tally {
  const isDelivered = errorCode === null;
  return {
    endpointId,
    hour: hourOf(at),
    delivered: isDelivered ? 1 : 0,
    failed: isDelivered ? 0 : 1,
    latency: { [bucketOf(durationMs)]: 1 },
  };
}

/** The tally of one event on which a filter failed, with the reason, or that is undecided. */
export function tallyOfFilter(at: { endpointId: string; hour: number }, what: { error: string } | 'undecided'): Tally {
  const nothing = { ...at, delivered: 0, failed: 0, latency: {} };
  return what === 'undecided'
    ? { ...nothing, undecided: 1 }
    : { ...nothing, filterErrors: 1, filterError: printable(what.error) };
}

/** How many attempts a tally counts. */
export const attemptsIn = ({ delivered, failed }: Pick<Tally, 'delivered' | 'failed'>) => delivered + failed;

/** How many attempts, filter failures and undecided events a tally counts. */
export const eventsIn = (tally: Tally) => attemptsIn(tally) + (tally.filterErrors ?? 0) + (tally.undecided ?? 0);

/** The key by which tallies are added. */
export const tallyName = ({ endpointId, hour }: Tally) => `${endpointId}/${hour}`;

/** Adds up the tallies of each endpoint and hour. */
export function mergeTallies(tallies: readonly Tally[]): Tally[] {
  const sums = new Map<string, Tally>();
  for (const tally of tallies) {
    const sum = sums.get(tallyName(tally));
    sums.set(tallyName(tally), sum === undefined ? tally : added(sum, tally));
  }
  return [...sums.values()];
}

function added(one: Tally, other: Tally): Tally {
  return {
    ...one,
    delivered: one.delivered + other.delivered,
    failed: one.failed + other.failed,
    latency: merged(one.latency, other.latency),
    ...counted('filterErrors', one, other),
    ...counted('undecided', one, other),
    ...firstError(one, other),
  };
}

/**
 * Makes a reason safe for a message, which may hold only certain characters; a filter's own text may hold others, and
 * the cut may leave half a character.
 */
const printable = (reason: string) => reason.slice(0, FILTER_ERROR_MAX).replace(/\p{C}/gu, '?');

function firstError(one: Tally, other: Tally): Partial<Tally> {
  const filterError = one.filterError ?? other.filterError;
  return filterError === undefined ? {} : { filterError };
}

/** Omits a zero: most tallies count only attempts. */
function counted(name: 'filterErrors' | 'undecided', one: Tally, other: Tally): Partial<Tally> {
  const sum = (one[name] ?? 0) + (other[name] ?? 0);
  return sum > 0 ? { [name]: sum } : {};
}

/** Maximum characters of a reason: it may quote a function name of any length. */
export const FILTER_ERROR_MAX = 200;
