import { beforeEach, describe, expect, it } from 'vitest';
import { type FanoutPage, payloadGone } from '../../../core/events/event.ts';
import type { OutgoingFanout } from '../../../core/fanout/fanout-queue.ts';
import { type AnnouncePorts, announceUnfinished } from '../../../core/fanout/unfinished.ts';
import { UnreadableItem } from '../../../core/unreadable-item.ts';
import { MemoryUnfinishedEvents } from '../../fakes/unfinished-events.ts';
import { DAY, START } from '../../support/delivery-world.ts';
import { PublishingWorld } from '../../support/publishing-world.ts';

const MINUTE = 60_000;
const SHARDS = 3;

let world: PublishingWorld;
let unfinished: MemoryUnfinishedEvents;
let sent: OutgoingFanout[];
let ports: AnnouncePorts;
let waiting: number;
let deliveriesWaiting: number;

beforeEach(() => {
  world = new PublishingWorld();
  unfinished = new MemoryUnfinishedEvents(world.events.events, world.ledger, () => world.now, SHARDS);
  [sent, waiting, deliveriesWaiting] = [[], 0, 0];
  ports = {
    unfinished,
    events: world.events,
    payloads: world.payloads,
    queue: { send: async (messages) => void sent.push(...messages), waiting: async () => waiting },
    deliveryQueues: { waiting: async () => deliveriesWaiting },
    records: world.ledger,
    clock: () => world.now,
    remainingMs: () => 60_000,
    shards: SHARDS,
  };
});

/** Publishes events and loses their message. */
async function lose(count: number, data: unknown = 1): Promise<string[]> {
  const list = Array.from({ length: count }, () => ({ type: 'order.created', data }));
  const published = await world.publish(list);
  world.busEntries.splice(0);
  return published.map(({ id }) => id);
}

const run = () => announceUnfinished(ports);
const announcedIds = () => sent.flatMap(({ message }) => message.events.map(({ id }) => id));
describe('an event whose fan-out is not done', () => {
  it('is announced again as a repeat, 15 minutes after its acceptance', async () => {
    const [id = ''] = await lose(1);
    world.now += 15 * MINUTE;
    await run();
    expect(sent).toEqual([]);
    world.now += MINUTE;
    await run();
    const { payload, acceptedAt, expiresAt, traceId, type } = world.events.events.get(id) ?? expect.fail();
    const inline = await world.payloads.get(payload);
    const event = { id, type, acceptedAt, expiresAt, traceId, payload: { ...payload, inline }, repeat: true };
    expect(sent).toEqual([{ message: { v: 1, tenant: 'default', events: [event] }, delaySeconds: 0 }]);
  });

  it('reaches its endpoints then, and is left alone', async () => {
    await world.subscribe('ep_1', ['order.created']);
    await lose(3);
    world.now += 16 * MINUTE;
    await run();
    for (const { message } of sent) await world.fanOut(message);
    expect(world.sent.map(({ message }) => [message.endpointId, message.repeat])).toEqual(
      Array(3).fill(['ep_1', true]),
    );
    world.now += DAY;
    await run();
    expect(announcedIds()).toHaveLength(3);
    expect(unfinished.entries.size).toBe(0);
  });

  it('is announced less and less often, at most once an hour, until it expires', async () => {
    await lose(1);
    world.now += 16 * MINUTE;
    await run();
    const times: number[] = [];
    for (const begin = world.now; world.now < begin + 5 * 60 * MINUTE; world.now += MINUTE) {
      const before = sent.length;
      await run();
      if (sent.length > before) times.push((world.now - begin) / MINUTE);
    }
    expect([sent.length, times]).toEqual([10, [1, 3, 7, 15, 31, 63, 123, 183, 243]]);
    world.now = START + 30 * DAY;
    await run();
    expect([sent.length, unfinished.entries.size]).toEqual([10, 0]);
  });

  it('goes on with the page that is missing', async () => {
    world = new PublishingWorld(1);
    ports = { ...ports, events: world.events, payloads: world.payloads, records: world.ledger };
    unfinished = new MemoryUnfinishedEvents(world.events.events, world.ledger, () => world.now, SHARDS);
    ports.unfinished = unfinished;
    const pages = world.subscriptions.page;
    world.subscriptions.page = (tenant, pattern, after) => pages(tenant, pattern, after, 2);
    for (let at = 0; at < 7; at++) await world.subscribe(`ep_${at}`, ['order.created']);
    await world.publish({ type: 'order.created', data: 1 });
    await world.fanOut(world.busEntries.splice(0)[0]);
    await world.fanOut(world.pages.splice(0)[0]);
    world.pages.splice(0);
    world.now += 16 * MINUTE;
    await run();
    expect(sent.map(({ message }) => message.cursor?.page)).toEqual([1]);
    for (const { message } of sent) await world.fanOut(message);
    await world.fanOutAll();
    expect(world.recipients().sort()).toEqual(Array.from({ length: 7 }, (_, at) => `ep_${at}`));
  });

  it('is not announced while its payload is missing, since no such event was acknowledged', async () => {
    const [id = ''] = await lose(1);
    const { get } = world.payloads;
    world.payloads.get = () => Promise.reject(payloadGone());
    world.now += 16 * MINUTE;
    await run();
    expect(sent).toEqual([]);
    expect(unfinished.entries.get(id)?.announced).toBe(1);
    world.payloads.get = get;
    world.now += 60 * MINUTE;
    await run();
    expect(announcedIds()).toEqual([id]);
  });

  it('is announced by reference if it is large', async () => {
    await lose(1, 'x'.repeat(70_000));
    world.now += 16 * MINUTE;
    await run();
    expect(sent[0]?.message.events[0]?.payload.inline).toBeUndefined();
  });

  it('waits while many messages wait in the fan-out queue, in which it may be', async () => {
    await lose(1);
    world.now += 16 * MINUTE;
    waiting = 5_000;
    await run();
    expect([sent.length, unfinished.searched.size]).toEqual([0, 0]);
    waiting = 4_999;
    world.now += MINUTE;
    await run();
    expect(sent).toHaveLength(1);
  });

  it('waits for the next run when time runs out', async () => {
    await lose(1);
    world.now += 16 * MINUTE;
    expect(await announceUnfinished({ ...ports, remainingMs: () => 15_000 })).toBe(0);
    expect(unfinished.searched.size).toBe(0);
  });
});

describe('an event that needs no announcement', () => {
  it.each<[string, FanoutPage]>([
    ['that has matched no endpoint', { matched: 0, endpointIds: [], last: true }],
    ['whose fan-out is done', { matched: 1, endpointIds: ['ep_1'], last: true }],
  ])('is one %s', async (_, page) => {
    const [id = ''] = await lose(1);
    await world.events.notePage(id, 0, page);
    world.now += 16 * MINUTE;
    await run();
    expect([sent.length, unfinished.entries.size]).toEqual([0, 0]);
  });

  it('is a test event, which is sent to one endpoint and not fanned out', async () => {
    const [id = ''] = await lose(1);
    const event = world.events.events.get(id) ?? expect.fail();
    event.type = 'postrider.test';
    world.now += 16 * MINUTE;
    await run();
    expect([sent.length, unfinished.entries.size]).toEqual([0, 0]);
  });

  it('is one that was finished after it was found', async () => {
    const [id = ''] = await lose(1);
    world.now += 16 * MINUTE;
    const { due } = unfinished;
    unfinished.due = async () => ({ entries: [], next: null });
    await run();
    unfinished.due = due;
    await world.events.notePage(id, 0, { matched: 1, endpointIds: ['ep_1'], last: true });
    world.now += MINUTE;
    await run();
    expect([sent.length, unfinished.entries.size]).toEqual([0, 0]);
  });
});

describe('many unfinished events', () => {
  it('share messages by tenant, and are all announced', async () => {
    const ids: string[] = [];
    for (let at = 0; at < 25; at++) ids.push(...(await lose(100)));
    world.now += 16 * MINUTE;
    await run();
    expect(announcedIds().sort()).toEqual(ids.sort());
    expect(sent.length).toBeLessThan(60);
  });

  it('are all announced although one cannot be read', async () => {
    const ids = await lose(10);
    const bad = ids[4];
    const find = world.events.find;
    world.events.find = async (wanted) => {
      if (wanted.some((id) => id === bad)) throw new UnreadableItem('no');
      return find(wanted);
    };
    world.now += 16 * MINUTE;
    await expect(run()).rejects.toThrow(AggregateError);
    expect(announcedIds().sort()).toEqual(ids.filter((id) => id !== bad).sort());
    expect(unfinished.entries.get(bad ?? '')).toMatchObject({ announced: 1, dueAt: world.now + MINUTE });
  });

  it('stay due if the queue does not take them', async () => {
    const ids = await lose(3);
    world.now += 16 * MINUTE;
    const { send } = ports.queue;
    ports.queue.send = () => Promise.reject(new Error('throttled'));
    await expect(run()).rejects.toThrow(AggregateError);
    ports.queue.send = send;
    await run();
    expect(announcedIds().sort()).toEqual(ids.sort());
  });

  it('are found again after how far the search has got is lost', async () => {
    const ids = await lose(3);
    world.now += 16 * MINUTE;
    await run();
    unfinished.searched.clear();
    unfinished.entries.clear();
    await run();
    expect(announcedIds().sort()).toEqual([...ids, ...ids].sort());
  });

  it('are announced no more than twice by two runs at once', async () => {
    const ids = await lose(3);
    world.now += 16 * MINUTE;
    await Promise.all([run(), run()]);
    expect(announcedIds().sort()).toEqual([...ids, ...ids].sort());
    for (const { message } of sent) await world.fanOut(message);
    world.now += DAY;
    await run();
    expect(unfinished.entries.size).toBe(0);
  });
});
