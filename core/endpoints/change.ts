import { Problem } from '../problem.ts';
import type { Subscription, SubscriptionWriter } from '../subscriptions/subscription.ts';
import type { Endpoint } from './endpoint.ts';
import type { EndpointStore } from './store.ts';

export interface ChangePorts {
  endpoints: Pick<EndpointStore, 'find' | 'put' | 'remove'>;
  subscriptions: SubscriptionWriter;
}

const COMPARE_AND_SET_TRIES = 10;

/** The index entries of an endpoint; a disabled one matches nothing. */
function entriesOf(endpoint: Endpoint): Subscription[] {
  if (endpoint.state === 'disabled') return [];
  const { tenant, id: endpointId, eventTypes: patterns, filter, version, createdAt } = endpoint;
  const changed = version > 1 && { changedAt: endpoint.updatedAt };
  return patterns.map((pattern) => ({ tenant, pattern, endpointId, patterns, filter, version, createdAt, ...changed }));
}

/** The entries while a change is under way: what the endpoint took before, or will take, is found. */
function entriesBetween(before: Endpoint, after: Endpoint): Subscription[] {
  const entries = entriesOf(after);
  if (before.filter === after.filter) return entries;
  if (before.filter === null || after.filter === null) return entries.map((entry) => ({ ...entry, filter: null }));
  const formerFilter = before.filter;
  return entries.map((entry) => ({ ...entry, formerFilter }));
}

function indexDiffers(before: Endpoint, after: Endpoint): boolean {
  const indexed = ({ eventTypes, filter, state }: Endpoint) =>
    JSON.stringify([eventTypes, filter, state === 'disabled']);
  return indexed(before) !== indexed(after);
}

/** Stores a new endpoint. The index comes first: an endpoint that exists is found by every event. */
export async function storeNew(endpoint: Endpoint, ports: ChangePorts): Promise<void> {
  await ports.subscriptions.put(entriesOf(endpoint));
  await ports.endpoints.put(endpoint, null);
}

/**
 * Changes an endpoint, whoever else changes it: `change` sees the newest one. New index entries are written first and
 * old ones removed last, so the index never holds too little.
 * @param reindex writes the index although nothing of it changes: what a change before left half done is then whole.
 * @throws Problem `not_found` when there is no such endpoint, `conflict` when others change it all the time.
 */
export async function changeEndpoint(
  id: string,
  change: (endpoint: Endpoint) => Promise<Endpoint> | Endpoint,
  ports: ChangePorts,
  { reindex = false } = {},
): Promise<{ before: Endpoint; after: Endpoint }> {
  const tried = new Set<string>();
  for (let attempt = 0; attempt < COMPARE_AND_SET_TRIES; attempt++) {
    const before = (await ports.endpoints.find(id))?.endpoint;
    if (before === undefined) throw new Problem('not_found', 'There is no endpoint with this id.');
    const changed = await change(before);
    if (changed === before) return { before, after: before };
    const after = { ...changed, version: before.version + 1 };
    const isDue = reindex || indexDiffers(before, after) || tried.size > 0;
    const entries = isDue ? entriesOf(after) : undefined;
    if (entries) await ports.subscriptions.put(entriesBetween(before, after));
    for (const entry of entries ?? []) tried.add(entry.pattern);
    if (await ports.endpoints.put(after, before.version)) {
      if (entries && before.filter !== after.filter) await ports.subscriptions.put(entries);
      if (entries) await removeOthers(after, new Set([...before.eventTypes, ...tried]), ports);
      return { before, after };
    }
  }
  throw new Problem('conflict', 'Others are changing this endpoint at the same time: read it and try again.');
}

async function removeOthers(endpoint: Endpoint, patterns: Set<string>, ports: ChangePorts): Promise<void> {
  const kept = new Set(entriesOf(endpoint).map((entry) => entry.pattern));
  const { tenant, id: endpointId, version } = endpoint;
  const gone = [...patterns].filter((pattern) => !kept.has(pattern));
  await ports.subscriptions.remove(gone.map((pattern) => ({ tenant, pattern, endpointId, olderThan: version + 1 })));
}

/** Disables an endpoint; repeated, it finishes what a first try left half done. */
async function switchOff(id: string, changes: Partial<Endpoint>, ports: ChangePorts): Promise<Endpoint> {
  const { before, after } = await changeEndpoint(
    id,
    (current) => (current.state === 'disabled' ? current : { ...current, ...changes, state: 'disabled' }),
    ports,
  );
  // It was disabled already: whoever did that may have died before its index entries were gone.
  if (before === after) await removeOthers(after, new Set(after.eventTypes), ports);
  return after;
}

/**
 * Removes an endpoint; what is on its way to it is discarded with the reason. It is disabled first, so that a crash
 * leaves an endpoint that can be seen and deleted again, never index entries without an endpoint.
 */
export async function removeEndpoint(id: string, ports: ChangePorts): Promise<Endpoint> {
  for (let attempt = 0; attempt < COMPARE_AND_SET_TRIES; attempt++) {
    const endpoint = await switchOff(id, { disabledReason: 'manual' }, ports);
    if (await ports.endpoints.remove(id, endpoint.version)) return endpoint;
    // Gone although it was not removed by the last answer: that answer was lost, or another was quicker.
    if ((await ports.endpoints.find(id)) === undefined) return endpoint;
  }
  throw new Problem('conflict', 'Others are changing this endpoint at the same time: try again.');
}

/** Disables an endpoint for a reason of ours. An endpoint that is disabled already, or gone, is left as it is. */
export async function disableEndpoint(
  endpoint: Endpoint,
  reason: 'gone' | 'failing',
  nowMs: number,
  ports: ChangePorts,
): Promise<void> {
  try {
    await switchOff(endpoint.id, { disabledReason: reason, updatedAt: nowMs }, ports);
  } catch (fault) {
    // Deleted meanwhile: there is nothing left to disable.
    if (!(fault instanceof Problem && fault.kind === 'not_found')) throw fault;
  }
}
