import { beforeEach, describe, expect, it } from 'vitest';
import { freshHealth } from '../../../core/endpoints/health.ts';
import { bucketOf } from '../../../core/stats/histogram.ts';
import { mergeTallies, type Tally } from '../../../core/stats/tally.ts';
import { tallying } from '../../../lambdas/deliver/observer.ts';
import { aMessage, anEndpoint, DeliveryWorld, START } from '../../support/delivery-world.ts';

let world: DeliveryWorld;
let seen: Tally[];
beforeEach(() => {
  world = new DeliveryWorld();
  seen = [];
  world.ports = { ...world.ports, observer: tallying(world.ports.observer, seen) };
  world.endpoints.set('ep_2', anEndpoint({ id: 'ep_2' }));
  world.health.set('ep_2', { ...freshHealth('ep_2'), lane: 'fast', revision: 1 });
});

const tally = (endpointId: string, delivered: number, failed: number): Tally => {
  return { endpointId, hour: START, delivered, failed, latency: { [bucketOf(1)]: delivered + failed } };
};

describe('the tallies of an invocation', () => {
  it('count every attempt of a batch by endpoint, including failed ones', async () => {
    world.answer = (post) => (post === 2 ? 500 : 200);
    for (const eventId of ['evt_1', 'evt_2', 'evt_3']) await world.send(aMessage({ eventId }));
    await world.send(aMessage({ eventId: 'evt_1', endpointId: 'ep_2' }));

    await world.invoke(world.receive());

    expect(world.posts).toHaveLength(4);
    expect(mergeTallies(seen).map(({ endpointId }) => endpointId)).toEqual(['ep_1', 'ep_2']);
    expect(mergeTallies(seen)).toEqual(expect.arrayContaining([tally('ep_1', 2, 1), tally('ep_2', 1, 0)]));
  });

  it('count each attempt of a delivery, and nothing for a message without an attempt', async () => {
    world.answer = (post) => (post === 1 ? 'timeout' : 200);
    await world.send(aMessage());
    await world.send(aMessage());
    await world.run(60_000);
    expect(world.posts).toHaveLength(2);
    expect(mergeTallies(seen)).toEqual([tally('ep_1', 1, 1)]);
  });

  it('count an attempt once, even if its record takes several tries', async () => {
    const put = world.ports.ledger.put;
    let refusals = 2;
    world.ports.ledger.put = async (...write) => {
      refusals -= 1;
      if (refusals >= 0) throw new Error('DynamoDB is unavailable');
      return put(...write);
    };
    await world.send(aMessage());
    await world.invoke(world.receive());
    expect(mergeTallies(seen)).toEqual([tally('ep_1', 1, 0)]);
  });
});
