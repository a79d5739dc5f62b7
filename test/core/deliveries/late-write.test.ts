import { describe, expect, it } from 'vitest';
import { aMessage, DeliveryWorld } from '../../support/delivery-world.ts';

const MINUTE = 60_000;

describe('a delivery that is held by a write that AWS lets through after its invocation', () => {
  it('can be found, although the release has cleared the mark that came before it', async () => {
    const world = new DeliveryWorld();
    world.change('ep_1', { state: 'paused' });
    const { put } = world.ledger;
    world.ledger.put = async (...written) => {
      world.now += 2 * MINUTE;
      const health = world.health.get('ep_1') ?? expect.fail('it was marked');
      expect(health.holding).not.toBeNull();
      world.health.set('ep_1', { ...health, holding: null, revision: health.revision + 1 });
      return put(...written);
    };
    await world.send(aMessage());
    await world.invoke(world.receive());
    world.ledger.put = put;
    expect(world.record()).toMatchObject({ status: 'waiting', waitingFor: 'paused' });
    expect(world.health.get('ep_1')?.holding).not.toBeNull();

    world.change('ep_1', { state: 'active' });
    await world.run(5 * MINUTE);
    expect(world.record()).toMatchObject({ status: 'delivered' });
  });
});
