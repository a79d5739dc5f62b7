import { beforeEach, describe, expect, it } from 'vitest';
import { undecidedRecord } from '../../../core/deliveries/undecided.ts';
import { MINUTE_MS } from '../../../core/durations.ts';
import { fanoutIsDone, matchedEndpoints } from '../../../core/events/event.ts';
import { fanoutLaneOf } from '../../../core/fanout/message.ts';
import { START } from '../../support/delivery-world.ts';
import { PublishingWorld } from '../../support/publishing-world.ts';

let world: PublishingWorld;
beforeEach(() => {
  world = new PublishingWorld();
});

const theEvent = () => [...world.events.events.values()][0] ?? expect.fail('no event');

describe('fan-out', () => {
  it('sends one message to each endpoint whose subscription matches, and to no other', async () => {
    await world.subscribe('ep_exact', ['order.created']);
    await world.subscribe('ep_prefix', ['order.*']);
    await world.subscribe('ep_star', ['*']);
    await world.subscribe('ep_both', ['order.*', '*', 'order.created']);
    await world.subscribe('ep_other', ['invoice.*']);
    await world.subscribe('ep_tenant', ['*'], { tenant: 'other' });
    await world.publish({ type: 'order.created', data: 1 });
    await world.fanOutAll();
    expect(world.recipients().sort()).toEqual(['ep_both', 'ep_exact', 'ep_prefix', 'ep_star']);
    expect(matchedEndpoints(theEvent())).toBe(4);
  });

  it('uses the newest entry if two changes of an endpoint left entries in the index', async () => {
    await world.subscribe('ep_1', ['order.created'], { filter: 'data == `2`' });
    await world.subscribe('ep_1', ['order.*'], { version: 2 });
    await world.publish({ type: 'order.created', data: 1 });
    await world.fanOutAll();
    expect(world.recipients()).toEqual(['ep_1']);
  });

  it('passes on the body as published', async () => {
    await world.subscribe('ep_1', ['*']);
    await world.publish({ type: 'a', data: { x: 1 } });
    const inline = world.busEntries[0]?.events[0]?.payload.inline;
    await world.fanOutAll();
    expect(world.sent[0]).toMatchObject({
      delaySeconds: 0,
      message: { cycle: 1, step: 1, attempt: 1, payload: { inline } },
    });
  });

  it('sends only events that match a filter, even if the body is in the payload store', async () => {
    await world.subscribe('ep_large', ['*'], { filter: 'data.amount > `100`' });
    await world.subscribe('ep_broken', ['*'], { filter: 'contains(data.amount, `1`)' });
    const padding = 'x'.repeat(100_000);
    await world.publish([
      { type: 'a', data: { amount: 101, padding } },
      { type: 'b', data: { amount: 100 } },
    ]);
    await world.fanOutAll();
    expect(world.sent.map(({ message }) => [message.endpointId, message.eventType])).toEqual([['ep_large', 'a']]);
  });

  it('sends nothing again for a copy that the bus delivers minutes later, and reads an event only then', async () => {
    const { find } = world.events;
    const reads: string[][] = [];
    world.events.find = (ids) => {
      reads.push(ids);
      return find(ids);
    };
    await world.subscribe('ep_1', ['*']);
    await world.publish({ type: 'a', data: 1 });
    const [message] = world.busEntries;
    await world.fanOut(message);
    expect([world.sent.length, reads]).toEqual([1, []]);
    world.now += 5 * MINUTE_MS;
    expect(await world.fanOut(message)).toMatchObject({ skipped: 1 });
    expect(world.sent).toHaveLength(1);
  });

  it('reads the payload store only when a filter needs it', async () => {
    world.payloads.get = () => Promise.reject(new Error('not needed'));
    await world.subscribe('ep_1', ['*']);
    await world.publish({ type: 'a', data: 'x'.repeat(100_000) });
    await world.fanOutAll();
    expect(world.sent).toHaveLength(1);
  });

  it('notes an event without matching endpoints as done', async () => {
    await world.publish({ type: 'a', data: 1 });
    await world.fanOutAll();
    expect(matchedEndpoints(theEvent())).toBe(0);
  });
});

describe('a fan-out that is repeated', () => {
  it('sends nothing again when it was done', async () => {
    await world.subscribe('ep_1', ['*']);
    await world.publish({ type: 'a', data: 1 }, 'k');
    await world.publish({ type: 'a', data: 1 }, 'k');
    const [first] = world.busEntries;
    await world.fanOutAll();
    await world.fanOut(first, true);
    expect(world.sent).toHaveLength(1);
  });

  it('fills the gap of one that crashed after its sends, later and marked', async () => {
    await world.subscribe('ep_1', ['*']);
    await world.publish({ type: 'a', data: 1 });
    const [message] = world.busEntries;
    const { notePage } = world.events;
    world.events.notePage = () => Promise.reject(new Error('crash'));
    await expect(world.fanOut(message)).rejects.toThrow('crash');
    world.events.notePage = notePage;
    await world.fanOut(message, true);
    expect(world.sent.map(({ delaySeconds, message: { repeat } }) => [delaySeconds, repeat])).toEqual([
      [0, undefined],
      [5, true],
    ]);
    expect(fanoutIsDone(theEvent())).toBe(true);
  });

  it('does not reach an endpoint that was created after the event', async () => {
    await world.publish({ type: 'a', data: 1 }, 'k');
    world.busEntries.splice(0);
    await world.subscribe('ep_late', ['*'], { createdAt: START + 1_000 });
    world.now += 2_000;
    await world.publish({ type: 'a', data: 1 }, 'k');
    await world.fanOutAll();
    expect(world.sent).toHaveLength(0);
  });

  it('is repeated completely if its sends failed, since nothing was noted', async () => {
    await world.subscribe('ep_1', ['*']);
    await world.publish({ type: 'a', data: 1 });
    const { send } = world.fanoutPorts.deliveries;
    world.fanoutPorts.deliveries.send = () => Promise.reject(new Error('throttled'));
    const [message] = world.busEntries;
    await expect(world.fanOut(message)).rejects.toThrow('throttled');
    expect(fanoutIsDone(theEvent())).toBe(false);
    world.fanoutPorts.deliveries.send = send;
    await world.fanOut(message, true);
    expect(world.recipients()).toEqual(['ep_1']);
  });
});

describe('a fan-out to very many endpoints', () => {
  beforeEach(async () => {
    world = new PublishingWorld(100);
    for (let at = 0; at < 450; at++) await world.subscribe(`ep_${at}`, ['order.*']);
    for (let at = 0; at < 50; at++) await world.subscribe(`ep_both_${at}`, ['order.created', '*']);
    await world.publish({ type: 'order.created', data: 1 });
  });

  it('continues in pages and reaches each endpoint once', async () => {
    await world.fanOutAll();
    expect(new Set(world.recipients()).size).toBe(500);
    expect(world.sent).toHaveLength(500);
    expect(matchedEndpoints(theEvent())).toBe(500);
    const noted = Object.values(theEvent().fanout).flatMap(({ endpointIds }) => endpointIds);
    expect(noted.length).toBeLessThanOrEqual(100);
  });

  it('survives a crash at any page: all are reached, and completed pages are not sent again', async () => {
    const queue: { message: unknown; redelivered: boolean }[] = world.busEntries.map((message) => ({
      message,
      redelivered: false,
    }));
    let calls = 0;
    const { notePage } = world.events;
    world.events.notePage = (...note) => (++calls % 2 === 1 ? Promise.reject(new Error('crash')) : notePage(...note));
    while (queue.length > 0) {
      const next = queue.shift();
      await world
        .fanOut(next?.message, next?.redelivered)
        .catch(() => queue.push({ message: next?.message, redelivered: true }));
      queue.push(...world.pages.splice(0).map((message) => ({ message, redelivered: false })));
    }
    expect(new Set(world.recipients()).size).toBe(500);
    expect(fanoutIsDone(theEvent())).toBe(true);
    const plain = world.sent.filter(({ message }) => !message.repeat).map(({ message }) => message.endpointId);
    expect(new Set(plain).size).toBe(plain.length);
  });

  it('sends nothing again for a page whose message was sent twice', async () => {
    await world.fanOutAll();
    const [sent, pages] = [world.sent.length, world.pages.length];
    await world.publish({ type: 'order.created', data: 2 });
    await world.fanOut(world.busEntries.shift());
    const [copy] = world.pages;
    await world.fanOutAll();
    expect(world.sent.length).toBe(2 * sent);
    await world.fanOut(copy);
    expect([world.sent.length, world.pages.length]).toEqual([2 * sent, pages]);
  });

  it('leaves every page to the bulk queue, so that the message from the bus is soon done', async () => {
    const counts = await world.fanOut(world.busEntries[0]);
    expect([counts, world.sent, theEvent().fanout]).toMatchObject([{ events: 0, handedOn: 1, deliveries: 0 }, [], {}]);
    expect(world.pages.map(fanoutLaneOf)).toEqual(['bulk']);
    await world.fanOut(world.busEntries[0], true);
    expect(world.pages[1]?.events[0]?.repeat).toBe(true);
    for (const page of world.pages.splice(0)) await world.fanOut(page);
    expect(await world.fanOut(world.busEntries[0], true)).toMatchObject({ skipped: 1, handedOn: 0 });
  });

  it('sends the page behind one that keeps failing once, and once more when it is done', async () => {
    const { deliveries } = world.fanoutPorts;
    await world.fanOut(world.busEntries[0]);
    const [first] = world.pages.splice(0);
    world.fanoutPorts.deliveries = { send: () => Promise.reject(new Error('throttled')) };
    for (let receive = 1; receive <= 5; receive++) {
      await world.fanOut(first, receive > 1).catch(() => undefined);
      expect(world.pages).toHaveLength(1);
    }
    world.fanoutPorts.deliveries = deliveries;
    await world.fanOut(first, true);
    expect(world.pages).toHaveLength(2);
    expect(world.pages[1]?.events[0]?.repeat).toBe(true);
  });

  describe('while endpoints are added and changed', () => {
    beforeEach(async () => {
      world = new PublishingWorld(1);
      const { all, page, positionOf } = world.subscriptions;
      world.fanoutPorts.subscriptions = {
        all,
        positionOf,
        page: (tenant, pattern, after) => page(tenant, pattern, after, 2),
      };
      for (const name of ['b', 'd', 'f', 'h']) await world.subscribe(`ep_${name}`, ['order.created']);
      await world.publish({ type: 'order.created', data: 1 });
    });

    it('skips no endpoint between two pages if a repeated page ends elsewhere', async () => {
      const { send } = world.fanoutPorts.deliveries;
      world.fanoutPorts.deliveries.send = () => Promise.reject(new Error('crash'));
      await world.fanOut(world.busEntries[0]);
      const [first] = world.pages.splice(0);
      await expect(world.fanOut(first)).rejects.toThrow('crash');
      world.fanoutPorts.deliveries.send = send;
      for (let page = world.pages.shift(); page; page = world.pages.shift()) await world.fanOut(page);
      await world.subscribe('ep_c', ['order.created'], { createdAt: START + 1_000 });
      await world.fanOut(first, true);
      for (let page = world.pages.shift(); page; page = world.pages.shift()) await world.fanOut(page);
      expect(new Set(world.recipients())).toEqual(new Set(['ep_b', 'ep_d', 'ep_f', 'ep_h']));
      expect(fanoutIsDone(theEvent())).toBe(true);
    });

    it('sends to an endpoint that just changed its patterns wherever it is found, marked as a repeat', async () => {
      await world.fanOut(world.busEntries[0]);
      await world.fanOut(world.pages.shift());
      const patterns = ['order.created', 'order.*'];
      await world.subscribe('ep_moved', patterns, { version: 2, changedAt: world.now });
      // The page where it belongs by its new patterns is past.
      await world.subscriptions.remove([
        { tenant: 'default', pattern: 'order.created', endpointId: 'ep_moved', olderThan: 3 },
      ]);
      for (let page = world.pages.shift(); page; page = world.pages.shift()) await world.fanOut(page);
      const moved = world.sent.filter(({ message }) => message.endpointId === 'ep_moved');
      expect(moved).toMatchObject([{ delaySeconds: 60, message: { repeat: true } }]);
    });
  });
});

describe('a filter', () => {
  const BOMB = `length(${Array.from({ length: 160 }, () => '[@,@][]').join('.')}) > \`1\``;
  /** Takes 2.4 million steps on a list of 400,000 ones: six such filters exceed a message's budget. */
  const slow = (at: number) => `data[?@ == \`0\` || @ == \`${at + 3}\` || @ == \`1\`]`;
  const large = { type: 'order.created', data: Array.from({ length: 400_000 }, () => 1) };

  it('beyond its limit leaves a dead delivery without a dead letter, and sends nothing', async () => {
    await world.subscribe('ep_bomb', ['*'], { filter: BOMB });
    await world.subscribe('ep_other', ['*'], { filter: 'data.a == `1`' });
    await world.publish({ type: 'a', data: { a: 1 } });
    await world.fanOutAll();
    expect(world.recipients()).toEqual(['ep_other']);
    expect(matchedEndpoints(theEvent())).toBe(2);
    expect([...world.ledger.records.values()]).toMatchObject([
      { endpointId: 'ep_bomb', status: 'dead', deathReason: 'filter', deadLetter: null, attemptCount: 0, outbox: [] },
    ]);
    expect(world.tallies).toMatchObject([{ endpointId: 'ep_bomb', undecided: 1 }]);
  });

  it('beyond its limit is told once as a death, however often its event is fanned out', async () => {
    const died: string[] = [];
    world.fanoutPorts.died = ({ endpointId }) => died.push(endpointId);
    await world.subscribe('ep_bomb', ['*'], { filter: BOMB });
    await world.publish({ type: 'a', data: 1 });
    const [message] = world.busEntries;
    await world.fanOut(message);
    theEvent().fanout = {};
    await world.fanOut(message, true);
    expect(died).toEqual(['ep_bomb']);
  });

  it('beyond its limit does not affect a delivery that an earlier fan-out has sent', async () => {
    await world.subscribe('ep_1', ['*']);
    await world.publish({ type: 'a', data: 1 });
    const [message] = world.busEntries;
    await world.fanOutAll();
    const [sent] = world.sent;
    const record = {
      ...undecidedRecord(sent?.message ?? expect.fail('nothing sent'), START),
      status: 'delivered',
    } as const;
    await world.ledger.put(record, null);
    await world.subscribe('ep_1', ['*'], { filter: BOMB, version: 2 });
    theEvent().fanout = {};
    await world.fanOut(message, true);
    expect([...world.ledger.records.values()]).toEqual([record]);
  });

  it('that fails on an event does not match, and is counted with its reason', async () => {
    await world.subscribe('ep_1', ['*'], { filter: "contains(data.tags, 'x')" });
    await world.publish([
      { type: 'a', data: {} },
      { type: 'a', data: { tags: ['x'] } },
    ]);
    await world.fanOutAll();
    expect(world.recipients()).toEqual(['ep_1']);
    const filterError = 'contains() takes an array or a string, not null';
    expect(world.tallies).toMatchObject([{ endpointId: 'ep_1', filterErrors: 1, filterError }]);
  });

  it.each([
    ['of which its tenant has a few', 200],
    ['of which its tenant has more than one read gives', 2],
  ])('stays within the budget of a message, %s: the rest continues in further messages', async (_, smallTenant) => {
    world = new PublishingWorld(smallTenant);
    for (let at = 0; at < 9; at++) await world.subscribe(`ep_${at}`, ['order.*'], { filter: slow(at) });
    await world.subscribe('ep_plain', ['*', 'order.*']);
    await world.subscribe('ep_exact', ['order.created'], { filter: 'data[0] == `1`' });
    await world.publish(large);
    await world.fanOut(world.busEntries.shift());
    expect(world.pages).toHaveLength(1);
    expect(fanoutIsDone(theEvent())).toBe(false);
    const messages = await world.fanOutAll();
    expect(messages).toBeGreaterThan(1);
    expect(world.recipients().sort()).toEqual(
      ['ep_exact', 'ep_plain', ...Array.from({ length: 9 }, (_, at) => `ep_${at}`)].sort(),
    );
    expect([fanoutIsDone(theEvent()), matchedEndpoints(theEvent())]).toEqual([true, 11]);
  });

  it('of a list leaves events without remaining budget to a separate message', async () => {
    for (let at = 0; at < 4; at++) await world.subscribe(`ep_${at}`, ['*'], { filter: slow(at) });
    await world.publish([
      { type: 'a', data: large.data },
      { type: 'b', data: large.data },
    ]);
    await world.fanOut(world.busEntries.shift());
    expect(world.pages).toHaveLength(1);
    await world.fanOutAll();
    expect(world.sent.map(({ message }) => `${message.eventType} ${message.endpointId}`).sort()).toEqual(
      ['a', 'b'].flatMap((type) => [0, 1, 2, 3].map((at) => `${type} ep_${at}`)),
    );
    expect([...world.events.events.values()].map(fanoutIsDone)).toEqual([true, true]);
  });

  it('is evaluated once for all endpoints with the same filter', async () => {
    const asked: string[] = [];
    const { judge } = world.fanoutPorts.filters;
    world.fanoutPorts.filters = {
      judge: (envelope, filters, steps) => {
        asked.push(...filters);
        return judge(envelope, filters, steps);
      },
    };
    for (let at = 0; at < 50; at++) await world.subscribe(`ep_${at}`, ['*'], { filter: 'data == `1`' });
    await world.publish({ type: 'a', data: 1 });
    await world.fanOutAll();
    expect([asked, world.sent.length]).toEqual([['data == `1`'], 50]);
  });

  it('whose evaluation fails because of an error on our side is undecided and reported', async () => {
    const fault = 'TypeError: a mistake of ours';
    world.fanoutPorts.filters = { judge: async () => ({ judgements: [{ verdict: 'undecided', fault }], steps: 1 }) };
    await world.subscribe('ep_1', ['*'], { filter: 'data' });
    await world.publish({ type: 'a', data: 1 });
    await world.fanOutAll();
    expect(world.filterFaults).toEqual([fault]);
    expect(world.ledger.records.size).toBe(1);
  });

  it('that could not be evaluated makes the message be retried, with nothing sent', async () => {
    world.fanoutPorts.filters = { judge: () => Promise.reject(new Error('the thread has ended')) };
    await world.subscribe('ep_1', ['*'], { filter: 'data' });
    await world.subscribe('ep_2', ['*']);
    await world.publish({ type: 'a', data: 1 });
    await expect(world.fanOut(world.busEntries[0])).rejects.toThrow('the thread has ended');
    expect([world.sent, world.ledger.records.size, theEvent().fanout]).toEqual([[], 0, {}]);
  });

  it('that is being changed passes events that match the former or the new one', async () => {
    await world.subscribe('ep_1', ['*'], { filter: 'data == `1`', formerFilter: 'data == `2`' });
    await world.publish([1, 2, 3].map((data) => ({ type: 'a', data })));
    await world.fanOutAll();
    expect(world.sent).toHaveLength(2);
  });
});
