import { beforeEach, describe, expect, it } from 'vitest';
import { startOf } from '../../../core/deliveries/advance.ts';
import { firstMessage } from '../../../core/deliveries/message.ts';
import { TEST_EVENT_TYPE } from '../../../core/deliveries/send-test.ts';
import type { OutgoingFanout } from '../../../core/fanout/fanout-queue.ts';
import { type AnnouncePorts, announceUnfinished } from '../../../core/fanout/unfinished.ts';
import { MemoryUnfinishedEvents } from '../../fakes/unfinished-events.ts';
import { DAY } from '../../support/delivery-world.ts';
import { PublishingWorld } from '../../support/publishing-world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let world: PublishingWorld;
let announced: OutgoingFanout[];
let deliveriesWaiting: number;
let ports: AnnouncePorts;

beforeEach(async () => {
  world = new PublishingWorld();
  [announced, deliveriesWaiting] = [[], 0];
  ports = {
    unfinished: new MemoryUnfinishedEvents(world.events.events, world.ledger, () => world.now),
    events: world.events,
    payloads: world.payloads,
    queue: { send: async (messages) => void announced.push(...messages), waiting: async () => 0 },
    deliveryQueues: { waiting: async () => deliveriesWaiting },
    records: world.ledger,
    clock: () => world.now,
    remainingMs: () => 60_000,
    shards: 1,
  };
  await world.subscribe('ep_1', ['order.created']);
  await world.subscribe('ep_2', ['order.created']);
});

/** Publishes an event, fans it out, and loses the messages of its deliveries. */
async function loseMessages(): Promise<string> {
  const [{ id = '' } = {}] = await world.publish({ type: 'order.created', data: 1 });
  await world.fanOut(world.busEntries.splice(0)[0]);
  expect(world.sent.splice(0)).toHaveLength(2);
  return id;
}

const records = () => [...world.ledger.records.values()];
const run = () => announceUnfinished(ports);

describe('a delivery whose first message was lost', () => {
  it('is put into the waiting room an hour after the acceptance of its event, and sent once', async () => {
    const id = await loseMessages();
    world.now += HOUR;
    await run();
    expect(records()).toEqual([]);
    world.now += MINUTE;
    await run();
    const due = { status: 'waiting', waitingFor: 'backoff', nextAttemptAt: world.now + MINUTE, attemptCount: 0 };
    expect(records()).toMatchObject([
      { ...due, eventId: id, endpointId: 'ep_1', next: { cycle: 1, step: 1 }, forced: false },
      { ...due, eventId: id, endpointId: 'ep_2', next: { cycle: 1, step: 1 }, forced: false },
    ]);
    const before = structuredClone(records());
    world.now += DAY;
    await run();
    expect(records()).toEqual(before);
    expect(announced).toEqual([]);
  });

  it('is left alone if it has a record by then', async () => {
    const id = await loseMessages();
    const event = world.events.events.get(id) ?? expect.fail();
    const delivered = { ...startOf(firstMessage(event, 'ep_1'), world.now), status: 'delivered' as const, revision: 1 };
    await world.ledger.put(delivered, null);
    world.now += 2 * HOUR;
    await run();
    expect(records().map(({ endpointId, status }) => [endpointId, status])).toEqual([
      ['ep_1', 'delivered'],
      ['ep_2', 'waiting'],
    ]);
  });

  it('waits while many messages can be received: it is most likely one of them', async () => {
    await loseMessages();
    deliveriesWaiting = 5_000;
    world.now += 5 * HOUR;
    await run();
    expect(records()).toEqual([]);
    deliveriesWaiting = 4_999;
    world.now += MINUTE;
    await run();
    expect(records()).toHaveLength(2);
  });

  it('is found after its event was announced again, however late that was', async () => {
    const [{ id = '' } = {}] = await world.publish({ type: 'order.created', data: 1 });
    world.busEntries.splice(0);
    world.now += 3 * HOUR;
    await run();
    for (const { message } of announced.splice(0)) await world.fanOut(message);
    expect(world.sent.splice(0)).toHaveLength(2);
    world.now += HOUR;
    await run();
    expect(records().map(({ eventId }) => eventId)).toEqual([id, id]);
  });

  it('is sent by force if it is a test, which needs no subscription', async () => {
    const id = await loseMessages();
    const event = world.events.events.get(id) ?? expect.fail();
    event.type = TEST_EVENT_TYPE;
    world.now += 2 * HOUR;
    await run();
    expect(records().map(({ forced }) => forced)).toEqual([true, true]);
  });

  it('is found again if it cannot be put there', async () => {
    await loseMessages();
    world.now += 2 * HOUR;
    ports.records = { ...world.ledger, find: world.ledger.find, load: world.ledger.load, put: () => Promise.reject(1) };
    await expect(run()).rejects.toThrow(AggregateError);
    ports.records = world.ledger;
    await run();
    expect(records()).toHaveLength(2);
  });
});
