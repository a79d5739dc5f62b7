import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliverBacklog, mostWithin } from './backlog-world.ts';

const SECOND = 1_000;
const seed = fc.integer({ min: 0, max: 2 ** 31 });
const stretches = (longestMs: number, maxLength = 3) =>
  fc.array(fc.record({ at: fc.nat(60 * SECOND), ms: fc.integer({ min: SECOND, max: longestMs }) }), { maxLength });
const bunch = fc.record({ at: fc.nat(60 * SECOND), count: fc.integer({ min: 1, max: 60 }) });

const anything = fc.record({
  seed,
  perSecond: fc.constantFrom(1, 2, 3, 7, 20, 1_000),
  containers: fc.integer({ min: 1, max: 20 }),
  events: fc
    .array(bunch, { minLength: 1, maxLength: 4 })
    .map((bunches) => bunches.flatMap(({ at, count }) => Array.from({ length: count }, (_, more) => at + more))),
  standstills: stretches(200 * SECOND),
  hangs: stretches(20 * SECOND),
  callMs: fc.integer({ min: 1, max: 400 }),
  failing: fc.constantFrom(0, 0, 0.02, 0.1),
});

/** Events that all arrive in one second, without faults. */
const burst = fc.record({
  seed,
  perSecond: fc.constantFrom(1, 2, 3, 4, 7, 20),
  seconds: fc.integer({ min: 20, max: 40 }),
  standstills: stretches(90 * SECOND),
  callMs: fc.integer({ min: 1, max: 40 }),
});

describe('an endpoint with a limit per second, whatever happened before', () => {
  it('gets at most twice the limit in any second and eleven times in any ten, and eventually every event', async () => {
    await fc.assert(
      fc.asyncProperty(anything, async (backlog) => {
        const { posts, delivered } = await deliverBacklog(backlog);
        expect(mostWithin(posts, SECOND)).toBeLessThanOrEqual(2 * backlog.perSecond);
        expect(mostWithin(posts, 10 * SECOND)).toBeLessThanOrEqual(11 * backlog.perSecond);
        expect(delivered).toBe(backlog.events.length);
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('gets a backlog at its limit, with one attempt each, and no message is lined up often', async () => {
    await fc.assert(
      fc.asyncProperty(burst, async ({ seconds, ...of }) => {
        const events = Array.from(
          { length: of.perSecond * seconds },
          (_, at) => (at * SECOND) / (of.perSecond * seconds),
        );
        const backlog = { ...of, events, containers: 4 + of.perSecond, hangs: [], failing: 0 };
        const { posts, delivered, attempts, steps } = await deliverBacklog(backlog);
        expect(delivered).toBe(events.length);
        expect(attempts).toBe(1);

        const resumedAt = Math.max(0, ...of.standstills.map(({ at, ms }) => at + ms));
        const after = posts.filter((at) => at >= resumedAt);
        const tookSeconds = (Math.max(...after, resumedAt) - resumedAt) / SECOND;
        // A second for the first to arrive, from the queue or the line.
        expect(after.length).toBeGreaterThanOrEqual(0.95 * of.perSecond * (tookSeconds - 1.5));
        // A first slot, another after each standstill in which it passed, and a few more.
        expect(steps).toBeLessThanOrEqual(2 + of.standstills.length + 3);
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
