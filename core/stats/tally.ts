import { HOUR_MS } from '../durations.ts';
import { HEARTBEAT_TENANT } from '../tenant.ts';
import { bucketOf, type Histogram, merged } from './histogram.ts';

/** Attempts that began in one hour, and filter problems of events. Those of the same hour can be added. */
export interface HourCounts {
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

/** What is counted of one endpoint. */
export interface Tally extends HourCounts {
  endpointId: string;
  /** The endpoint's; messages of 0.1.0 have none. */
  tenant?: string | undefined;
}

/** What is counted of all endpoints of a tenant; of null, of all tenants. */
export interface TallySum extends HourCounts {
  tenant: string | null;
}

/** The start of the hour that a time is in. */
export const hourOf = (epochMs: number) => Math.floor(epochMs / HOUR_MS) * HOUR_MS;

/** The tally of one attempt. */
export function tallyOf(
  { id, tenant }: { id: string; tenant: string },
  { at, durationMs, errorCode }: { at: number; durationMs: number; errorCode: string | null },
): Tally {
  const isDelivered = errorCode === null;
  return {
    endpointId: id,
    tenant,
    hour: hourOf(at),
    delivered: isDelivered ? 1 : 0,
    failed: isDelivered ? 0 : 1,
    latency: { [bucketOf(durationMs)]: 1 },
  };
}

/** The tally of one event on which a filter failed, with the reason, or that is undecided. */
export function tallyOfFilter(
  at: { endpointId: string; tenant: string; hour: number },
  what: { error: string } | 'undecided',
): Tally {
  const nothing = { ...at, delivered: 0, failed: 0, latency: {} };
  return what === 'undecided'
    ? { ...nothing, undecided: 1 }
    : { ...nothing, filterErrors: 1, filterError: printable(what.error) };
}

/** How many attempts a tally counts. */
export const attemptsIn = ({ delivered, failed }: Pick<Tally, 'delivered' | 'failed'>) => delivered + failed;

/** How many attempts, filter failures and undecided events a tally counts. */
export const eventsIn = (tally: HourCounts) => attemptsIn(tally) + (tally.filterErrors ?? 0) + (tally.undecided ?? 0);

/** The key by which tallies are added. */
export const tallyName = ({ endpointId, hour }: Tally) => `${endpointId}/${hour}`;

/** Adds up the tallies of each endpoint and hour. */
export function mergeTallies(tallies: readonly Tally[]): Tally[] {
  return addedUp(tallies, tallyName);
}

/**
 * Adds up the tallies of each tenant and hour, and those of all tenants. The heartbeat is in none of them, as in no metric that
 * counts deliveries: it is a test of ours, and its endpoint has its own hours.
 */
export function sumsOf(tallies: readonly Tally[]): TallySum[] {
  const counted = tallies.filter(({ tenant }) => tenant !== HEARTBEAT_TENANT);
  const parts = counted.flatMap(({ endpointId, tenant, ...counts }): TallySum[] => [
    ...(tenant === undefined ? [] : [{ tenant, ...counts }]),
    { tenant: null, ...counts },
  ]);
  return addedUp(parts, ({ tenant, hour }) => `${tenant ?? '*'}/${hour}`);
}

function addedUp<Counts extends HourCounts>(all: readonly Counts[], nameOf: (one: Counts) => string): Counts[] {
  const sums = new Map<string, Counts>();
  for (const one of all) {
    const sum = sums.get(nameOf(one));
    sums.set(nameOf(one), sum === undefined ? one : added(sum, one));
  }
  return [...sums.values()];
}

function added<Counts extends HourCounts>(one: Counts, other: Counts): Counts {
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

function firstError(one: HourCounts, other: HourCounts): Partial<HourCounts> {
  const filterError = one.filterError ?? other.filterError;
  return filterError === undefined ? {} : { filterError };
}

/** Omits a zero: most tallies count only attempts. */
function counted(name: 'filterErrors' | 'undecided', one: HourCounts, other: HourCounts): Partial<HourCounts> {
  const sum = (one[name] ?? 0) + (other[name] ?? 0);
  return sum > 0 ? { [name]: sum } : {};
}

/** Maximum characters of a reason: it may quote a function name of any length. */
export const FILTER_ERROR_MAX = 200;
