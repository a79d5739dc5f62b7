import { describe, expect, it } from 'vitest';
import { explain } from './history.ts';
import { simulate } from './simulation.ts';

/*
 * The whole product in virtual time, a seed a world: see simulation.ts. `npm run simulate` runs any number of seeds, and
 * says what was done and checked.
 */

const SEEDS = 600;
const AT_ONCE = 50;

describe('whatever fails, is doubled, late, killed or done by people meanwhile', () => {
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
  it('is the same world every time, step by step, watched or not', async () => {
    for (const seed of [0, 3, 5, 8, 9]) {
      const [one, other] = [await simulate(seed), await simulate(seed, { traced: true })];
      expect(other.hash).toBe(one.hash);
      expect(other.steps).toBe(one.steps);
      expect(other.trace.length).toBeGreaterThan(100);
    }
  });

  it('is another world than its neighbour', async () => {
    expect((await simulate(1)).hash).not.toBe((await simulate(2)).hash);
  });
});
