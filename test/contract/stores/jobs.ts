import { expect, test } from 'vitest';
import type { Job } from '../../../core/jobs/job.ts';
import { JOB_POSITION } from '../../../core/jobs/store.ts';
import { START } from '../../support/delivery-world.ts';
import { aJob } from './samples.ts';
import { type StoreWorld, toTheEnd } from './world.ts';

export function jobRules(given: () => StoreWorld): void {
  async function store(...jobs: Job[]): Promise<void> {
    for (const job of jobs) await given().jobs.put(job, null);
  }

  async function walked(tenant: string | null, limit: number): Promise<Job[]> {
    const stretches = await toTheEnd((after) => given().jobs.walk(tenant, after, limit));
    const found = stretches.flatMap((segment) => segment.found);
    for (const { position } of found) expect(position).toMatch(JOB_POSITION);
    return found.map(({ item }) => item);
  }

  test('a job is read back with every field as written', async () => {
    const { jobs } = given();
    const full = aJob({
      kind: 'replay_missing',
      params: { endpointId: 'ep_1', eventType: 'a.b', range: { from: START - 1, to: START } },
      status: 'failed',
      cursor: { part: 3, after: 'é' },
      found: 9,
      sent: 5,
      skipped: 4,
      error: 'It failed.',
      faults: 2,
      lease: { token: 't', until: START + 1 },
      turn: 7,
      updatedAt: START + 2,
    });
    for (const job of [full, aJob(), aJob({ tenant: null })]) {
      expect(await jobs.put(job, null)).toBe(true);
      expect(await jobs.find(job.id)).toEqual(job);
    }
    expect(await jobs.find('job_none')).toBeUndefined();
  });

  // DDBG/WorkingWithItems.html, conditional writes
  test('one of the writers that read the same revision wins', async () => {
    const { jobs } = given();
    const job = aJob();
    const firsts = Array.from({ length: 8 }, () => jobs.put(job, null));
    expect((await Promise.all(firsts)).filter(Boolean)).toHaveLength(1);
    const nexts = Array.from({ length: 8 }, (_, turn) => jobs.put({ ...job, turn, revision: 2 }, 1));
    expect((await Promise.all(nexts)).filter(Boolean)).toHaveLength(1);
    expect(await jobs.put({ ...job, revision: 9 }, 8)).toBe(false);
    expect((await jobs.find(job.id))?.revision).toBe(2);
  });

  test.each([1, 2, 10])('jobs are listed by tenant, and all, newest first, %i at a time', async (limit) => {
    const mine = [aJob({ createdAt: START }), aJob({ createdAt: START + 2, status: 'completed' })];
    const theirs = aJob({ createdAt: START + 1, tenant: 'another', status: 'cancelled' });
    const ofAll = aJob({ createdAt: START + 3, tenant: null });
    await store(...mine, theirs, ofAll);
    expect(await walked('acme', limit)).toEqual(mine.toReversed());
    expect(await walked('nobody', limit)).toEqual([]);
    expect(await walked(null, limit)).toEqual([ofAll, mine[1], theirs, mine[0]]);
  });

  test('running jobs are found, however many, until they end', async () => {
    const { jobs } = given();
    const running = Array.from({ length: 105 }, (_, at) => aJob({ createdAt: START + at }));
    const [first = aJob(), ...rest] = running;
    await store(...running, aJob({ status: 'completed' }), aJob({ status: 'failed' }));
    await jobs.put({ ...first, status: 'cancelled', revision: 2 }, 1);
    const ids = (await jobs.listRunning()).map(({ id }) => id);
    expect(ids.sort()).toEqual(rest.map(({ id }) => id).sort());
  });

  // DDBG/TTL.html: expired items are deleted within days, and can be read until then
  test('an expired job counts as absent', async () => {
    const world = given();
    const job = aJob({ expiresAt: START + 10_000 });
    await store(job);
    world.now = START + 9_999;
    expect([await world.jobs.find(job.id), await walked('acme', 10)]).toEqual([job, [job]]);
    world.now = START + 10_000;
    const seen = [await world.jobs.find(job.id), await walked('acme', 10), await world.jobs.listRunning()];
    expect(seen).toEqual([undefined, [], []]);
  });

  test('values read or written are copies: changing them does not change the store', async () => {
    const { jobs } = given();
    const job = aJob();
    const stored = structuredClone(job);
    await store(job);
    job.cursor.part = 1;
    for (const read of [await jobs.find(job.id), (await jobs.listRunning())[0], (await walked('acme', 1))[0]]) {
      if (read) read.cursor.part = 2;
    }
    expect(await jobs.find(job.id)).toEqual(stored);
  });
}
