import { beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../../core/durations.ts';
import { PublishingWorld } from '../../support/publishing-world.ts';

const SMALL = 200;
const LARGE = 0;
let world: PublishingWorld;
let marks: unknown[];

/** A tenant whose index takes one read, or several. */
function begin(smallTenant: number): Promise<void> {
  world = new PublishingWorld(smallTenant);
  marks = [];
  const { markWide } = world.events;
  world.events.markWide = async (id, wide) => {
    marks.push({ wide, sentBefore: world.sent.length });
    return markWide(id, wide);
  };
  return world.subscribe('ep_1', ['*', 'order.*']);
}

/** The tenant grows or shrinks past what one read gives. */
function becomes(smallTenant: number): void {
  const entries = [...world.subscriptions.entries.values()];
  world.subscriptions.all = async () => (smallTenant === LARGE ? undefined : entries);
}

async function crash(message: unknown, redelivered = false): Promise<void> {
  const { notePage } = world.events;
  world.events.notePage = () => Promise.reject(new Error('crash'));
  await expect(world.fanOut(message, redelivered)).rejects.toThrow('crash');
  world.events.notePage = notePage;
  world.pages.splice(0);
}

const sentAsWide = () => world.sent.map(({ message }) => message.wide);
const theEvent = () => [...world.events.events.values()][0] ?? expect.fail('no event');

describe('the event of a small tenant', () => {
  beforeEach(() => begin(SMALL));

  it('is not wide, and costs no mark', async () => {
    await world.publish({ type: 'order.created', data: 1 });
    await world.fanOutAll();
    expect([sentAsWide(), marks, theEvent().wide]).toEqual([[undefined], [], undefined]);
    expect(Object.keys(world.sent[0]?.message ?? {})).not.toContain('wide');
  });

  it('stays as it is noted, whatever becomes of the tenant', async () => {
    await world.publish({ type: 'order.created', data: 1 });
    const [message] = world.busEntries;
    await world.fanOut(message);
    // A page that ended elsewhere is sent again.
    theEvent().fanout = { 0: { ...theEvent().fanout[0], matched: 1, endpointIds: [], last: true, from: 'elsewhere' } };
    becomes(LARGE);
    await world.fanOut(message, true);
    await world.fanOutAll();
    expect(world.sent.length).toBeGreaterThan(1);
    expect([new Set(sentAsWide()), theEvent().wide]).toEqual([new Set([undefined]), undefined]);
  });

  it('is marked by a fan-out that may not be the first, so that a late first one obeys', async () => {
    await world.publish({ type: 'order.created', data: 1 });
    const [message] = world.busEntries;
    await crash(message, true);
    becomes(LARGE);
    await world.fanOut(message);
    await world.fanOutAll();
    expect(world.sent.length).toBeGreaterThan(1);
    expect([new Set(sentAsWide()), theEvent().wide]).toEqual([new Set([undefined]), false]);
  });
});

describe('the event of a large tenant', () => {
  beforeEach(() => begin(LARGE));

  it('is marked as wide before its first message, and its deliveries say so on every page', async () => {
    await world.subscribe('ep_2', ['order.*']);
    await world.publish({ type: 'order.created', data: 1 });
    await world.fanOutAll();
    expect(sentAsWide()).toEqual([true, true]);
    expect(marks).toEqual([{ wide: true, sentBefore: 0 }]);
    expect(theEvent().wide).toBe(true);
  });

  it('stays wide for a fan-out that is repeated after the tenant has shrunk', async () => {
    await world.publish({ type: 'order.created', data: 1 });
    const [message] = world.busEntries;
    await world.fanOut(message);
    const [page] = world.pages;
    await crash(page);
    becomes(SMALL);
    await world.fanOut(message, true);
    expect(new Set(sentAsWide())).toEqual(new Set([true]));
    expect(marks).toHaveLength(1);
  });

  it('stays wide for a copy that the bus delivers minutes later, after the tenant has shrunk', async () => {
    await world.publish({ type: 'order.created', data: 1 });
    const [message] = world.busEntries;
    await world.fanOut(message);
    world.pages.splice(0);
    becomes(SMALL);
    world.now += 5 * MINUTE_MS;
    await world.fanOut(message);
    expect(sentAsWide()).toEqual([true]);
  });

  it('keeps what a fan-out at the same time decided first', async () => {
    await world.publish({ type: 'order.created', data: 1 });
    await world.events.markWide(theEvent().id, false);
    await world.fanOutAll();
    expect(sentAsWide()).not.toContain(true);
  });

  it('records what its filters leave undecided where its deliveries are', async () => {
    world.fanoutPorts.filters = { judge: async () => ({ judgements: [{ verdict: 'undecided' }], steps: 1 }) };
    await world.subscribe('ep_1', ['order.*'], { filter: 'data' });
    await world.publish({ type: 'order.created', data: 1 });
    await world.fanOutAll();
    expect([...world.ledger.records.values()]).toMatchObject([{ status: 'dead', deathReason: 'filter', wide: true }]);
  });

  it('is not sent before it is marked: a mark that fails makes the message be retried', async () => {
    world.events.markWide = () => Promise.reject(new Error('throttled'));
    await world.publish({ type: 'order.created', data: 1 });
    await expect(world.fanOut(world.busEntries[0])).rejects.toThrow('throttled');
    expect([world.sent, world.pages]).toEqual([[], []]);
  });
});
