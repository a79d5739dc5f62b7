import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { freshHealth } from '../../../core/endpoints/health.ts';
import { bucketOf } from '../../../core/stats/histogram.ts';
import { mergeTallies, type Tally } from '../../../core/stats/tally.ts';
import { logObserver, tallying } from '../../../lambdas/deliver/observer.ts';
import { createLogger } from '../../../lambdas/runtime/logger.ts';
import { aMessage, anEndpoint, DeliveryWorld, START } from '../../support/delivery-world.ts';
import { watchConsole } from '../../support/emitted.ts';

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
  return { endpointId, tenant: 'acme', hour: START, delivered, failed, latency: { [bucketOf(1)]: delivered + failed } };
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

describe('the log of attempts', () => {
  afterEach(() => vi.unstubAllEnvs());

  /** Delivers many events; every tenth one fails. @returns the lines. */
  async function logOf(oneIn: number): Promise<{ outcome: string; sampled?: number; deliveryId: string }[]> {
    const lines = watchConsole();
    world = new DeliveryWorld();
    world.ports = { ...world.ports, observer: logObserver(createLogger('deliver'), oneIn) };
    world.answer = (post) => (post % 10 === 0 ? 500 : 200);
    for (let at = 0; at < 400; at++) await world.send(aMessage({ eventId: `evt_${at}` }));
    await world.drain();
    return lines.map((line) => JSON.parse(line)).filter(({ message }) => message === 'delivery attempted');
  }

  it('has a line for each by default', async () => {
    const lines = await logOf(1);

    expect(lines).toHaveLength(400);
    for (const line of lines) expect(line).not.toHaveProperty('sampled');
  });

  it('has one in so many of the acknowledged ones if it is set, says so, and has all that failed', async () => {
    const lines = await logOf(10);
    const [failed, acknowledged] = [
      lines.filter(({ outcome }) => outcome === 'retry'),
      lines.filter(({ outcome }) => outcome === 'delivered'),
    ];

    expect(failed).toHaveLength(40);
    for (const line of failed) expect(line).not.toHaveProperty('sampled');
    expect(acknowledged.length).toBeGreaterThan(15);
    expect(acknowledged.length).toBeLessThan(60);
    for (const line of acknowledged) expect(line.sampled).toBe(10);
  });

  it('chooses the same deliveries again, wherever they are made', async () => {
    const [one, other] = [await logOf(10), await logOf(10)];

    expect(other.map(({ deliveryId }) => deliveryId).toSorted()).toEqual(
      one.map(({ deliveryId }) => deliveryId).toSorted(),
    );
  });
});
