import { BoundedMap } from '../cache.ts';
import type { Clock } from '../clock.ts';
import { MINUTE_MS } from '../durations.ts';
import { type DisablePorts, disableAndNotify } from '../endpoints/change.ts';
import { updateHealth, withNotice } from '../endpoints/health.ts';
import type { EndpointStore } from '../endpoints/store.ts';
import { newId } from '../ids.ts';

/** Problems of an endpoint's filter in one hour. */
export interface FilterIssue {
  endpointId: string;
  /** Start of the hour, in ms since the epoch. */
  hour: number;
  /** Why it failed on an event; undefined if it did not. */
  error: string | undefined;
  /** Undecided events of the hour, so far. */
  undecided: number;
}

export interface ReportPorts extends DisablePorts {
  endpoints: Pick<EndpointStore, 'find' | 'put' | 'remove'>;
  clock: Clock;
}

/** More undecided events than this in one hour disable the endpoint: each costs a record. */
export const UNDECIDED_PER_HOUR_MAX = 1_000;
const UNDECIDED = 'it takes more steps than an event allows';
/** Events accepted under an earlier filter may be counted up to this much later. */
const COUNTED_WITHIN_MS = 3 * MINUTE_MS;
const ENTRIES_MAX = 10_000;

/** Reports problems of filters; called repeatedly while they last. */
export type FilterReporter = (trouble: FilterIssue) => Promise<void>;

/**
 * Publishes once per hour that an endpoint's filter fails or is undecided, and disables an endpoint with too many
 * undecided events. Reported hours are cached, so that a filter that always fails does not cost a read every minute.
 */
export function createFilterReporter(ports: ReportPorts): FilterReporter {
  const reportedHours = new BoundedMap<number>({ entriesMax: ENTRIES_MAX });
  return async (trouble) => {
    const { endpointId, hour, error, undecided } = trouble;
    if ((reportedHours.get(endpointId) ?? 0) < hour) {
      await addNotice(trouble, error ?? UNDECIDED, ports);
      reportedHours.set(endpointId, hour);
    }
    if (undecided > UNDECIDED_PER_HOUR_MAX) await disable(trouble, ports);
  };
}

/** The reported hour and the notice are one write: a second writer finds the hour reported. */
async function addNotice({ endpointId, hour }: FilterIssue, reason: string, ports: ReportPorts): Promise<void> {
  if ((await ports.endpoints.find(endpointId)) === undefined) return;
  const at = ports.clock();
  const holdingId = () => newId('hold', at, ports.random);
  await updateHealth(ports.health, endpointId, undefined, (health) =>
    (health.filterToldHour ?? 0) >= hour
      ? health
      : { ...withNotice(health, { type: 'filter_failing', at, reason }, holdingId), filterToldHour: hour },
  );
}

/** The hour's count covers all filters that the endpoint had in it: a changed filter counts only from the next hour. */
async function disable({ endpointId, hour }: FilterIssue, ports: ReportPorts): Promise<void> {
  const { endpoint } = (await ports.endpoints.find(endpointId)) ?? {};
  if (endpoint === undefined || endpoint.state === 'disabled' || endpoint.filter === null) return;
  if (endpoint.updatedAt > hour - COUNTED_WITHIN_MS) return;
  await disableAndNotify(endpoint, 'filter', ports.clock(), ports);
}
