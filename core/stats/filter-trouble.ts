import type { Clock } from '../clock.ts';
import { type DisablePorts, disableAndNotify } from '../endpoints/change.ts';
import { updateHealth, withNotice } from '../endpoints/health.ts';
import type { EndpointStore } from '../endpoints/store.ts';
import { newId } from '../ids.ts';

/** An endpoint's filter as one hour's events have met it. */
export interface FilterTrouble {
  endpointId: string;
  /** When the hour begins, in ms since the epoch. */
  hour: number;
  /** Why it failed at an event; undefined when it did not. */
  error: string | undefined;
  /** Events of the hour that it could not decide, so far. */
  undecided: number;
}

export interface ReportPorts extends DisablePorts {
  endpoints: Pick<EndpointStore, 'find' | 'put' | 'remove'>;
  clock: Clock;
}

/** An endpoint whose filter cannot decide more events of one hour than this is disabled: each costs a record. */
export const UNDECIDED_PER_HOUR_MAX = 1_000;
const UNDECIDED = 'it takes more steps than an event allows';
/** Events that were accepted under an earlier filter may be counted so much later. */
const COUNTED_WITHIN_MS = 180_000;

/** Told of trouble with filters, again and again while it lasts. */
export type FilterReporter = (trouble: FilterTrouble) => Promise<void>;

/**
 * Tells an endpoint's owner once an hour that its filter fails or cannot decide, and disables an endpoint whose filter
 * asks for too much. A container remembers whom it has told: whoever fails all the time costs no read a minute.
 */
export function createFilterReporter(ports: ReportPorts): FilterReporter {
  const toldHours = new Map<string, number>();
  return async (trouble) => {
    const { endpointId, hour, error, undecided } = trouble;
    if ((toldHours.get(endpointId) ?? 0) < hour) {
      await tellOwner(trouble, error ?? UNDECIDED, ports);
      if (toldHours.size >= ENTRIES_MAX) toldHours.clear();
      toldHours.set(endpointId, hour);
    }
    if (undecided > UNDECIDED_PER_HOUR_MAX) await disable(trouble, ports);
  };
}

const ENTRIES_MAX = 10_000;

/** The mark and the news are one write: whoever comes second finds it told. */
async function tellOwner({ endpointId, hour }: FilterTrouble, reason: string, ports: ReportPorts): Promise<void> {
  if ((await ports.endpoints.find(endpointId)) === undefined) return;
  const at = ports.clock();
  const holdingId = () => newId('hold', at, ports.random);
  await updateHealth(ports.health, endpointId, undefined, (health) =>
    (health.filterToldHour ?? 0) >= hour
      ? health
      : { ...withNotice(health, { type: 'filter_failing', at, reason }, holdingId), filterToldHour: hour },
  );
}

/** The hour's count is that of all filters the endpoint had meanwhile: one that was changed begins with the next hour. */
async function disable({ endpointId, hour }: FilterTrouble, ports: ReportPorts): Promise<void> {
  const { endpoint } = (await ports.endpoints.find(endpointId)) ?? {};
  if (endpoint === undefined || endpoint.state === 'disabled' || endpoint.filter === null) return;
  if (endpoint.updatedAt > hour - COUNTED_WITHIN_MS) return;
  await disableAndNotify(endpoint, 'filter', ports.clock(), ports);
}
