import { describe, expect, it } from 'vitest';
import { START } from '../../support/delivery-world.ts';
import { JobWorld } from '../../support/job-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { Crash, failing, unreliable } from '../../support/unreliable.ts';

/*
 * Goal: whatever happens to a job, each of its deliveries is sent once, and the job ends. Method: 1. the
 * invocation dies at each call of a port in turn, before or after the call took effect; 2. calls fail by chance while
 * messages are delivered twice.
 */

const MINUTE = 60_000;
const DEAD = 130;
const MISSING = 120;

type Wrap = <Call extends (...args: never[]) => Promise<unknown>>(call: Call) => Call;

/** Every call of a slice goes through `wrap`; calls of deliveries and scheduled tasks do not. */
function wrapPorts(world: JobWorld, wrap: Wrap): void {
  const { ledger, jobs, jobQueue, ended, events, payloads, queue, wait } = world.ports;
  world.ports = {
    ...world.ports,
    ledger: {
      load: wrap(ledger.load),
      find: wrap(ledger.find),
      put: wrap(ledger.put),
      countDeaths: ledger.countDeaths,
    },
    jobs: { find: wrap(jobs.find), put: wrap(jobs.put) },
    jobQueue: { send: wrap(jobQueue.send) },
    ended: { ended: wrap(ended.ended) },
    events: { walk: wrap(events.walk) },
    payloads: { get: wrap(payloads.get) },
    queue: { send: wrap(queue.send) },
    wait: wrap(wait),
  };
}

function given(): JobWorld {
  const world = new JobWorld();
  world.deliveries.change('ep_1', { filter: '!missing' });
  for (let at = 0; at < DEAD; at++) world.ended(`evt_dead_${at}`, { updatedAt: START - MINUTE + at });
  for (let at = 0; at < MISSING; at++) world.event(`evt_missing_${at}`, { acceptedAt: START - 10 * MINUTE + at });
  return world;
}

function expectEachOnce(world: JobWorld, jobs: { id: string }[], story: string): void {
  const expected = [
    ...Array.from({ length: DEAD }, (_, at) => [`evt_dead_${at}`, 1]),
    ...Array.from({ length: MISSING }, (_, at) => [`evt_missing_${at}`, 1]),
  ];
  expect(world.posted(), story).toEqual(Object.fromEntries(expected));
  for (const job of jobs) expect(world.job(job), story).toMatchObject({ status: 'completed', lease: null });
}

const start = async (world: JobWorld) => [
  await world.start({ kind: 'redrive', from: null }),
  await world.start({ kind: 'replay_missing' }),
];

/** The invocation crashes at call number `at`; later calls have no effect. */
async function runWithDeath(at: number, when: 'before' | 'after'): Promise<{ world: JobWorld; died: boolean }> {
  const world = given();
  let calls = 0;
  let isDead = false;
  wrapPorts(
    world,
    (call) =>
      (async (...args: Parameters<typeof call>) => {
        if (isDead) throw new Crash('dead');
        calls += 1;
        isDead = calls === at;
        if (isDead && when === 'before') throw new Crash('before');
        const result = await call(...args);
        if (isDead) throw new Crash('after');
        return result;
      }) as typeof call,
  );
  const jobs = await start(world);
  world.now += 2_000;
  // Sequential, so that the number of a call means the same in each run.
  for (let invocation = 0; invocation < 20; invocation++) {
    await world.workOnJobs(1);
    // The next invocation does not crash.
    if (isDead) calls = Number.POSITIVE_INFINITY;
    isDead = false;
  }
  await world.run(10 * MINUTE);
  expectEachOnce(world, jobs, `dies ${when} call ${at}`);
  return { world, died: calls === Number.POSITIVE_INFINITY };
}

describe('a crash of the invocation', () => {
  it.each(['before', 'after'] as const)(
    '%s any call took effect loses nothing and sends nothing twice',
    { timeout: 120_000 },
    async (when) => {
      let at = 1;
      // The records of a page are written concurrently: every seventh represents its neighbours.
      for (let died = true; died; at += at > 10 ? 7 : 1) ({ died } = await runWithDeath(at, when));
      expect(at).toBeGreaterThan(DEAD);
    },
  );
});

describe('whatever call fails', () => {
  it.each(Array.from({ length: 150 }, (_, seed) => seed))(
    'each delivery is sent once, and jobs end (seed %i)',
    async (seed) => {
      const world = given();
      const random = seededRandom(seed);
      let healthy = false;
      const fails = failing(random, 0.02, () => !healthy);
      wrapPorts(world, (call) => unreliable(call, fails));
      world.ports.isOutage = (fault) => fault instanceof Crash;
      const jobs = await start(world);
      for (let step = 0; step < 20; step++) {
        // SQS sometimes delivers a message twice.
        const duplicate = random.unit() < 0.3 ? world.deliveries.queues.receive(world.queue)[0] : undefined;
        if (duplicate) world.deliveries.queues.changeVisibility(world.queue, duplicate.receiptHandle, 0);
        await Promise.all([duplicate && world.slice(duplicate.body).catch(() => undefined), world.workOnJobs()]);
        await world.run(random.unit() * 30_000);
      }
      healthy = true;
      await world.run(10 * MINUTE);
      expectEachOnce(world, jobs, `seed ${seed}`);
      for (const job of jobs) {
        const { found = 0, sent = 0, skipped = 0 } = world.job(job) ?? {};
        expect(found).toBe(sent + skipped);
      }
    },
  );
});
