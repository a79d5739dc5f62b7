import { expect, it } from 'vitest';
import { LAST_WITHIN_MS, simulateHour } from './hour.ts';

/* `npm run simulate:hour` runs the whole load, at 1:100. */
it('after an hour of failing fan-out at 333 events a second, all is delivered within six hours', async () => {
  const { violation, counts, faults, lastPostMs } = await simulateHour(1_000, 0.2);
  expect(violation).toBeUndefined();
  expect(counts.events).toBe(1_200);
  expect(counts.deliveries).toBeGreaterThan(counts.events);
  expect(counts.delivered).toBe(counts.deliveries);
  // Each event in vain, several times.
  expect(faults.get('fan-out fails')).toBeGreaterThan(counts.events);
  expect(lastPostMs).toBeGreaterThan(0);
  expect(lastPostMs).toBeLessThan(LAST_WITHIN_MS);
}, 60_000);
