import * as z from 'zod';
import { isoTime } from '../clock.ts';
import type { DeliveryKey } from '../deliveries/ledger.ts';
import type { DeliveryNotice, DeliveryRecord } from '../deliveries/record.ts';
import { MINUTE_MS } from '../durations.ts';
import { OPERATIONAL_PREFIX } from '../event-types/name.ts';
import type { Acceptance } from '../events/accept.ts';
import { deliveryId } from '../ids.ts';
import { deliveryEvent, idOf, type OperationalEvent } from './operational-event.ts';
import { type PublishPorts, storeWithText } from './publish.ts';

/*
 * The deaths of an endpoint's deliveries in one minute are published as one event, and each of them in no other. Which ones
 * it covers is decided once: the event is stored with the list of its deaths before it is published. A death that is found
 * later, because its record was written late or the index lagged, is covered by the minute's next event.
 */

/** A death that waits in the outbox of its delivery. */
export interface Death {
  delivery: DeliveryKey;
  cycle: number;
  /** In ms since the epoch. */
  at: number;
  /** What tells it alone. */
  event: OperationalEvent;
}

/** The most deaths in one event: their list takes about 600 KB, and as long as it takes to read them. */
export const DEATHS_MAX = 10_000;
/** The most delivery ids that an event names. */
const IDS_MAX = 20;

/** The deaths that an event covers, as stored before it: event id, cycle and time of each. */
export const storedDeaths = z.array(z.tuple([z.string(), z.number(), z.number()]));

/** The death that a notice reports. */
export function deathOf(record: DeliveryRecord, notice: DeliveryNotice): Death {
  const { eventId, endpointId, wide } = record;
  const { cycle, at } = notice;
  return { delivery: { eventId, endpointId, wide }, cycle, at, event: deliveryEvent(record, notice) };
}

/** Whether the minute of a death is over, so that it can be published with the others of that minute. */
export const minuteIsOver = ({ at }: DeliveryNotice, nowMs: number) => minuteOf(at) < minuteOf(nowMs);

const minuteOf = (atMs: number) => Math.floor(atMs / MINUTE_MS);
const nameOf = (eventId: string, cycle: number, at: number) => `${eventId} ${cycle} ${at}`;
const nameOfDeath = ({ delivery, cycle, at }: Death) => nameOf(delivery.eventId, cycle, at);

/** Deaths by endpoint and minute: each group is for one event, unless there are more than fit. */
export function groupDeaths(deaths: readonly Death[]): Death[][] {
  return [...Map.groupBy(deaths, ({ delivery, at }) => `${delivery.endpointId} ${minuteOf(at)}`).values()];
}

/**
 * Stores the events of a group of deaths.
 * @returns each event that covers some of them, with those; together they cover all.
 */
export async function storeDeaths(
  group: readonly Death[],
  ports: PublishPorts,
): Promise<{ accepted: Acceptance; deaths: Death[] }[]> {
  const told: { accepted: Acceptance; deaths: Death[] }[] = [];
  let left = group.toSorted((one, other) => one.at - other.at);
  for (let part = 0; left.length > 0; part++) {
    const deaths = left.slice(0, DEATHS_MAX);
    const list = deaths.map(({ delivery, cycle, at }) => [delivery.eventId, cycle, at]);
    const { accepted, text } = await storeWithText(eventOf(deaths, part), JSON.stringify(list), ports);
    const covered = new Set(storedDeaths.parse(JSON.parse(text)).map((death) => nameOf(...death)));
    const ours = left.filter((death) => covered.has(nameOfDeath(death)));
    // It was published, and the notices of all that it covers were removed: these came later.
    if (ours.length > 0) told.push({ accepted, deaths: ours });
    left = left.filter((death) => !covered.has(nameOfDeath(death)));
  }
  return told;
}

/** The event of some deaths of an endpoint in one minute: that of a single one, or a summary. */
export function eventOf(deaths: readonly Death[], part: number): OperationalEvent {
  const [first, last] = [deaths[0], deaths.at(-1)];
  if (first === undefined || last === undefined) throw new Error('An event needs a death.');
  const { endpointId } = first.delivery;
  const { tenant } = first.event;
  const id = idOf(tenant, 'deaths', endpointId, minuteOf(first.at), part);
  if (deaths.length === 1) return { ...first.event, id };
  return {
    id,
    tenant,
    type: `${OPERATIONAL_PREFIX}deliveries.dead`,
    at: last.at,
    data: {
      endpoint_id: endpointId,
      count: deaths.length,
      delivery_ids: deaths.slice(0, IDS_MAX).map(({ delivery }) => deliveryId(delivery.eventId, endpointId)),
      since: isoTime(first.at),
    },
  };
}
