import { TEST_EVENT_TYPE } from '../../../core/deliveries/send-test.ts';
import { type EventRecord, fanoutIsDone } from '../../../core/events/event.ts';
import type { DeadLetterSource, DrainPorts } from '../../../core/fanout/drain.ts';
import type { FanoutQueue, OutgoingFanout } from '../../../core/fanout/fanout-queue.ts';
import { fanoutMessage } from '../../../core/fanout/message.ts';
import type { AnnouncePorts, UnfinishedEvents } from '../../../core/fanout/unfinished.ts';
import type { Container, Lasting } from '../engine/container.ts';
import { ledgerOf, payloadsOf, someOf } from './ports.ts';
import { SHARDS, type World } from './world.ts';

/** The fan-out queue, for what is sent to it again. A call may accept some of its entries and then fail. */
export function fanoutQueueOf(world: World, container: Container): FanoutQueue {
  const { queues, arns } = world;
  const idsOf = (messages: readonly OutgoingFanout[]) =>
    messages.flatMap(({ message }) => message.events.map(({ id }) => id));
  const send = async (messages: readonly OutgoingFanout[]) => {
    for (const { message, delaySeconds } of messages) {
      queues.send(world.fanoutArn(message), { body: JSON.stringify(message), delaySeconds, groupId: message.tenant });
    }
  };
  return {
    send: (messages) =>
      container.call(
        { name: 'fanoutQueue.send', about: idsOf(messages) },
        () => send(messages),
        () => send(someOf(messages, world)),
      ),
    waiting: () =>
      container.call({ name: 'fanoutQueue.waiting' }, async () => {
        const counts = [arns.fanout, arns['bulk-fanout']].map((arn) => queues.counts(arn));
        return counts.reduce((sum, { visible, delayed }) => sum + visible + delayed, 0) * (world.profile.scale ?? 1);
      }),
  };
}

function unfinishedOf(world: World, container: Container): UnfinishedEvents {
  const { unfinished } = world;
  return {
    searchedTo: (...of) => container.call({ name: 'unfinished.searchedTo' }, () => unfinished.searchedTo(...of)),
    noteSearched: (...note) =>
      container.call({ name: 'unfinished.noteSearched' }, () => unfinished.noteSearched(...note)),
    // So few at once that a run searches several times.
    search: (shard, sought, after, beforeMs) =>
      container.call({ name: 'unfinished.search' }, () => unfinished.search(shard, sought, after, beforeMs, 2)),
    due: (shard, untilMs, after) =>
      container.call({ name: 'unfinished.due' }, () => unfinished.due(shard, untilMs, after, 2)),
    update: (entries, finished) =>
      container.call(
        { name: 'unfinished.update', about: [...entries.map(({ eventId }) => eventId), ...finished] },
        () => unfinished.update(entries, finished),
        () => (entries.length > 0 ? unfinished.update(someOf(entries, world), []) : Promise.resolve()),
      ),
  };
}

/** What announces unfinished events again; an event that it has read as finished must not be among them. */
export function announcePortsOf(world: World, container: Container): Lasting<AnnouncePorts> {
  const { events, checks } = world;
  const queue = fanoutQueueOf(world, container);
  const finished = new Set<string>();
  return {
    unfinished: unfinishedOf(world, container),
    events: {
      find: (ids) =>
        container.call({ name: 'events.find', about: ids }, async () => {
          const found = await events.find(ids);
          for (const event of found.values()) if (fanoutIsDone(event)) finished.add(event.id);
          return found;
        }),
    },
    payloads: payloadsOf(world, container),
    records: ledgerOf(world, container),
    deliveryQueues: {
      waiting: () =>
        container.call({ name: 'queue.waiting' }, async () => {
          const { fast, slow, bulk } = world.arns;
          const visible = [fast, slow, bulk].map((arn) => world.queues.counts(arn).visible);
          return visible.reduce((sum, count) => sum + count, 0) * (world.profile.scale ?? 1);
        }),
    },
    queue: {
      ...queue,
      send(messages) {
        for (const { id } of messages.flatMap(({ message }) => message.events)) {
          checks.judge.check('fanout', id, !finished.has(id), () => 'a finished event is announced again');
        }
        return queue.send(messages);
      },
    },
    clock: world.clock,
    shards: SHARDS,
  };
}

/** Stored events that are not fanned out completely. Without its payload, an event was never acknowledged. */
export function unfinishedEvents({ clock, events, payloads }: World): EventRecord[] {
  return [...events.events.values()].filter(
    (event) =>
      event.expiresAt > clock() &&
      event.type !== TEST_EVENT_TYPE &&
      payloads.objects.has(event.payload.key) &&
      !fanoutIsDone(event),
  );
}

/** Stored events with a delivery that is noted and has no record. */
export function eventsWithPending({ clock, events, unfinished }: World): EventRecord[] {
  return [...events.events.values()].filter((event) => event.expiresAt > clock() && unfinished.hasPending(event));
}

const GARBAGE = '{"v":2,"n":';
/** A message that no version of the product sends: each is another. */
export const garbage = ({ chance }: World) => `${GARBAGE}${chance.whole(0, 1_000_000)}}`;

function deadLetterSourceOf(world: World, name: 'rule-dead' | 'fanout-dead', container: Container): DeadLetterSource {
  const { aws, queues, arns, checks } = world;
  return {
    name,
    receive: () =>
      container.call({ name: `${name}.receive` }, async () =>
        aws.polls
          .long(arns[name], { max: 10, visibilityTimeoutSeconds: 60 })
          .map(({ body, receiptHandle }) => ({ body, handle: receiptHandle })),
      ),
    remove: (letters) =>
      container.call({ name: `${name}.remove` }, async () => {
        for (const { body, handle } of letters) {
          const isKept = !body.startsWith(GARBAGE) || world.unreadable.has(body);
          checks.judge.check('dead letters', '', isKept, () => 'an unreadable dead letter is removed, and not stored');
          queues.delete(arns[name], handle);
        }
      }),
  };
}

/** What returns dead letters from before the fan-out. */
export function drainPortsOf(world: World, container: Container): Lasting<DrainPorts> {
  return {
    sources: [deadLetterSourceOf(world, 'rule-dead', container), deadLetterSourceOf(world, 'fanout-dead', container)],
    queue: fanoutQueueOf(world, container),
    unreadable: {
      put: ({ body }) =>
        container.call({ name: 'unreadable.put' }, async () => {
          world.unreadable.add(body);
          world.checks.lost(eventsIn(body));
          return body;
        }),
    },
    setAside: () => undefined,
    clock: world.clock,
  };
}

/** A letter that failed too often leaves the queues: from then on, the event's record carries it. */
function eventsIn(body: string): string[] {
  return fanoutMessage.safeParse(JSON.parse(body)).data?.events.map(({ id }) => id) ?? [];
}
