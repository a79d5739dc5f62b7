import type { AuditEntry, AuditTrail } from '../../../core/audit/audit.ts';
import type { PendingEntries, PendingEntry } from '../../../core/audit/trail.ts';
import type { EndpointHealth, HealthStore } from '../../../core/endpoints/health.ts';
import type { EndpointStore, MarkedEndpoints } from '../../../core/endpoints/store.ts';
import type { KeyReader } from '../../../core/keys/authenticate.ts';
import type { KeyStore } from '../../../core/keys/store.ts';
import type { RateSlots } from '../../../core/rate/slots.ts';
import type { DataKeyStore, KeyService } from '../../../core/secrets/vault.ts';
import type { SessionStore } from '../../../core/sessions/store.ts';
import type { SubscriptionReader, SubscriptionWriter } from '../../../core/subscriptions/subscription.ts';
import type { Container } from '../engine/container.ts';
import { someOf } from './ports.ts';
import type { World } from './world.ts';

/* The ports of the registry: endpoints, subscriptions, health, limits per second, audit and keys. */

export function endpointStoreOf(world: World, container: Container): EndpointStore {
  const { registry, checks } = world;
  const about = (id: string) => [id];
  return {
    find: (id) => container.call({ name: 'endpoints.find', about: about(id) }, () => registry.find(id)),
    put: (endpoint, expected, entry) =>
      container.call({ name: `endpoints.put ${endpoint.state}`, about: about(endpoint.id) }, async () => {
        const written = await registry.put(endpoint, expected, entry);
        if (written) {
          checks.audit.changed(endpoint.id, entry);
          world.note(
            about(endpoint.id),
            `${container} made the endpoint ${endpoint.state} (version ${endpoint.version})`,
          );
          checks.endpointWritten(endpoint.id, endpoint);
        }
        return written;
      }),
    remove: (id, expected, entry) =>
      container.call({ name: 'endpoints.remove', about: about(id) }, async () => {
        const removed = await registry.remove(id, expected, entry);
        if (removed) {
          checks.audit.changed(id, entry);
          world.note(about(id), `${container} removed the endpoint`);
          checks.endpointWritten(id, undefined);
        }
        return removed;
      }),
    list: (tenant, limit, after) =>
      container.call({ name: 'endpoints.list' }, () => registry.list(tenant, limit, after)),
  };
}

/** The audit trail, and the pending entries of endpoints, through a container. */
export function auditOf(world: World, container: Container): AuditTrail & PendingEntries {
  const { audit } = world;
  return {
    append: (entry) => container.call({ name: 'audit.append', about: [entry.object] }, () => audit.append(entry)),
    list: (range, after, limit) =>
      container.call({ name: 'audit.carried' }, async () => {
        const stretch = await audit.list(range, after, limit);
        return { ...stretch, found: stretch.found.map(({ item, position }) => ({ item: through(item), position })) };
      }),
  };

  function through({ entry, remove }: PendingEntry): PendingEntry {
    return { entry, remove: () => container.call({ name: 'audit.release', about: [entry.object] }, remove) };
  }
}

export function subscriptionsOf(world: World, container: Container): SubscriptionReader & SubscriptionWriter {
  const { subscriptions, profile, checks } = world;
  const idsOf = (entries: readonly { endpointId: string }[]) => entries.map(({ endpointId }) => endpointId);
  return {
    all: (tenant) => container.call({ name: 'subscriptions.all' }, () => subscriptions.all(tenant)),
    // A page may hold fewer entries than requested.
    page: (tenant, pattern, after, limit) =>
      container.call({ name: 'subscriptions.page' }, () =>
        subscriptions.page(tenant, pattern, after, Math.min(limit, profile.pageSize)),
      ),
    positionOf: subscriptions.positionOf,
    put: (entries) =>
      container.call(
        { name: 'subscriptions.put', about: idsOf(entries) },
        () => {
          for (const id of idsOf(entries)) checks.truth.touch(id, world.clock());
          return subscriptions.put(entries);
        },
        () => {
          for (const id of idsOf(entries)) checks.truth.touch(id, world.clock());
          return entries.length > 0 ? subscriptions.put(someOf(entries, world)) : Promise.resolve();
        },
      ),
    remove: (entries) =>
      container.call(
        { name: 'subscriptions.remove', about: idsOf(entries) },
        () => subscriptions.remove(entries),
        () => (entries.length > 0 ? subscriptions.remove(someOf(entries, world)) : Promise.resolve()),
      ),
  };
}

export function healthStoreOf(
  world: World,
  container: Container,
): HealthStore & { remove(health: EndpointHealth): Promise<void> } {
  const { healthStore, health: stored } = world.registry;
  return {
    find: (id) => container.call({ name: 'health.find', about: [id] }, () => healthStore.find(id)),
    put: (health, expected) =>
      container.call({ name: 'health.put', about: [health.endpointId] }, async () => {
        const before = stored.get(health.endpointId);
        const written = await healthStore.put(health, expected);
        if (written) {
          world.note([health.endpointId], `${container} wrote health ${JSON.stringify(health)}`);
          world.checks.healthWritten(before, health, container);
        }
        return written;
      }),
    remove: (health) =>
      container.call({ name: 'health.remove', about: [health.endpointId] }, () => healthStore.remove(health)),
  };
}

export function markedOf(world: World, container: Container): MarkedEndpoints {
  const { marked } = world.registry;
  return {
    shards: marked.shards,
    page: (...query) => container.call({ name: 'marked.page' }, () => marked.page(...query)),
  };
}

export function rateSlotsOf(world: World, container: Container): RateSlots {
  return {
    take: (endpointId, mark, wanted) =>
      container.call({ name: `rate.take ${mark}`, about: [endpointId] }, async () => {
        const isLong = mark === 'line' && !world.healthy && world.chance.happens(world.profile.longLines);
        if (isLong) return { begin: wanted.nowMs, count: 0 };
        const taken = await world.rateSlots.take(endpointId, mark, wanted);
        world.note(
          [endpointId],
          `${container} takes ${taken.count} of ${wanted.count} slots of the ${mark} at ${wanted.perSecond} a second`,
        );
        world.checks.slotsAsked({ endpointId, mark, wanted, taken }, container);
        return taken;
      }),
  };
}

export function keysOf(world: World, container: Container): KeyService {
  const { keys } = world;
  return {
    generate: (context) => container.call({ name: 'kms.generate' }, () => keys.generate(context)),
    decrypt: (wrapped, context) => container.call({ name: 'kms.decrypt' }, () => keys.decrypt(wrapped, context)),
  };
}

export function dataKeysOf(world: World, container: Container): DataKeyStore {
  const { dataKeys } = world;
  return {
    current: () => container.call({ name: 'dataKeys.current' }, () => dataKeys.current()),
    replace: (key, replaces) => container.call({ name: 'dataKeys.replace' }, () => dataKeys.replace(key, replaces)),
  };
}

/** The API keys, whose changes carry audit entries. */
export function apiKeysOf(world: World, container: Container): KeyReader & KeyStore {
  const { apiKeys, checks } = world;
  const call = <Result>(name: string, id: string, effect: () => Promise<Result>) =>
    container.call({ name: `keys.${name}`, about: [id] }, effect);
  return {
    findByHash: (hash) => call('findByHash', '', () => apiKeys.findByHash(hash)),
    noteUse: async () => undefined,
    find: (id) => call('find', id, () => apiKeys.find(id)),
    list: apiKeys.list,
    put: apiKeys.put,
    remove: (id, entry) =>
      call('remove', id, async () => {
        const isRemoved = await apiKeys.remove(id, entry);
        if (isRemoved) checks.audit.changed(id, entry);
        return isRemoved;
      }),
  };
}

/** Sessions, whose changes carry audit entries. */
export function sessionStoreOf(world: World, container: Container): SessionStore {
  const { sessions, checks } = world;
  const call = <Result>(name: string, id: string, effect: () => Promise<Result>) =>
    container.call({ name: `sessions.${name}`, about: [id] }, effect);
  const change = (name: string, id: string, entry: AuditEntry, write: () => Promise<boolean>) =>
    call(name, id, async () => {
      const isWritten = await write();
      if (isWritten) checks.audit.changed(id, entry);
      return isWritten;
    });
  return {
    find: (id) => call('find', id, () => sessions.find(id)),
    endings: (tenants) => call('endings', '', () => sessions.endings(tenants)),
    put: (session, expected, entry) => change('put', session.id, entry, () => sessions.put(session, expected, entry)),
    remove: (session, expected, entry) =>
      change('remove', session.id, entry, () => sessions.remove(session, expected, entry)),
    list: sessions.list,
    ending: (tenant) => call('ending', tenant, () => sessions.ending(tenant)),
    putEnding: (tenant, endedAt, expected, entry) =>
      change('putEnding', tenant, entry, () => sessions.putEnding(tenant, endedAt, expected, entry)),
  };
}
