import { beforeEach, describe, expect, it } from 'vitest';
import type { DeathCounts } from '../../../core/dead-letters/recount.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../core/durations.ts';
import { aMessage, anEndpoint, START } from '../../support/delivery-world.ts';
import { DeadLetterWorld, EXPIRES_SOON } from './world.ts';

let world: DeadLetterWorld;
beforeEach(() => {
  world = new DeadLetterWorld();
});

const eventIds = (count: number, name = 'evt') => Array.from({ length: count }, (_, at) => `${name}_${at}`);

/** Deliveries whose only attempt fails, with their dead letters in the queue. */
async function die(...events: string[]): Promise<void> {
  world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, max_attempts: 1 } });
  world.answer = () => 500;
  for (const eventId of events) await world.send(aMessage({ eventId }));
  await world.run(MINUTE_MS);
}

/** As an older version left it, or a lost write: the counts know of nothing. */
const forgetCounts = () => world.ledger.deaths.clear();
const counted = () => [...world.ledger.deaths.values()].reduce((sum, deaths) => sum + deaths, 0);
const remembered = async () => {
  const state = await world.reconcilePorts.state.find();
  if (state === undefined) throw new Error('Nothing is remembered yet.');
  return state;
};

/** Reconciles each minute. @returns the minutes in which the queue was read. */
async function looksIn(minutes: number, eachMinute: (minute: number) => void = () => undefined): Promise<number[]> {
  const looks: number[] = [];
  for (let minute = 0; minute < minutes; minute++) {
    const before = world.receives;
    eachMinute(minute);
    await world.reconcile();
    if (world.receives > before) looks.push(minute);
    world.now += MINUTE_MS;
  }
  return looks;
}

describe('each run tells how letters and records compare', () => {
  const told: { unexplained: number; days: number }[] = [];
  beforeEach(() => {
    told.length = 0;
    world.reconcilePorts.compared = ({ unexplained, oldestMs }) => {
      told.push({ unexplained, days: Math.round((oldestMs / DAY_MS) * 100) / 100 });
    };
  });

  it('without letters', async () => {
    await world.reconcile();
    expect(told).toEqual([{ unexplained: 0, days: 0 }]);
  });

  it('with the age of the oldest letter, and again once it is redriven', async () => {
    await die('evt_1');
    world.now += 5 * DAY_MS;
    await die('evt_2');
    await world.reconcile();
    expect(told).toEqual([{ unexplained: 0, days: 5 }]);

    const dead = world.record('evt_1');
    if (dead === undefined) throw new Error('The delivery has no record.');
    await world.replay(dead, anEndpoint());
    await world.run(MINUTE_MS);
    await world.reconcile();
    await world.reconcile();
    expect(told.at(-1)).toEqual({ unexplained: 0, days: 0 });
  });

  it('with the letters that no record explains, for as long as they are there', async () => {
    world.queues.send(world.deadLetters, { body: 'not a delivery' });
    for (let minute = 0; minute < 3; minute++) await world.reconcile();
    expect(told).toEqual(Array.from({ length: 3 }, () => ({ unexplained: 1, days: 0 })));
  });

  it('and not that letters are missing', async () => {
    await die('evt_1');
    world.queues.purge(world.deadLetters);
    await world.reconcile();
    expect(told).toEqual([{ unexplained: 0, days: 0 }]);
  });
});

describe('a death is counted', () => {
  it('when the delivery dies, and no longer once it is replayed', async () => {
    await die('evt_1', 'evt_2');
    expect(counted()).toBe(2);
    const dead = world.record('evt_1');
    if (dead === undefined) throw new Error('The delivery has no record.');
    await world.replay(dead, anEndpoint());
    expect(counted()).toBe(1);
  });

  it('no longer once its redriven message is adopted, and again when that dies', async () => {
    await die('evt_1');
    world.redrive();
    const { secrets } = world.ports;
    world.ports.secrets = { open: () => Promise.reject(new Error('KMS is down')) };
    await world.run(MINUTE_MS);
    expect(world.record('evt_1')?.status).toBe('retrying');
    expect(counted()).toBe(0);
    world.ports.secrets = secrets;
    await world.run(HOUR_MS);
    expect(world.record('evt_1')?.status).toBe('dead');
    expect(counted()).toBe(1);
  });

  it('when the reconciliation records an error on our side, in the hour of that', async () => {
    await world.send(aMessage(EXPIRES_SOON));
    world.crash();
    world.now = START + 3 * HOUR_MS + 1;
    await world.reconcile();
    expect([...world.ledger.deaths]).toEqual([[START + 3 * HOUR_MS, 1]]);
  });

  it('only once it is not sent again by itself', async () => {
    await world.send(aMessage());
    world.crash();
    await world.reconcile();
    expect(counted()).toBe(0);
  });
});

describe('a recount', () => {
  it('counts the dead deliveries of an older version at once, so that the queue is not read', async () => {
    await die(...eventIds(9));
    forgetCounts();
    expect(await looksIn(3)).toEqual([]);
    expect(counted()).toBe(9);
  });

  it('finds lost counts within a day, and is not repeated before', async () => {
    await world.reconcile();
    await die(...eventIds(9));
    const days: number[] = [];
    const { recount } = world.reconcilePorts.deaths;
    world.reconcilePorts.deaths.recount = (day, ...rest) => {
      days.push(day);
      return recount(day, ...rest);
    };
    await world.reconcile();
    forgetCounts();
    world.now += DAY_MS - 2 * MINUTE_MS;
    await world.reconcile();
    expect([days.length, counted()]).toEqual([0, 0]);
    world.now += 2 * MINUTE_MS;
    await world.reconcile();
    expect([days.length, counted()]).toEqual([15, 9]);
    await world.reconcile();
    expect(days).toHaveLength(15);
  });

  it('leaves the present hour alone: its deaths may not be in the index yet', async () => {
    await world.reconcile();
    world.now += DAY_MS + 3 * MINUTE_MS;
    await die('evt_1');
    forgetCounts();
    await world.reconcile();
    expect(counted()).toBe(0);
  });

  it('goes on where time ran out, in the next runs', async () => {
    const { recount } = world.reconcilePorts.deaths;
    const days: number[] = [];
    let remaining = 60_000;
    world.reconcilePorts.remainingMs = () => remaining;
    world.reconcilePorts.deaths.recount = (day, ...rest) => {
      days.push(Math.floor((day - START) / DAY_MS));
      remaining -= 6_000;
      return recount(day, ...rest);
    };
    for (let run = 0; run < 4; run++) {
      remaining = 60_000;
      await world.reconcile();
    }
    expect(days).toEqual(Array.from({ length: 15 }, (_, at) => at - 15));
    expect(await remembered()).toMatchObject({ recountedAt: START, recounting: null });
  });

  it('that fails is reported and tried again, and does not keep letters from being repaired', async () => {
    const { recount } = world.reconcilePorts.deaths;
    world.reconcilePorts.deaths.recount = () => Promise.reject(new Error('throttled'));
    await world.send(aMessage());
    world.crash();
    await expect(world.reconcile()).rejects.toThrow('1 faults');
    expect(world.record()).toMatchObject({ status: 'waiting', lastError: 'our_fault' });
    world.reconcilePorts.deaths.recount = recount;
    await world.reconcile();
    expect(await remembered()).toMatchObject({ recountedAt: world.now });
  });
});

describe('deaths that the queue no longer keeps', () => {
  it('count no longer, and those that it may just have deleted make no difference', async () => {
    await world.reconcile();
    await die(...eventIds(5));
    const died = world.now;
    await die('evt_later');
    expect(await looksIn(1)).toEqual([]);
    // Two hours around the end of the retention, in which the queue has deleted none, some or all of them.
    world.now = died + 14 * DAY_MS - 30 * MINUTE_MS;
    const { deadLetters } = world.reconcilePorts;
    for (const left of [6, 3, 0]) {
      deadLetters.count = async () => left;
      await world.reconcilePorts.state.put({ ...(await remembered()), lookedAt: world.now, recountedAt: world.now });
      expect(await looksIn(1)).toEqual([]);
    }
    world.now = died + 14 * DAY_MS + 3 * HOUR_MS;
    await world.reconcilePorts.state.put({ ...(await remembered()), lookedAt: world.now, recountedAt: world.now });
    deadLetters.count = async () => 0;
    expect(await looksIn(1)).toEqual([]);
    deadLetters.count = async () => 1;
    expect(await looksIn(1)).toEqual([0]);
  });
});

describe('the dead-letter queue', () => {
  const given = (count: () => number, deaths: () => number) => {
    world.reconcilePorts.deadLetters.count = async () => count();
    const since: DeathCounts['since'] = async () => new Map([[START, deaths()]]);
    world.reconcilePorts.deaths = { since, recount: async () => undefined };
  };

  it('is looked through once in ten minutes while a small difference comes and goes', async () => {
    const off = [3, -2, 5, 0, 1, -4, 2];
    let minute = 0;
    given(
      () => 1_000 + (off[minute % off.length] ?? 0),
      () => 1_000,
    );
    const looks = await looksIn(61, (now) => {
      minute = now;
    });
    expect(looks.length).toBeLessThanOrEqual(7);
    expect(looks.length).toBeGreaterThanOrEqual(5);
  });

  it('is looked through at once when the difference grows by more than a hundredth of the queue', async () => {
    let more = 5;
    given(
      () => 1_000 + more,
      () => 1_000,
    );
    expect(
      await looksIn(6, (minute) => {
        more = minute < 3 ? 5 : 16;
      }),
    ).toEqual([0, 3]);
  });

  it('rests ten minutes for each run that a fruitless look took, at most a day', async () => {
    given(
      () => 6_000,
      () => 5_000,
    );
    const restAfter = async (looked: number) => {
      await world.reconcilePorts.state.put({
        ...{ recountedAt: world.now, recounting: null, lookedAt: world.now, looked, rest: null },
      });
      await world.reconcile();
      return ((await remembered()).rest?.until ?? world.now) - world.now;
    };
    await world.reconcile();
    expect(await restAfter(0)).toBe(10 * MINUTE_MS);
    expect(await restAfter(5_900)).toBe(30 * MINUTE_MS);
    expect(await restAfter(10_000_000)).toBe(DAY_MS);
  });

  it('is looked through once an hour although the numbers agree: two differences may hide each other', async () => {
    await die('evt_1');
    await world.reconcile();
    // One letter failed on our side, and the counts have one death too many.
    await world.send(aMessage({ eventId: 'evt_2' }));
    world.crash();
    const [[hour = 0] = []] = world.ledger.deaths;
    world.ledger.deaths.set(hour, 2);
    world.reconcilePorts.deaths.recount = async () => undefined;
    const dueIn = Math.ceil(((await remembered()).lookedAt + HOUR_MS - world.now) / MINUTE_MS);
    expect(await looksIn(dueIn + 1)).toEqual([dueIn]);
    expect(world.record('evt_2')).toMatchObject({ status: 'waiting', lastError: 'our_fault' });
  });

  it('is looked through once in an hour for each run that it takes, and at least once a day', async () => {
    const isLookedThrough = async (count: number, hours: number) => {
      given(
        () => count,
        () => count,
      );
      await world.reconcilePorts.state.put({
        ...{ recountedAt: world.now, recounting: null, lookedAt: world.now - hours * HOUR_MS, looked: 0, rest: null },
      });
      return (await looksIn(1)).length === 1;
    };
    expect(await isLookedThrough(2_000, 0.9)).toBe(false);
    expect(await isLookedThrough(2_000, 1)).toBe(true);
    expect(await isLookedThrough(10_000, 4.9)).toBe(false);
    expect(await isLookedThrough(10_000, 5)).toBe(true);
    expect(await isLookedThrough(1_000_000, 23.9)).toBe(false);
    expect(await isLookedThrough(1_000_000, 24)).toBe(true);
  });

  it('is not read at all while it is empty and nothing is dead', async () => {
    expect(await looksIn((DAY_MS / MINUTE_MS) * 3)).toEqual([]);
  });

  it('is read by one environment after another as by one: what is known is stored', async () => {
    world.queues.send(world.deadLetters, { body: 'not JSON' });
    const environments = [world.reconcilePorts, { ...world.reconcilePorts }, { ...world.reconcilePorts }];
    const looks = await looksIn(9, (minute) => {
      world.reconcilePorts = environments[minute % 3] ?? world.reconcilePorts;
    });
    expect(looks).toEqual([0]);
  });
});
