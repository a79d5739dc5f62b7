import type { components } from '@postrider/client';
import { memberText } from '../../core/events/raw-json.ts';
import { elementsOf } from './output.ts';
import { AS_TEXT, type Session } from './session.ts';

export type Delivery = components['schemas']['DeliverySummary'];

/** An event and where it goes. */
export interface EventState {
  /** As the API wrote it. */
  readonly text: string;
  readonly id: string;
  /** ms since the epoch. */
  readonly acceptedAt: number;
  /** How many deliveries it has; null until the fan-out is done. */
  readonly matched: number | null;
  /** Those that are known, each with its text as the API wrote it. */
  readonly deliveries: readonly ListedDelivery[];
}
export interface ListedDelivery {
  readonly text: string;
  readonly delivery: Delivery;
}

const listed = (texts: readonly string[]): ListedDelivery[] =>
  texts.map((text) => ({ text, delivery: JSON.parse(text) as Delivery }));

/** Whether a cycle of a delivery is over. */
export const hasEnded = ({ status }: Delivery): boolean =>
  status === 'delivered' || status === 'dead' || status === 'discarded';

/** Reads an event from what the API wrote, and the deliveries that the event itself does not show: it shows up to a hundred. */
export async function eventState(session: Session, text: string): Promise<EventState> {
  const event: components['schemas']['Event'] = JSON.parse(text);
  const { id, matched_endpoints: matched } = event;
  const shown = listed(elementsOf(memberText(text, 'deliveries') ?? '[]'));
  const deliveries = (matched ?? 0) > shown.length ? await allDeliveries(session, id, shown) : shown;
  return { text, id, acceptedAt: Date.parse(event.accepted_at), matched, deliveries };
}

/** Reads an event with its deliveries. @throws ApiError if there is none. */
export async function readEvent(session: Session, id: string): Promise<EventState> {
  const text = await session.text((client) => client.GET('/v1/events/{id}', { params: { path: { id } }, ...AS_TEXT }));
  return eventState(session, text);
}

/** All recorded deliveries of an event, and the pending ones among those that are shown. */
async function allDeliveries(
  session: Session,
  eventId: string,
  shown: readonly ListedDelivery[],
): Promise<ListedDelivery[]> {
  const recorded = await session.items((client, from) =>
    client.GET('/v1/deliveries', { params: { query: { event_id: eventId, ...from } }, ...AS_TEXT }),
  );
  const found = new Map(shown.map((each) => [each.delivery.id, each]));
  for (const each of listed(recorded)) found.set(each.delivery.id, each);
  return [...found.values()];
}

/** Why a delivery is where it is: the last error, what it waits for, or why it ended. */
export function whyOf(delivery: Delivery): string | null {
  if (delivery.status === 'delivered') return null;
  const { status, last_error: lastError, waiting_for: waitingFor } = delivery;
  if (status === 'discarded') return delivery.discard_reason;
  const parts = [status === 'waiting' && waitingFor !== null ? `for ${waitingFor}` : delivery.death_reason, lastError];
  return parts.filter((part) => part !== null).join(', ') || null;
}
