import { beforeEach, describe, expect, it } from 'vitest';
import { fanoutIsDone } from '../../../core/events/event.ts';
import { PublishingWorld } from '../../support/publishing-world.ts';

let world: PublishingWorld;
beforeEach(() => {
  world = new PublishingWorld();
});

/** Messages under way to the delivery queue: now, and the most at any time. */
interface UnderWay {
  now: number;
  most: number;
}

/** Makes sending take time of the invocation, which has as much as in production. */
function sendingTakes(msPerMessage: number): UnderWay {
  const underWay = { now: 0, most: 0 };
  const { send } = world.fanoutPorts.deliveries;
  world.fanoutPorts.deliveries = {
    async send(messages) {
      underWay.now += messages.length;
      underWay.most = Math.max(underWay.most, underWay.now);
      await new Promise((answered) => setImmediate(answered));
      world.remainingMs -= messages.length * msPerMessage;
      await send(messages);
      underWay.now -= messages.length;
    },
  };
  return underWay;
}

const subscribe = async (count: number, tenant = 'default') => {
  for (let at = 0; at < count; at++) await world.subscribe(`ep_${tenant}_${at}`, ['*'], { tenant });
};
const publish = (events: number, tenant = 'default') =>
  world.publish(Array.from({ length: events }, (_, at) => ({ tenant, type: 'order.created', data: at })));
const isDone = () => [...world.events.events.values()].every(fanoutIsDone);

/** One invocation with up to ten messages of the queue. @returns what became of them. */
function invoke() {
  world.remainingMs = 30_000;
  const queue = [...world.busEntries.splice(0), ...world.pages.splice(0)];
  world.pages.push(...queue.slice(10));
  return world.fanOutBatch(queue.slice(0, 10).map((message) => ({ message })));
}

describe('a batch that is more work than an invocation can do', () => {
  it('is done by several: each begins no page after half of its time, and hands on the rest', async () => {
    await subscribe(150);
    for (let message = 0; message < 10; message++) await publish(20);
    // 30,000 messages at 2 ms each: two seconds are the most that the pages begun in time may take.
    sendingTakes(2);
    let invocations = 0;
    for (; !isDone(); invocations++) {
      const [sent, all] = [world.sent.length, await invoke()];
      expect(all.filter((one) => 'fault' in one)).toEqual([]);
      expect(world.sent.length).toBeGreaterThan(sent);
      expect(world.remainingMs).toBeGreaterThan(12_000);
    }
    expect(invocations).toBeGreaterThan(3);
    expect(world.sent).toHaveLength(30_000);
    expect(new Set(world.sent.map(({ message }) => `${message.eventId} ${message.endpointId}`)).size).toBe(30_000);
    expect(world.sent.every(({ message: { repeat } }) => repeat === undefined)).toBe(true);
  });

  it('has a bounded number of messages under way', async () => {
    await subscribe(150);
    for (let message = 0; message < 10; message++) await publish(20);
    const underWay = sendingTakes(0);
    await invoke();
    expect(world.sent).toHaveLength(30_000);
    expect(underWay.most).toBeLessThanOrEqual(1_500);
    expect(underWay.most).toBeGreaterThan(500);
  });

  it('does not delay a small message in it', async () => {
    await subscribe(150);
    await subscribe(1, 'quiet');
    for (let message = 0; message < 9; message++) await publish(20);
    await publish(1, 'quiet');
    sendingTakes(2);
    await invoke();
    const at = world.sent.findIndex(({ message }) => message.tenant === 'quiet');
    expect(at).toBeGreaterThanOrEqual(0);
    expect(at).toBeLessThan(1_500);
  });

  it('hands on no more events in one message than it managed itself, so that others work in parallel', async () => {
    await subscribe(150);
    await publish(100);
    sendingTakes(5);
    const [one] = await invoke();
    const { events = 0, handedOn = 0 } = one && 'result' in one ? one.result : {};
    expect(events + handedOn).toBe(100);
    expect(world.pages.length).toBe(Math.ceil(handedOn / events));
    for (const page of world.pages) expect(page.events.length).toBeLessThanOrEqual(events);
  });

  it('is received again if the rest cannot be handed on, and then sends only what was not done', async () => {
    await subscribe(150);
    await publish(100);
    const [message] = world.busEntries;
    sendingTakes(5);
    world.fanoutPorts.pages.send = () => Promise.reject(new Error('throttled'));
    await expect(world.fanOut(message)).rejects.toThrow('throttled');
    const sent = world.sent.length;
    world.remainingMs = 1_000_000;
    await world.fanOut(message, true);
    expect(world.sent).toHaveLength(15_000);
    expect(world.sent.slice(sent).every(({ message: { repeat } }) => repeat)).toBe(true);
  });

  it('hands on the events of a redelivered message as repeats', async () => {
    await subscribe(150);
    await publish(100);
    sendingTakes(5);
    await world.fanOut(world.busEntries[0], true);
    expect(world.pages.length).toBeGreaterThan(0);
    expect(world.pages.flatMap(({ events }) => events).every(({ repeat }) => repeat)).toBe(true);
  });
});

describe('a call that never answers', () => {
  it('sends nothing when its answer comes after the invocation is over', async () => {
    await subscribe(1);
    await publish(1);
    const [message] = world.busEntries;
    const answer = Promise.withResolvers<void>();
    const { markWide } = world.events;
    world.events.markWide = async (...decided) => {
      await answer.promise;
      return markWide(...decided);
    };
    world.fanoutPorts.after = (_, act) => {
      setImmediate(act);
      return () => undefined;
    };
    world.remainingMs = 30_000;
    await expect(world.fanOut(message, true)).rejects.toThrow('ended before');
    answer.resolve();
    await new Promise((done) => setImmediate(done));
    expect(world.sent).toEqual([]);
  });

  it('fails its message alone, before the invocation times out', async () => {
    await subscribe(1);
    await subscribe(1, 'other');
    await publish(1);
    await publish(1, 'other');
    const { send } = world.fanoutPorts.deliveries;
    world.fanoutPorts.deliveries.send = (messages) =>
      messages[0]?.message.tenant === 'other' ? new Promise(() => undefined) : send(messages);
    // The timer of the invocation's end.
    world.fanoutPorts.after = (ms, act) => {
      expect(ms).toBe(26_000);
      setImmediate(act);
      return () => undefined;
    };
    const all = await invoke();
    expect(all.map((one) => ['fault' in one, one.received.message.tenant])).toEqual([
      [false, 'default'],
      [true, 'other'],
    ]);
  });
});
