import { type Actor, type AuditEntry, type AuditTrail, auditEntry, flushPendingEntry, SYSTEM } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import { compareAndSet, USER_TRIES } from '../compare-and-set.ts';
import { newId } from '../ids.ts';
import { Problem } from '../problem.ts';
import type { Random } from '../random.ts';
import type { Subscription, SubscriptionWriter } from '../subscriptions/subscription.ts';
import type { AutomaticReason, Endpoint } from './endpoint.ts';
import { type HealthStore, updateHealth, withNotice } from './health.ts';
import { endpointChanges, endpointSnapshot } from './snapshot.ts';
import type { EndpointStore } from './store.ts';

export interface ChangePorts {
  endpoints: Pick<EndpointStore, 'find' | 'put' | 'remove'>;
  subscriptions: SubscriptionWriter;
  audit: AuditTrail;
  clock: Clock;
  random: Random;
}

/** The endpoint to act on, and the actor. */
export interface Target {
  id: string;
  actor: Actor;
}

/** Who changes an endpoint, and the action that the audit trail shows. */
export interface ChangeContext {
  actor: Actor;
  /** Default: `endpoint.updated`. */
  action?: string;
  /** Writes the index even if it does not change, which completes an earlier change that stopped half-way. */
  reindex?: boolean;
}

interface Changed {
  before: Endpoint;
  after: Endpoint;
  /** The endpoint's pending audit entry. */
  pendingEntry?: AuditEntry | undefined;
}

/** The index entries of an endpoint; a disabled one matches nothing. */
function entriesOf(endpoint: Endpoint): Subscription[] {
  if (endpoint.state === 'disabled') return [];
  const { tenant, id: endpointId, eventTypes: patterns, filter, version, createdAt } = endpoint;
  const changed = version > 1 && { changedAt: endpoint.updatedAt };
  return patterns.map((pattern) => ({ tenant, pattern, endpointId, patterns, filter, version, createdAt, ...changed }));
}

/** The entries during a change: they find the events that the old or the new endpoint accepts. */
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

/** Stores a new endpoint. The index is written first, so that every event finds an endpoint that exists. */
export async function storeNewEndpoint(endpoint: Endpoint, actor: Actor, ports: ChangePorts): Promise<void> {
  await ports.subscriptions.put(entriesOf(endpoint));
  // A refused put of a new random id means that an earlier try of the same put succeeded and its response was lost.
  await ports.endpoints.put(endpoint, null, entryOf(null, endpoint, { actor, action: 'endpoint.created' }, ports));
}

/** The audit entry of a change; null if nothing visible changed. */
function entryOf(
  before: Endpoint | null,
  after: Endpoint,
  { actor, action = 'endpoint.updated' }: ChangeContext,
  ports: ChangePorts,
): AuditEntry | null {
  const what = before === null ? { before, after: endpointSnapshot(after) } : endpointChanges(before, after);
  const isVisible = Object.keys({ ...what.before, ...what.after }).length > 0;
  return isVisible ? auditEntry({ actor, action, object: after.id, tenant: after.tenant, ...what }, ports) : null;
}

/**
 * Changes an endpoint by compare and set: `change` gets the newest version. New index entries are written first and old
 * ones removed last, so the index never lacks an entry. The audit entry is part of the same write.
 * @throws Problem `not_found` when there is no such endpoint, `conflict` when concurrent changes keep winning.
 */
export async function changeEndpoint(
  id: string,
  change: (endpoint: Endpoint) => Promise<Endpoint> | Endpoint,
  ports: ChangePorts,
  context: ChangeContext,
): Promise<Changed> {
  const tried = new Set<string>();
  const read = async () => {
    const found = await ports.endpoints.find(id);
    if (found === undefined) throw new Problem('not_found', 'There is no endpoint with this id.');
    return found;
  };
  type Found = Awaited<ReturnType<typeof read>>;
  const { entries, ...changed } = await compareAndSet<Found, Changed & { entries?: Subscription[] | undefined }>({
    known: await read(),
    read,
    async change(found) {
      const { endpoint: before, pendingEntry } = found;
      const next = await change(before);
      if (next === before) return { result: { before, after: before, pendingEntry } };
      const after = { ...next, version: before.version + 1 };
      const needsIndexing = context.reindex || indexDiffers(before, after) || tried.size > 0;
      const entries = needsIndexing ? entriesOf(after) : undefined;
      if (entries) await putBetween(before, after, ports);
      for (const entry of entries ?? []) tried.add(entry.pattern);
      const entry = entryOf(before, after, context, ports);
      const result = { before, after, pendingEntry: entry ?? undefined, entries };
      return {
        result,
        async write() {
          await flushPendingEntry(found, ports.audit);
          return ports.endpoints.put(after, before.version, entry);
        },
        ours: ({ changeId }) => (entry !== null && changeId === entry.id ? result : undefined),
      };
    },
    tries: USER_TRIES,
    exhausted: () => new Problem('conflict', 'The endpoint is being changed concurrently: read it and try again.'),
  });
  const { before, after } = changed;
  if (entries && before.filter !== after.filter) await ports.subscriptions.put(entries);
  if (entries) await removeOthers(after, new Set([...before.eventTypes, ...tried]), ports);
  return changed;
}

/**
 * Writes the entries of a change in progress. Those of new patterns come first: an existing entry defers to the entry
 * of a more specific pattern, and if that is not written yet, the event matches neither.
 */
async function putBetween(before: Endpoint, after: Endpoint, { subscriptions }: ChangePorts): Promise<void> {
  const isNew = ({ pattern }: Subscription) => !before.eventTypes.includes(pattern);
  const entries = entriesBetween(before, after);
  const steps = [entries.filter(isNew), entries.filter((entry) => !isNew(entry))];
  for (const step of steps) if (step.length > 0) await subscriptions.put(step);
}

async function removeOthers(endpoint: Endpoint, patterns: Set<string>, ports: ChangePorts): Promise<void> {
  const kept = new Set(entriesOf(endpoint).map((entry) => entry.pattern));
  const { tenant, id: endpointId, version } = endpoint;
  const gone = [...patterns].filter((pattern) => !kept.has(pattern));
  await ports.subscriptions.remove(gone.map((pattern) => ({ tenant, pattern, endpointId, olderThan: version + 1 })));
}

/** Disables an endpoint; a second call completes what the first one left unfinished. */
async function disable(
  id: string,
  changes: Partial<Endpoint>,
  ports: ChangePorts,
  context: ChangeContext,
): Promise<Omit<Changed, 'before'>> {
  const { before, ...now } = await changeEndpoint(
    id,
    (current) => (current.state === 'disabled' ? current : { ...current, ...changes, state: 'disabled' }),
    ports,
    context,
  );
  // It was already disabled, perhaps by an invocation that died before it removed the index entries.
  if (before === now.after) await removeOthers(before, new Set(before.eventTypes), ports);
  return now;
}

/**
 * Removes an endpoint; its unfinished deliveries are discarded with the reason. It is disabled first, so that a crash
 * leaves an endpoint that can be seen and deleted again, never index entries without an endpoint; the audit trail shows
 * that step too.
 */
export async function removeEndpoint(id: string, actor: Actor, ports: ChangePorts): Promise<Endpoint> {
  const read = () => disable(id, { disabledReason: 'manual' }, ports, { actor });
  return compareAndSet<Omit<Changed, 'before'>, Endpoint>({
    known: await read(),
    read,
    change: ({ after: endpoint, pendingEntry }) => ({
      result: endpoint,
      async write() {
        await flushPendingEntry({ pendingEntry }, ports.audit);
        if (await ports.endpoints.remove(id, endpoint.version, entryOfEnd(endpoint, actor, ports))) return true;
        // Gone although the removal was refused: an earlier response was lost, or another request removed it.
        return (await ports.endpoints.find(id)) === undefined;
      },
    }),
    tries: USER_TRIES,
    exhausted: () => new Problem('conflict', 'The endpoint is being changed concurrently: try again.'),
  });
}

function entryOfEnd(endpoint: Endpoint, actor: Actor, ports: ChangePorts): AuditEntry {
  const { id: object, tenant } = endpoint;
  const before = endpointSnapshot(endpoint);
  return auditEntry({ actor, action: 'endpoint.deleted', object, tenant, before }, ports);
}

/** Disables an endpoint automatically. Does nothing if it is already disabled or gone. */
export async function disableEndpoint(
  endpoint: Endpoint,
  reason: AutomaticReason,
  nowMs: number,
  ports: ChangePorts,
): Promise<void> {
  try {
    const context = { actor: SYSTEM, action: 'endpoint.disabled' };
    await disable(endpoint.id, { disabledReason: reason, updatedAt: nowMs }, ports, context);
  } catch (fault) {
    // Deleted in the meantime: nothing left to disable.
    if (!(fault instanceof Problem && fault.kind === 'not_found')) throw fault;
  }
}

export interface DisablePorts extends ChangePorts {
  health: HealthStore;
}

/**
 * Disables an endpoint that answered 410, has failed for days, or whose filter takes too many steps. The notice is
 * written first, so that no endpoint is disabled silently; the publisher checks that the endpoint really is disabled.
 */
export async function disableAndNotify(
  endpoint: Endpoint,
  reason: AutomaticReason,
  nowMs: number,
  ports: DisablePorts,
): Promise<void> {
  const holdingId = () => newId('hold', nowMs, ports.random);
  await updateHealth(ports.health, endpoint.id, undefined, (health) =>
    health.outbox.some(({ type }) => type === 'disabled')
      ? health
      : withNotice(health, { type: 'disabled', at: nowMs, reason }, holdingId),
  );
  await disableEndpoint(endpoint, reason, nowMs, ports);
}
