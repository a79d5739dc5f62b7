import type { DeliveryIds, DeliveryLedger } from '../../../core/deliveries/ledger.ts';
import type { DeliveryQueue, OutgoingDelivery } from '../../../core/deliveries/message.ts';
import type { WaitingRoom } from '../../../core/deliveries/work-lists.ts';
import { createDataValidator, type ValidateData } from '../../../core/event-types/data-validator.ts';
import type { SchemaChecker } from '../../../core/event-types/json-schema.ts';
import type { EventBus, EventWriter, PayloadWriter } from '../../../core/events/accept.ts';
import type { FanoutLedger, PayloadRef } from '../../../core/events/event.ts';
import { createMemoryDeliveryQueue } from '../../fakes/delivery-queue.ts';
import type { Container } from '../engine/container.ts';
import { putOnBus } from './bus.ts';
import type { World } from './world.ts';
import { takeUnits, written } from './writes.ts';

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
      const call = { name, about: [key] };
      return container.call(call, async () => {
        const before = ledger.records.get(ledger.nameOf(record));
        const known = before && { ...before, attempts: await ledger.attemptsOf(before) };
        takeUnits(world, container, call, { item: written.record, value: record, before });
        const isWritten = await ledger.put(record, expected);
        if (isWritten) {
          world.note([key], `${container} wrote ${describe(record)}`);
          checks.recordWritten(known, { ...record, attempts: await ledger.attemptsOf(record) }, container);
          world.reindex(key);
        } else world.note([key], `${container} did not write: the record has changed`);
        return isWritten;
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
  return {
    send(messages) {
      const begunAt = world.clock();
      const take = (taken: OutgoingDelivery[]) => {
        world.checks.sending(taken, container, begunAt);
        return queue.send(taken);
      };
      const about = messages.map(({ message }) => nameOf(message));
      return container.send(
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

export function eventsOf(world: World, container: Container): EventWriter & FanoutLedger {
  const { events, checks } = world;
  return {
    create: (event) => {
      const call = { name: 'events.create', about: [event.id] };
      return container.call(call, async () => {
        takeUnits(world, container, call, { item: written.event, value: event, before: events.events.get(event.id) });
        const outcome = await events.create(event);
        if (outcome === 'created') checks.stored(event);
        return outcome;
      });
    },
    createFresh: (fresh) => {
      const call = { name: 'events.createFresh', about: fresh.map(({ id }) => id) };
      return container.call(
        call,
        async () => {
          for (const event of fresh) {
            takeUnits(world, container, call, { item: written.event, value: event, before: undefined });
            await events.createFresh([event]);
            checks.stored(event);
          }
        },
        async () => {
          const some = someOf(fresh, world);
          await events.createFresh(some);
          for (const event of some) checks.stored(event);
        },
      );
    },
    find: (ids) =>
      container.call({ name: 'events.find', about: ids }, async () => {
        checks.fanout.looked(container, ids);
        return events.find(ids);
      }),
    repoint: (id, payload) =>
      container.call({ name: 'events.repoint', about: [id] }, () => events.repoint(id, payload)),
    notePage: (id, page, note) => {
      const call = { name: `events.notePage ${page}`, about: [id] };
      return container.call(call, async () => {
        const event = events.events.get(id);
        if (event !== undefined) {
          takeUnits(world, container, call, { item: written.event, value: event, before: event });
        }
        await events.notePage(id, page, note);
        checks.pageNoted(id);
      });
    },
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
    get: (ref) => container.read({ name: 'payloads.get' }, () => payloads.get(ref)),
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

export function roomOf(world: World, container: Container): WaitingRoom {
  const { room } = world;
  return {
    due: (...query) => container.call({ name: 'room.due' }, () => room.due(...query)),
    held: (...query) => container.call({ name: 'room.held' }, () => room.held(...query)),
  };
}
