import { describe, expect, it, vi } from 'vitest';
import { freshHealth } from '../../../core/endpoints/health.ts';
import { createHealthTracker } from '../../../core/endpoints/health-tracker.ts';
import { MemoryEndpointStore } from '../../fakes/endpoints.ts';
import { anEndpoint, DAY, START } from '../../support/delivery-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';

/** Containers that share a store; `puts` counts their writes. */
function aFleet(containers: number) {
  const registry = new MemoryEndpointStore();
  registry.health.set('ep_1', { ...freshHealth('ep_1'), lane: 'fast', revision: 1 });
  const fleet = { now: START, puts: 0, answered: Promise.resolve() };
  const store = {
    find: registry.healthStore.find,
    put: async (...args: Parameters<typeof registry.healthStore.put>) => {
      fleet.puts++;
      const { answered } = fleet;
      const written = await registry.healthStore.put(...args);
      await answered;
      return written;
    },
  };
  const keepers = Array.from({ length: containers }, (_, seed) =>
    createHealthTracker({
      store,
      noteHealth: () => undefined,
      rules: { openAfterFailures: 10, disableAfterMs: 5 * DAY, disableAfterFailures: 10 },
      clock: () => fleet.now,
      random: seededRandom(seed),
    }),
  );
  const endpointWithHealth = () => ({
    endpoint: anEndpoint(),
    health: structuredClone(registry.health.get('ep_1') ?? freshHealth('ep_1')),
  });
  const attempt = (container: number, succeeded: boolean, known = endpointWithHealth()) => {
    const seen = { at: fleet.now, succeeded, quick: true, probe: null, silent: false };
    return keepers[container]?.attempted(known, seen) ?? expect.fail('no such container');
  };
  return {
    fleet,
    keepers,
    endpointWithHealth,
    attempt,
    health: () => registry.health.get('ep_1') ?? expect.fail('no health'),
  };
}

describe('the health of an endpoint, kept by many containers', () => {
  it('costs no write while the endpoint is healthy', async () => {
    const { fleet, attempt } = aFleet(1);
    for (let count = 0; count < 100; count++) await attempt(0, true);
    expect(fleet.puts).toBe(0);
  });

  it('never opens the circuit of an endpoint that fails once in a hundred, at a thousand a second', async () => {
    const { fleet, attempt, health } = aFleet(50);
    const random = seededRandom(1);
    for (let count = 0; count < 20_000; count++) {
      fleet.now += 1;
      await attempt(Math.floor(random.unit() * 50), random.unit() > 0.01);
    }
    expect(health().circuit).toBeNull();
    expect(health().consecutiveFailures).toBeLessThan(5);
  });

  it('counts every failure of a batch, in few writes', async () => {
    const { fleet, attempt, endpointWithHealth, health } = aFleet(1);
    const known = endpointWithHealth();
    await Promise.all(Array.from({ length: 10 }, () => attempt(0, false, known)));
    expect(health()).toMatchObject({ consecutiveFailures: 10, circuit: { intervalMs: 60_000 } });
    expect(fleet.puts).toBeLessThanOrEqual(2);
  });

  it('counts the failures of containers that write at the same time', async () => {
    const { attempt, endpointWithHealth, health } = aFleet(5);
    const known = endpointWithHealth();
    await Promise.all([0, 1, 2, 3, 4].map((container) => attempt(container, false, known)));
    expect(health().consecutiveFailures).toBe(5);
  });

  it('gives the probe lease to one of many concurrent requests', async () => {
    const { fleet, keepers, attempt, endpointWithHealth } = aFleet(8);
    for (let count = 0; count < 10; count++) await attempt(0, false);
    fleet.now += 60_000;
    const known = endpointWithHealth();
    const answers = await Promise.all(keepers.flatMap((keeper) => [1, 2].map(() => keeper.takeProbe(known, null))));
    expect(answers.filter((answer) => typeof answer === 'object')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'hold')).toHaveLength(15);
  });

  it('lets a message pass if the circuit has closed since it was read', async () => {
    const { fleet, keepers, attempt, endpointWithHealth } = aFleet(2);
    for (let count = 0; count < 10; count++) await attempt(0, false);
    fleet.now += 60_000;
    const old = endpointWithHealth();
    await attempt(0, true);
    expect(await keepers[1]?.takeProbe(old, null)).toBe('pass');
  });

  it('holds a message that read of an open circuit while a write from before it opened has no answer', async () => {
    const { fleet, keepers, attempt, endpointWithHealth } = aFleet(2);
    const late = Promise.withResolvers<void>();
    fleet.answered = late.promise;
    const failed = attempt(0, false);
    await vi.waitFor(() => expect(fleet.puts).toBe(1));
    fleet.answered = Promise.resolve();
    for (let count = 0; count < 10; count++) await attempt(1, false);
    fleet.now += 1_000;
    const answer = keepers[0]?.takeProbe(endpointWithHealth(), null);
    late.resolve();
    await failed;
    expect(await answer).toBe('hold');
  });
});
