import { beforeEach, describe, expect, it } from 'vitest';
import { startOf } from '../../../core/deliveries/advance.ts';
import { freshHealth } from '../../../core/endpoints/health.ts';
import { UnreadableItem } from '../../../core/unreadable-item.ts';
import { aMessage, anEndpoint, DAY, DeliveryWorld, START } from '../../support/delivery-world.ts';

const MINUTE = 60_000;
let world: DeliveryWorld;
beforeEach(() => {
  world = new DeliveryWorld();
});

const policyOf = (changes: object) => ({ retryPolicy: { ...anEndpoint().retryPolicy, ...changes } });
const publish = async (from: number, to: number) => {
  for (let event = from; event < to; event++)
    await world.send(aMessage({ eventId: `evt_${event}`, acceptedAt: START + event }));
};
const statuses = (count: number) => {
  const found = Array.from({ length: count }, (_, event) => world.record(`evt_${event}`));
  return Object.fromEntries(
    [...Map.groupBy(found, (record) => `${record?.status} ${record?.waitingFor ?? ''}`.trim())].map(
      ([name, records]) => [name, records.length],
    ),
  );
};
const circuit = () => world.health.get('ep_1')?.circuit;

describe('a record that this version cannot read', () => {
  beforeEach(async () => {
    const { load } = world.ledger;
    world.ledger.load = async (deliveries, endpointIds) => {
      if (deliveries.some(({ eventId }) => eventId === 'evt_1')) throw new UnreadableItem('An item has members.');
      return load(deliveries, endpointIds);
    };
    await publish(0, 3);
  });

  it('delays no other delivery of its batch', async () => {
    await world.invoke(world.receive(10));
    expect(world.posts.length).toBe(2);
    expect([world.record('evt_0')?.status, world.record('evt_2')?.status]).toEqual(['delivered', 'delivered']);
  });

  it('is not POSTed for, and keeps its message', async () => {
    await world.invoke(world.receive(10));
    expect(world.posts.some(({ request }) => request.headers['webhook-id'] === 'evt_1')).toBe(false);
    expect(world.queues.counts(world.queue)).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
  });
});

describe('a due delivery that this version cannot read', () => {
  it('keeps no other from being sent; the run fails at its end', async () => {
    for (const eventId of ['evt_0', 'evt_1', 'evt_2']) {
      const waiting = { status: 'waiting', waitingFor: 'backoff', nextAttemptAt: START } as const;
      await world.ledger.put({ ...startOf(aMessage({ eventId }), START), ...waiting, revision: 1 }, null);
    }
    const { load, find } = world.ledger;
    const refuse = () => Promise.reject(new UnreadableItem('An item has members.'));
    world.ledger.load = (keys, ids) => (keys.some(({ eventId }) => eventId === 'evt_1') ? refuse() : load(keys, ids));
    world.ledger.find = (key) => (key.eventId === 'evt_1' ? refuse() : find(key));

    await expect(world.tick()).rejects.toThrow('Some due deliveries were not sent (1 faults)');
    expect([0, 1, 2].map((event) => world.record(`evt_${event}`)?.status)).toEqual(['retrying', 'waiting', 'retrying']);
  });
});

describe('a holding mark that is set again while the old one is about to be cleared', () => {
  it('stays, so that deliveries held under it are found', async () => {
    const old = { ...freshHealth('ep_1'), revision: 1, holding: { id: 'hold_old', emptySince: START } };
    world.health.set('ep_1', old);
    world.now = START + 10 * MINUTE;
    const { page } = world.registry.marked;
    world.registry.marked.page = async (...query) => {
      const listed = await page(...query);
      world.health.set('ep_1', { ...old, revision: 2, holding: { id: 'hold_new', emptySince: null } });
      return listed;
    };
    await world.tick();
    expect(world.health.get('ep_1')?.holding?.id).toBe('hold_new');
  });
});

describe('an endpoint that only fails', () => {
  beforeEach(async () => {
    world.answer = () => 500;
    await publish(0, 40);
    await world.drain();
  });

  it('gets no more POSTs once its circuit is open; later deliveries wait and use no attempt', async () => {
    expect(circuit()).not.toBeNull();
    expect(world.posts.length).toBeGreaterThanOrEqual(10);
    // The batch in progress when the tenth failed was POSTed; nothing after it.
    expect(world.posts.length).toBeLessThanOrEqual(20);
    await publish(40, 50);
    await world.drain();
    expect(world.posts.length).toBeLessThanOrEqual(20);
    expect(world.record('evt_45')).toMatchObject({ status: 'waiting', waitingFor: 'circuit', attemptCount: 0 });
  });

  it('costs one probe per interval while it stays down, and waiting deliveries cost nothing', async () => {
    await world.run(5_000);
    const before = world.posts.length;
    const sent = countSent();
    await world.run(8 * 60 * MINUTE);
    // Intervals of 1, 2, 4, 8, 16, 32 minutes, then an hour each.
    const probes = world.posts.length - before;
    expect(probes).toBeGreaterThanOrEqual(11);
    expect(probes).toBeLessThanOrEqual(14);
    // Each probe is one message; its retry is another, which finds the circuit open and waits.
    expect(sent()).toBeLessThanOrEqual(2 * probes);
    expect(world.ledger.records.size).toBe(40);
  });

  it('gets every waiting delivery once, soon after it answers again, with the oldest event as the probe', async () => {
    await world.run(5_000);
    world.answer = () => 204;
    const before = world.posts.length;
    await world.run(15 * MINUTE);
    expect(statuses(40)).toEqual({ delivered: 40 });
    expect(world.posts.length - before).toBe(40);
    expect(circuit()).toBeNull();
    expect(world.health.get('ep_1')?.consecutiveFailures).toBe(0);
  });

  it('loses its holding mark only when no more deliveries can be held', async () => {
    await world.run(5_000);
    world.answer = () => 204;
    await world.run(4 * MINUTE);
    expect(world.health.get('ep_1')?.holding).not.toBeNull();
    world.health.set('ep_1', { ...(world.health.get('ep_1') ?? freshHealth('ep_1')), outbox: [] });
    await world.run(10 * MINUTE);
    expect(world.health.get('ep_1')?.holding).toBeNull();
  });

  it('is disabled after five days without a success, and its waiting deliveries are discarded', async () => {
    await world.run(6 * DAY);
    expect(world.endpoints.get('ep_1')).toMatchObject({ state: 'disabled', disabledReason: 'failing' });
    await world.run(10 * MINUTE);
    const ended = Object.keys(statuses(40));
    expect(ended.every((status) => status === 'dead' || status === 'discarded')).toBe(true);
  });

  it('can be tried at once with a replay', async () => {
    await world.run(5_000);
    world.answer = () => 200;
    await world.send(aMessage({ eventId: 'evt_chosen', cycle: 2, forced: true }));
    world.now += 1_000;
    await world.drain();
    expect(world.record('evt_chosen')).toMatchObject({ status: 'delivered' });
    expect(circuit()).toBeNull();
  });
});

/** Counts messages sent from now on. */
function countSent(): () => number {
  const { send } = world.ports.queue;
  let count = 0;
  world.ports = {
    ...world.ports,
    queue: {
      send: (messages) => {
        count += messages.length;
        return send(messages);
      },
    },
  };
  return () => count;
}

describe('a delivery that is held until its event expires', () => {
  it('ends as dead, with its message in the dead-letter queue, although the endpoint is still paused', async () => {
    world.change('ep_1', { state: 'paused' });
    await publish(0, 3);
    await world.run(5_000);
    expect(statuses(3)).toEqual({ 'waiting paused': 3 });
    await world.run(29 * DAY);
    expect(statuses(3)).toEqual({ 'waiting paused': 3 });
    await world.run(DAY);
    expect(statuses(3)).toEqual({ dead: 3 });
    expect(world.record('evt_0')?.lastError).toBe('expired');
    expect(world.queues.counts(world.deadLetters).visible).toBe(3);
    expect(world.posts).toEqual([]);
  });
});

describe('the slow lane', () => {
  it('is where a new endpoint starts, until it has answered quickly once', async () => {
    world.health.delete('ep_1');
    await publish(0, 1);
    await world.invoke(world.receive());
    expect(world.posts).toHaveLength(0);
    expect(world.queues.counts(world.slowQueue).visible).toBe(1);
    await world.drain();
    expect(world.record('evt_0')).toMatchObject({ status: 'delivered', attemptCount: 1 });
    expect(world.health.get('ep_1')?.lane).toBe('fast');

    await publish(1, 2);
    await world.invoke(world.receive());
    expect(world.record('evt_1')?.status).toBe('delivered');
  });

  it('gets an endpoint while its first slow request is still waiting, and gets its retries', async () => {
    world.answerMs = 15_000;
    let laneWhileWaiting = '';
    world.answer = () => 'timeout';
    const { put } = world.registry.healthStore;
    world.registry.healthStore.put = (health, expected) => {
      if (world.posts.length === 1 && world.record('evt_0') === undefined) laneWhileWaiting = health.lane;
      return put(health, expected);
    };
    await publish(0, 1);
    await world.drain();
    expect(laneWhileWaiting).toBe('slow');
    expect(world.queues.counts(world.slowQueue).delayed).toBe(1);
    expect(world.queues.counts(world.queue)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('makes one POST when the invocation that changes the lane dies before it acknowledges', async () => {
    world.health.delete('ep_1');
    await publish(0, 1);
    await world.invoke(world.receive()).catch(() => undefined);
    const copy = world.receive(10, 'slow');
    await world.send(aMessage({ eventId: 'evt_0' }));
    await Promise.all([world.invoke(world.receive()), world.invoke(copy)]);
    await world.run(10 * MINUTE);
    expect(world.posts).toHaveLength(1);
  });
});

describe('an endpoint with a limit per second', () => {
  it('gets POSTs at that rate, each delivery once', async () => {
    world.change('ep_1', { rateLimitPerSecond: 5 });
    await publish(0, 40);
    await world.run(10_000);
    expect(statuses(40)).toEqual({ delivered: 40 });
    expect(world.posts).toHaveLength(40);
    const times = world.postedAfter();
    // Two at once, the others 0.2 s apart.
    expect(Math.max(...times)).toBeCloseTo(7.6);
    for (const at of times) expect(times.filter((time) => time > at - 1 && time <= at).length).toBeLessThanOrEqual(7);
  });

  it('shows which deliveries wait for their slots, and when those are', async () => {
    world.change('ep_1', { rateLimitPerSecond: 1 });
    await publish(0, 5);
    await world.invoke(world.receive());
    expect(statuses(5)).toEqual({ delivered: 2, 'waiting rate_limit': 3 });
    expect(world.record('evt_4')).toMatchObject({ nextAttemptAt: START + 3_000, slot: START + 3_000, attemptCount: 0 });
  });

  it('keeps a backlog that is longer than a message can be delayed in the waiting room', async () => {
    world.change('ep_1', { rateLimitPerSecond: 1 });
    await publish(0, 1_200);
    await world.drain();
    expect(Object.values(world.queues.counts(world.queue)).reduce((sum, count) => sum + count)).toBeLessThanOrEqual(
      901,
    );
    await world.run(60 * MINUTE);
    expect(statuses(1_200)).toEqual({ delivered: 1_200 });
    expect(world.posts).toHaveLength(1_200);
  });

  it('takes a new slot for a retry', async () => {
    world.change('ep_1', { rateLimitPerSecond: 1, ...policyOf({ initial_delay_seconds: 1, backoff_factor: 1 }) });
    world.answer = (post) => (post === 2 ? 500 : 200);
    await publish(0, 4);
    await world.run(30_000);
    expect(statuses(4)).toEqual({ delivered: 4 });
    const bySecond = Map.groupBy(world.postedAfter(), (second) => Math.floor(second));
    for (const posts of bySecond.values()) expect(posts).toHaveLength(1);
  });
});
