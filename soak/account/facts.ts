import type { Crowd } from '../crowd/crowd.ts';
import type { ApiDelivery, ApiEvent, SoakApi } from '../product/api.ts';
import type { DeadLetter } from '../product/queues.ts';
import type { Acknowledged } from '../publisher.ts';
import type { Facts } from './account.ts';
import type { Death } from './duplicates.ts';

const AT_ONCE = 8;

export interface Sources {
  readonly api: SoakApi;
  readonly tenant: string;
  readonly crowd: Crowd;
  readonly acknowledged: readonly Acknowledged[];
  readonly deadLetters: readonly DeadLetter[];
  readonly deaths: readonly Death[];
}

/** Reads every delivery from the API, and every event that has neither a listed delivery nor an acceptance at some endpoint. */
export async function gatherFacts({ api, tenant, crowd, acknowledged, deadLetters, deaths }: Sources): Promise<Facts> {
  const { members, receipts } = crowd;
  const said = new Map<string, ApiDelivery>();
  await inParallel(members, 4, async ({ id }) => {
    for (const delivery of await api.deliveries({ tenant, endpoint_id: id })) said.set(keyOf(delivery), delivery);
  });

  const isKnown = (endpoint_id: string, event_id: string) =>
    (receipts.of(endpoint_id, event_id)?.takes ?? []).length > 0 || said.has(keyOf({ endpoint_id, event_id }));
  const open = acknowledged.filter(({ id, type }) =>
    members.some((member) => member.types.includes(type) && !isKnown(member.id, id)),
  );
  const events = new Map<string, ApiEvent | undefined>();
  await inParallel(open, AT_ONCE, async ({ id }) => {
    const event = await api.event(id);
    events.set(id, event);
    // Lists do not include pending deliveries.
    for (const delivery of event?.deliveries ?? []) said.set(keyOf(delivery), delivery);
  });

  const deadLetterCounts = Map.groupBy(deadLetters, ({ endpointId, eventId }) => `${endpointId} ${eventId}`);
  return {
    acknowledged,
    endpoints: members.map(({ id, name, kind, types, goneAt }) => {
      return { id, name, kind: kind.name, types, goneAt, timeoutMs: kind.timeoutSeconds * 1000 };
    }),
    takes: (endpointId, eventId) => receipts.of(endpointId, eventId)?.takes ?? [],
    firstSeenAt: (eventId) => receipts.firstSeenAt(eventId),
    said: (endpoint_id, event_id) => said.get(keyOf({ endpoint_id, event_id })),
    isFannedOut: (eventId) => typeof events.get(eventId)?.matched_endpoints === 'number',
    deadLetters: (endpointId, eventId) => deadLetterCounts.get(`${endpointId} ${eventId}`)?.length ?? 0,
    deaths,
  };
}

const keyOf = ({ endpoint_id, event_id }: Pick<ApiDelivery, 'endpoint_id' | 'event_id'>) =>
  `${endpoint_id} ${event_id}`;

async function inParallel<Item>(items: readonly Item[], width: number, work: (item: Item) => Promise<void>) {
  const queue = items.values();
  const lane = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
