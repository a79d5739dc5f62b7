import { describe, expect, it } from 'vitest';
import { explain } from './history.ts';
import { simulate } from './simulation.ts';

/*
 * The whole product in virtual time, one world per seed: see simulation.ts. `npm run simulate` runs any number of seeds and
 * reports what was done and checked.
 */

const SEEDS = 600;
const AT_ONCE = 50;

describe('whatever fails, is duplicated, late or killed, and whatever operators do', () => {
  it.each(Array.from({ length: SEEDS / AT_ONCE }, (_, index) => index * AT_ONCE))(
    'every promise holds (50 seeds from %i)',
    async (from) => {
      for (let seed = from; seed < from + AT_ONCE; seed++) {
        const { violation } = await simulate(seed);
        if (violation !== undefined) expect.fail(await explain(seed));
      }
    },
    60_000,
  );
});

describe('a seed', () => {
  it('gives the same run every time, step by step, traced or not', async () => {
    for (const seed of [0, 3, 5, 8, 9]) {
      const [one, other] = [await simulate(seed), await simulate(seed, { traced: true })];
      expect(other.hash).toBe(one.hash);
      expect(other.steps).toBe(one.steps);
      expect(other.trace.length).toBeGreaterThan(100);
    }
  });

  it('gives a different run from its neighbour', async () => {
    expect((await simulate(1)).hash).not.toBe((await simulate(2)).hash);
  });
});
