import { beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM } from '../../../core/audit/audit.ts';
import type { Job } from '../../../core/jobs/job.ts';
import { cancelJob } from '../../../core/jobs/manage.ts';
import { resumeIdleJobs, runSlice } from '../../../core/jobs/run.ts';
import { DAY, START } from '../../support/delivery-world.ts';
import { JobWorld, Outage } from '../../support/job-world.ts';
import { aRun } from '../../support/task-run.ts';

const MINUTE = 60_000;
const redrive = { kind: 'redrive', from: null } as const;
let world: JobWorld;
beforeEach(() => {
  world = new JobWorld();
});

function dead(count: number): void {
  for (let at = 0; at < count; at++) world.ended(`evt_${at}`, { updatedAt: START - MINUTE + at });
}

const total = () => Object.values(world.posted()).reduce((sum, count) => sum + count, 0);
const bodyOf = ({ id }: Job, turn = 0) => JSON.stringify({ v: 1, jobId: id, turn });
const messages = () => world.deliveries.queues.counts(world.queue);

/** Holds a call until it is released. */
function gate() {
  const [reached, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  return {
    hold: () => {
      reached.resolve();
      return opened.promise;
    },
    reached: reached.promise,
    open: opened.resolve,
  };
}

describe('a job', () => {
  it('of 1,000 deliveries sends each once, at most 100 a second', async () => {
    dead(1000);
    const job = await world.start(redrive);
    await world.run(MINUTE);
    expect(world.job(job)).toMatchObject({ status: 'completed', found: 1000, sent: 1000, skipped: 0 });
    expect([total(), Object.keys(world.posted()).length]).toEqual([1000, 1000]);
    const perSecond = Map.groupBy(world.sentAt, (at) => Math.floor(at / 1000));
    expect(Math.max(...perSecond.values().map((all) => all.length))).toBeLessThanOrEqual(100);
    expect(perSecond.size).toBe(10);
  });

  it('longer than a slice continues by message, and shows its progress', async () => {
    dead(5000);
    const job = await world.start(redrive);
    world.now += 2_000;
    await world.workOnJobs();
    expect(world.ends).toEqual(['continued']);
    expect(world.job(job)).toMatchObject({ status: 'running', sent: 4000, lease: null });
    await world.workOnJobs();
    expect(world.ends).toEqual(['continued', 'ended']);
    expect(world.job(job)).toMatchObject({ status: 'completed', sent: 5000 });
    expect(messages()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('starts no page that its invocation could not finish', async () => {
    dead(1000);
    const job = await world.start(redrive);
    const until = world.now + 18_000;
    const remainingMs = () => until - world.now;
    expect(await runSlice({ v: 1, jobId: job.id, turn: 0 }, { ...world.ports, remainingMs })).toBe('continued');
    expect(world.job(job)).toMatchObject({ status: 'running', sent: 300 });
  });

  it('is not read again once it has ended', async () => {
    dead(1);
    const job = await world.start(redrive);
    await world.run(10_000);
    dead(2);
    expect(await world.slice(bodyOf(job))).toBe('stale');
    expect(await world.slice(bodyOf(job, 1))).toBe('stale');
    expect(await world.slice(bodyOf({ ...job, id: 'job_unknown' }))).toBe('stale');
  });

  it('processes only deliveries that ended before it started, whatever end is requested', async () => {
    const job = await world.start({ ...redrive, to: START + DAY });
    expect(world.job(job)?.params.range).toEqual({ from: null, to: START });
  });
});

describe('a cancelled job', () => {
  it('stops after the current page, and keeps its counts', async () => {
    dead(1000);
    const job = await world.start(redrive);
    world.now += 2_000;
    const { wait } = world.ports;
    let pages = 0;
    world.ports.wait = async (ms) => {
      await wait(ms);
      pages += 1;
      if (pages === 3)
        expect(await cancelJob(job, SYSTEM, world.startPorts)).toMatchObject({ status: 'cancelled', sent: 300 });
    };
    await world.workOnJobs();
    await world.run(3 * MINUTE);
    expect(world.job(job)).toMatchObject({ status: 'cancelled', sent: 400, found: 400, lease: null });
    expect(total()).toBe(400);
    expect(await cancelJob(job, SYSTEM, world.startPorts)).toMatchObject({ status: 'cancelled', sent: 400 });
  });

  it('never starts if no runner has worked on it yet', async () => {
    dead(10);
    await cancelJob(await world.start(redrive), SYSTEM, world.startPorts);
    await world.run(5 * MINUTE);
    expect([total(), messages().visible]).toEqual([0, 0]);
  });

  it('cannot have completed or failed', async () => {
    const job = await world.start(redrive);
    await world.run(10_000);
    await expect(cancelJob(job, SYSTEM, world.startPorts)).rejects.toMatchObject({ kind: 'conflict' });
    expect(world.job(job)?.status).toBe('completed');
  });
});

describe('two runners', () => {
  it('that receive one message at the same time: one of them works', async () => {
    dead(10);
    const job = await world.start(redrive);
    const ends = await Promise.all([world.slice(bodyOf(job)), world.slice(bodyOf(job))]);
    expect(ends.toSorted()).toEqual(['ended', 'stale']);
    await world.run(10_000);
    expect([total(), world.job(job)?.sent]).toEqual([10, 10]);
  });

  it('of which one hung beyond its lease: the other continues, and the first stops without sending twice', async () => {
    dead(300);
    const job = await world.start(redrive);
    const { hold, open } = gate();
    let loads = 0;
    world.onLoad(async (load) => {
      const loaded = await load();
      loads += 1;
      if (loads === 2) await hold();
      return loaded;
    });
    const hung = world.slice(bodyOf(job));
    await world.run(5 * MINUTE);
    expect(world.job(job)).toMatchObject({ status: 'completed', sent: 300 });
    open();
    expect(await hung).toBe('ended');
    await world.run(3 * MINUTE);
    expect(world.job(job)).toMatchObject({ status: 'completed', sent: 300 });
    expect([total(), Object.keys(world.posted()).length]).toEqual([300, 300]);
  });

  it('whose lease was taken by another with a fast clock start no further page and send no message', async () => {
    dead(500);
    const job = await world.start(redrive);
    // The pages that are read to count what there is.
    const counting = 5;
    let loads = 0;
    world.onLoad(async (load) => {
      const loaded = await load();
      loads += 1;
      const seen = world.job(job) ?? job;
      const taken = {
        ...seen,
        lease: { token: 'other', until: world.now + MINUTE },
        turn: 2,
        revision: seen.revision + 1,
      };
      if (loads === counting + 2) world.jobs.jobs.set(job.id, taken);
      return loaded;
    });
    expect(await world.slice(bodyOf(job))).toBe('ended');
    expect([loads, world.job(job)?.lease?.token]).toEqual([counting + 2, 'other']);
    // The one that started the job.
    expect(messages()).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
    await world.run(10 * MINUTE);
    expect(world.job(job)).toMatchObject({ status: 'completed' });
    expect([total(), Object.keys(world.posted()).length]).toEqual([500, 500]);
  });

  it('never run one job: a message that arrives while it is running is stale', async () => {
    dead(1);
    const job = await world.start(redrive);
    world.jobs.jobs.set(job.id, { ...job, lease: { token: 'other', until: world.now + 1 } });
    expect(await world.slice(bodyOf(job))).toBe('stale');
    world.now += 1;
    expect(await world.slice(bodyOf(job))).toBe('ended');
  });

  it('of two jobs for the same deliveries send each once', async () => {
    dead(300);
    const jobs = [await world.start(redrive), await world.start({ kind: 'recover' })];
    await world.run(MINUTE);
    expect([total(), Object.keys(world.posted()).length]).toEqual([300, 300]);
    expect(jobs.map((job) => world.job(job)?.status)).toEqual(['completed', 'completed']);
  });
});

describe('the scheduled task', () => {
  it('resumes a job whose message was never sent', async () => {
    dead(10);
    const { jobQueue } = world.startPorts;
    world.startPorts.jobQueue = { send: () => Promise.reject(new Outage()) };
    await expect(world.start(redrive)).rejects.toThrow(Outage);
    world.startPorts.jobQueue = jobQueue;
    const [job] = world.jobs.jobs.values();
    await world.run(3 * MINUTE);
    expect(job && world.job(job)).toMatchObject({ status: 'completed', sent: 10 });
  });

  it('ignores jobs that are running, ran a moment ago, or have ended', async () => {
    dead(1000);
    const job = await world.start(redrive);
    world.now += MINUTE;
    expect(await resumeIdleJobs(aRun(world.deliveries.now), { ...world.startPorts, jobs: world.jobs })).toBe(0);
    const { wait } = world.ports;
    world.ports.wait = async (ms) => {
      await wait(ms);
      expect(await resumeIdleJobs(aRun(world.deliveries.now), { ...world.startPorts, jobs: world.jobs })).toBe(0);
    };
    expect(await world.slice(bodyOf(job))).toBe('ended');
    world.now += DAY;
    expect(await resumeIdleJobs(aRun(world.deliveries.now), { ...world.startPorts, jobs: world.jobs })).toBe(0);
  });

  it('resumes a job a minute after the lease of a crashed runner', async () => {
    const job = await world.start(redrive);
    world.jobs.jobs.set(job.id, { ...job, lease: { token: 'dead', until: world.now + 2 * MINUTE } });
    world.now += 3 * MINUTE;
    expect(await resumeIdleJobs(aRun(world.deliveries.now), { ...world.startPorts, jobs: world.jobs })).toBe(0);
    world.now += 1;
    expect(await resumeIdleJobs(aRun(world.deliveries.now), { ...world.startPorts, jobs: world.jobs })).toBe(1);
  });

  it('does no harm if a message was only late: one chain of messages continues', async () => {
    dead(5000);
    await world.start(redrive);
    world.now += 10 * MINUTE;
    for (let minute = 0; minute < 5; minute++)
      await resumeIdleJobs(aRun(world.deliveries.now), { ...world.startPorts, jobs: world.jobs });
    for (let message = 0; message < 6; message++) await world.workOnJobs(1);
    expect(world.ends.toSorted()).toEqual(['continued', 'stale', 'stale', 'stale', 'stale', 'stale']);
    expect(messages().visible).toBe(1);
  });
});

describe('an error', () => {
  it('on our side that repeats ends the job after five slices, with a message that reveals no data', async () => {
    dead(150);
    world.onLoad(() => Promise.reject(new TypeError('data of the customer')));
    const job = await world.start(redrive);
    await world.run(10 * MINUTE);
    expect(world.job(job)).toMatchObject({ status: 'failed', faults: 5, lease: null });
    expect(world.job(job)?.error).toBe(
      'Failed 5 times in a row at the same place (TypeError): see the log of the redrive function.',
    );
    expect(world.faults).toHaveLength(5);
    expect(messages()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('that is temporary is cleared by the next page', async () => {
    dead(900);
    let calls = 0;
    world.onLoad((load) => (calls++ % 2 === 0 ? Promise.reject(new TypeError()) : load()));
    const job = await world.start(redrive);
    await world.run(10 * MINUTE);
    expect(world.faults.length).toBeGreaterThan(5);
    expect(world.job(job)).toMatchObject({ status: 'completed', sent: 900, faults: 0 });
    expect(total()).toBe(900);
  });

  it('of AWS is waited out, however long it lasts', async () => {
    dead(10);
    let isOver = false;
    world.onLoad((load) => (isOver ? load() : Promise.reject(new Outage())));
    const job = await world.start(redrive);
    await world.run(10 * MINUTE);
    expect(world.job(job)).toMatchObject({ status: 'running', faults: 0 });
    isOver = true;
    await world.run(2 * MINUTE);
    expect(world.job(job)).toMatchObject({ status: 'completed', sent: 10 });
  });

  it('in the middle of a page keeps the counts of what was sent', async () => {
    dead(100);
    const { ledger } = world.ports;
    let refused = false;
    world.ports.ledger = {
      ...ledger,
      put: (record, expected) => {
        if (record.eventId !== 'evt_50' || refused) return ledger.put(record, expected);
        refused = true;
        return Promise.reject(new TypeError());
      },
    };
    const job = await world.start(redrive);
    await world.run(2 * MINUTE);
    expect(world.faults).toHaveLength(1);
    expect(world.job(job)).toMatchObject({ status: 'completed', found: 100, sent: 100 });
    expect([total(), Object.keys(world.posted()).length]).toEqual([100, 100]);
  });
});

describe('a requested job', () => {
  it('is stored once even if the response of the first write was lost', async () => {
    const { put } = world.jobs;
    world.startPorts.jobs = {
      find: world.jobs.find,
      put: async (...args) => {
        await put(...args);
        return put(...args);
      },
    };
    dead(1);
    const job = await world.start(redrive);
    await world.run(10_000);
    expect([world.jobs.jobs.size, world.job(job)?.status]).toEqual([1, 'completed']);
  });

  it.each([
    [{ from: START + 1, to: null }, 'from'],
    [{ from: START - 1, to: START - 2 }, 'from'],
  ])('is refused if the range is empty: %j', async (range, path) => {
    await expect(world.start({ ...redrive, ...range })).rejects.toMatchObject({ kind: 'invalid', faults: [{ path }] });
    expect(world.jobs.jobs.size).toBe(0);
  });
});
