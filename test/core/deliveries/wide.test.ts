import { beforeEach, describe, expect, it } from 'vitest';
import { findByIds } from '../../../core/deliveries/ledger.ts';
import { aMessage, DeliveryWorld } from '../../support/delivery-world.ts';

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
