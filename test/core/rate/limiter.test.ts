import { describe, expect, it } from 'vitest';
import { createMemoryRateSlots } from '../../../adapters/memory/rate-slots.ts';
import { createRateLimiter, type RateSlots } from '../../../core/rate/limiter.ts';
import { START } from '../../support/delivery-world.ts';

function limiters(instances: number) {
  const world = { now: START, reservations: 0 };
  const slots = createMemoryRateSlots();
  const counted: RateSlots = {
    reserve: (...args) => {
      world.reservations++;
      return slots.reserve(...args);
    },
  };
  const all = Array.from({ length: instances }, () => createRateLimiter(counted, () => world.now));
  return { world, all, one: all[0] ?? expect.fail('none') };
}
const perSecond = (slots: (number | null)[]) =>
  [...Map.groupBy(slots, (slot) => Math.max(0, Math.ceil(((slot ?? 0) - START) / 1000))).values()].map(
    ({ length }) => length,
  );

describe('the limit per second of an endpoint', () => {
  it('lets a second’s worth go at once after a pause, and as many in each second after', async () => {
    const { one } = limiters(1);
    const slots = await Promise.all(Array.from({ length: 40 }, () => one.slot('ep_1', 10)));
    expect(slots.filter((slot) => slot !== null && slot <= START)).toHaveLength(10);
    expect(perSecond(slots)).toEqual([10, 10, 10, 10]);
  });

  it('is one limit for all instances, and each slot is handed out once', async () => {
    const { all } = limiters(7);
    const slots = await Promise.all(all.flatMap((limiter) => [1, 2, 3, 4, 5].map(() => limiter.slot('ep_1', 5))));
    expect(perSecond(slots)).toEqual([5, 5, 5, 5, 5, 5, 5]);
    expect(new Set(slots).size).toBe(35);
  });

  it('is reserved once for a batch, for each endpoint', async () => {
    const { world, one } = limiters(1);
    await Promise.all(Array.from({ length: 20 }, (_, at) => one.slot(at % 2 === 0 ? 'ep_1' : 'ep_2', 10)));
    expect(world.reservations).toBe(2);
  });

  it('is not reserved further ahead than a message can be delayed', async () => {
    const { one } = limiters(1);
    const slots: (number | null)[] = [];
    for (let batch = 0; batch < 100; batch++) {
      slots.push(...(await Promise.all(Array.from({ length: 10 }, () => one.slot('ep_1', 1)))));
    }
    const reserved = slots.filter((slot) => slot !== null);
    expect(reserved).toHaveLength(900);
    expect(Math.max(...reserved)).toBeLessThanOrEqual(START + 900_000);
    expect(slots.slice(900).every((slot) => slot === null)).toBe(true);
  });

  it('tells every message of a batch when the reservation fails', async () => {
    const limiter = createRateLimiter({ reserve: () => Promise.reject(new Error('throttled')) }, () => START);
    const outcomes = await Promise.allSettled([limiter.slot('ep_1', 1), limiter.slot('ep_1', 1)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
