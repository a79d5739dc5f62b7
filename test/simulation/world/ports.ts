import type { AuditTrail } from '../../../core/audit/audit.ts';
import type { PendingEntries, PendingEntry } from '../../../core/audit/trail.ts';
import type { DeliveryIds, DeliveryLedger } from '../../../core/deliveries/ledger.ts';
import type { DeliveryQueue, OutgoingDelivery } from '../../../core/deliveries/message.ts';
import type { WaitingRoom } from '../../../core/deliveries/work-lists.ts';
import type { EndpointHealth, HealthStore } from '../../../core/endpoints/health.ts';
import type { EndpointStore, MarkedEndpoints } from '../../../core/endpoints/store.ts';
import { createDataValidator, type ValidateData } from '../../../core/event-types/data-validator.ts';
import type { SchemaChecker } from '../../../core/event-types/json-schema.ts';
import type { EventBus, EventWriter, PayloadWriter } from '../../../core/events/accept.ts';
import type { FanoutLedger, PayloadRef } from '../../../core/events/event.ts';
import type { RateSlots } from '../../../core/rate/slots.ts';
import type { DataKeyStore, KeyService } from '../../../core/secrets/vault.ts';
import type { SubscriptionReader, SubscriptionWriter } from '../../../core/subscriptions/subscription.ts';
import { createMemoryDeliveryQueue } from '../../fakes/delivery-queue.ts';
import type { Container } from '../engine/container.ts';
import { putOnBus } from './bus.ts';
import type { World } from './world.ts';

/** No event types are registered: all that can happen is that reading them fails. */
const noSchemas: SchemaChecker = { check: async (checks) => checks.map(() => []) };

/** The data validator through a container. */
export function dataValidatorOf(world: World, container: Container): ValidateData {
  const read = () => container.call({ name: 'eventTypes.read' }, async () => new Map());
  return createDataValidator({ eventTypes: { read }, schemas: noSchemas, clock: world.clock });
}

/** A delivery's name in traces and checks, wherever its record is. */
const nameOf = ({ eventId, endpointId }: DeliveryIds) => `${eventId}/${endpointId}`;

/** The ledger's deliveries through a container; every write that takes effect is checked. */
export function ledgerOf(world: World, container: Container): DeliveryLedger {
  const { ledger, checks } = world;
  return {
    load: (deliveries, endpointIds) => {
      if (deliveries.length > 0) checks.asks(container);
      return container.call({ name: 'ledger.load', about: deliveries.map(nameOf) }, async () => {
        if (deliveries.length > 0) checks.loaded(container);
        return ledger.load(deliveries, endpointIds);
      });
    },
    find: (key) => container.call({ name: 'ledger.find', about: [nameOf(key)] }, () => ledger.find(key)),
    put: (record, expected) => {
      const key = nameOf(record);
      const name = `ledger.put ${record.status} ${record.next.cycle}/${record.next.step}`;
      return container.call({ name, about: [key] }, async () => {
        const before = ledger.records.get(ledger.nameOf(record));
        const written = await ledger.put(record, expected);
        if (written) {
          world.note([key], `${container} wrote ${describe(record)}`);
          checks.recordWritten(before, record, container);
          world.reindex(key);
        } else world.note([key], `${container} did not write: the record has changed`);
        return written;
      });
    },
    countDeaths: (changes) => {
      checks.deaths.counting(changes, container);
      // As the adapter does: a count that is lost is reported.
      return container.call({ name: 'deaths.count' }, () => ledger.countDeaths(changes)).catch(() => undefined);
    },
  };
}

function describe(record: Parameters<DeliveryLedger['put']>[0]): string {
  const { status, waitingFor, next, attemptCount, lastError, discardReason, deadLetter, claim, adoptedMessageId } =
    record;
  return JSON.stringify({
    status,
    next: `${next.cycle}/${next.step}`,
    attemptCount,
    ...(waitingFor && { waitingFor }),
    ...(lastError && { lastError }),
    ...(discardReason && { discardReason }),
    ...(deadLetter && { deadLetter: deadLetter.messageId }),
    ...(claim && { claim: claim.messageId }),
    ...(adoptedMessageId && { adopted: adoptedMessageId }),
  });
}

/** The delivery queues: a call may accept some of its entries and then fail. */
export function deliveryQueueOf(world: World, container: Container): DeliveryQueue {
  const queue = createMemoryDeliveryQueue(world.queues, world.arns, world.chance);
  const take = (messages: OutgoingDelivery[]) => {
    world.checks.sending(messages, container);
    return queue.send(messages);
  };
  return {
    send(messages) {
      const about = messages.map(({ message }) => nameOf(message));
      return container.call(
        {
          name: `queue.send ${messages.map(({ message, delaySeconds }) => `${message.cycle}/${message.step} in ${delaySeconds} s`).join(', ')}`,
          about,
        },
        () => take(messages),
        () => take(someOf(messages, world)),
      );
    },
  };
}

/** Some of the entries, never all. */
export function someOf<Item>(items: readonly Item[], world: World): Item[] {
  const refused = world.chance.whole(0, items.length - 1);
  return items.filter((_, index) => index !== refused && world.chance.happens(0.5));
}

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
  return { list: (faults) => container.call({ name: 'marked.list' }, () => world.registry.marked.list(faults)) };
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

export function eventsOf(world: World, container: Container): EventWriter & FanoutLedger {
  const { events, checks } = world;
  return {
    create: (event) =>
      container.call({ name: 'events.create', about: [event.id] }, async () => {
        const outcome = await events.create(event);
        if (outcome === 'created') checks.stored(event);
        return outcome;
      }),
    createFresh: (fresh) =>
      container.call(
        { name: 'events.createFresh', about: fresh.map(({ id }) => id) },
        async () => {
          await events.createFresh(fresh);
          for (const event of fresh) checks.stored(event);
        },
        () => events.createFresh(someOf(fresh, world)),
      ),
    find: (ids) =>
      container.call({ name: 'events.find', about: ids }, async () => {
        checks.fanout.looked(container, ids);
        return events.find(ids);
      }),
    repoint: (id, payload) =>
      container.call({ name: 'events.repoint', about: [id] }, () => events.repoint(id, payload)),
    notePage: (id, page, note) =>
      container.call({ name: `events.notePage ${page}`, about: [id] }, async () => {
        await events.notePage(id, page, note);
        checks.pageNoted(id);
      }),
    markWide: (id, wide) =>
      container.call({ name: `events.markWide ${wide}`, about: [id] }, () => events.markWide(id, wide)),
  };
}

export function payloadsOf(
  world: World,
  container: Container,
): PayloadWriter & { get(ref: PayloadRef): Promise<string> } {
  const { payloads } = world;
  return {
    put: (key, body) => container.call({ name: 'payloads.put' }, () => payloads.put(key, body)),
    get: (ref) => container.call({ name: 'payloads.get' }, () => payloads.get(ref)),
  };
}

export function busOf(world: World, container: Container): EventBus {
  return {
    put: (entries) => {
      const about = entries.flatMap(({ events }) => events.map(({ id }) => id));
      return container.call({ name: 'bus.put', about }, async () => putOnBus(world, entries));
    },
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

export function roomOf(world: World, container: Container): WaitingRoom {
  const { room } = world;
  return {
    due: (...query) => container.call({ name: 'room.due' }, () => room.due(...query)),
    held: (...query) => container.call({ name: 'room.held' }, () => room.held(...query)),
  };
}
