import { beforeEach, describe, expect, it } from 'vitest';
import { findByIds } from '../../../core/deliveries/ledger.ts';
import { freshHealth } from '../../../core/endpoints/health.ts';
import { aMessage, anEndpoint, DeliveryWorld } from '../../support/delivery-world.ts';

const HOUR = 3_600_000;
let world: DeliveryWorld;
beforeEach(() => {
  world = new DeliveryWorld();
});

const only = () => {
  const [record, ...others] = world.ledger.records.values();
  expect(others).toEqual([]);
  return record ?? expect.fail('no record');
};

/** The lane and group of every message that is sent from now on. */
function watchLanes(): string[] {
  const lanes: string[] = [];
  const { send } = world.queues;
  const names = new Map([
    [world.queue, 'fast'],
    [world.slowQueue, 'slow'],
    [world.bulkQueue, 'bulk'],
  ]);
  world.queues.send = (arn, input) => {
    lanes.push(`${names.get(arn)} in ${input.groupId}`);
    return send.call(world.queues, arn, input);
  };
  return lanes;
}

describe("a wide event's delivery", () => {
  it('has one record through all its attempts, in the queue and in the waiting room', async () => {
    world.answer = (post) => (post < 8 ? 500 : 200);
    await world.send(aMessage({ wide: true }));
    await world.run(48 * HOUR);
    expect(only()).toMatchObject({ wide: true, status: 'delivered', attemptCount: 8 });
  });

  it('keeps its record while it is held, and when it is replayed', async () => {
    world.change('ep_1', { state: 'paused' });
    await world.send(aMessage({ wide: true }));
    await world.run(60_000);
    expect(only()).toMatchObject({ wide: true, status: 'waiting' });
    world.change('ep_1', { state: 'active' });
    await world.run(120_000);
    expect(only()).toMatchObject({ wide: true, status: 'delivered' });
    await world.replay(only(), world.endpoints.get('ep_1') ?? expect.fail());
    await world.run(60_000);
    expect(only()).toMatchObject({ wide: true, status: 'delivered', next: { cycle: 2 } });
    expect(await findByIds({ eventId: 'evt_1', endpointId: 'ep_1' }, world.ledger)).toEqual(only());
  });

  it('keeps its record when its dead letter is redriven', async () => {
    world.answer = (post) => (post === 1 ? 410 : 200);
    await world.send(aMessage({ wide: true }));
    await world.run(60_000);
    expect(only()).toMatchObject({ wide: true, status: 'dead' });
    world.change('ep_1', { state: 'active', disabledReason: null });
    world.queues.startMoveTask({ sourceArn: world.deadLetters });
    await world.run(60_000);
    expect(only()).toMatchObject({ wide: true, status: 'delivered', next: { cycle: 2 } });
  });

  it('has its first attempt, its retries and its replay in the bulk lane, never in the fast one', async () => {
    const lanes = watchLanes();
    world.answer = (post) => (post < 8 ? 500 : 200);
    await world.send(aMessage({ wide: true }));
    await world.run(48 * HOUR);
    await world.replay(only(), anEndpoint());
    await world.run(60_000);
    expect(only()).toMatchObject({ status: 'delivered', next: { cycle: 2 } });
    expect(new Set(lanes)).toEqual(new Set(['bulk in acme']));
    expect(lanes.length).toBeGreaterThan(8);
  });

  it('comes back to the bulk lane when it was held, or over the rate limit', async () => {
    const lanes = watchLanes();
    world.change('ep_1', { state: 'paused' });
    await world.send(aMessage({ wide: true }));
    await world.run(60_000);
    world.change('ep_1', { state: 'active', rateLimitPerSecond: 1 });
    for (let at = 2; at < 8; at++) await world.send(aMessage({ eventId: `evt_${at}`, wide: true }));
    await world.run(120_000);
    expect(world.posts).toHaveLength(7);
    expect(new Set(lanes)).toEqual(new Set(['bulk in acme']));
  });

  it('moves to the slow lane if its endpoint is slow, in the group of its tenant, and its retries stay there', async () => {
    const lanes = watchLanes();
    world.health.set('ep_1', freshHealth('ep_1'));
    world.answerMs = 15_000;
    world.answer = () => 'timeout';
    await world.send(aMessage({ wide: true }));
    await world.run(5 * 60_000);
    expect(lanes.slice(0, 3)).toEqual(['bulk in acme', 'slow in acme', 'slow in acme']);
    expect(world.queues.counts(world.queue)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  // See isWide: a first fan-out found a small tenant, and was repeated, before its page was noted, when it was large.
  it('that was also begun as that of another event is sent twice and lost never', async () => {
    world.answer = (post) => (post <= 2 ? 500 : 200);
    await world.send(aMessage());
    await world.send(aMessage({ wide: true, repeat: true }), 5);
    await world.run(24 * HOUR);
    expect([...world.ledger.records.values()]).toMatchObject([
      { wide: false, status: 'delivered' },
      { wide: true, status: 'delivered' },
    ]);
    expect(world.posts).toHaveLength(4);
  });
});
