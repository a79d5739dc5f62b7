import { beforeEach, describe, expect, it } from 'vitest';
import { startOf } from '../../../core/deliveries/advance.ts';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import { sweepDue } from '../../../core/waiting-room/sweep.ts';
import { createMemoryWaitingRoom } from '../../fakes/deliveries.ts';
import { aMessage, DeliveryWorld, START } from '../../support/delivery-world.ts';
import { aRun } from '../../support/task-run.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let world: DeliveryWorld;
beforeEach(() => {
  world = new DeliveryWorld();
});

/** One sweep of all shards. @returns what it tells of deliveries that are late, the shards in any order. */
async function sweep(shards = 1): Promise<number[]> {
  const told: number[] = [];
  const room = createMemoryWaitingRoom(world.ledger);
  await sweepDue(aRun(world.now), {
    ...{ room, ledger: world.ledger, queue: world.ports.queue, clock: () => world.now, shards },
    overdue: (lateMs) => told.push(lateMs),
  }).catch(() => undefined);
  return told;
}

async function waiting(eventId: string, changes: Partial<DeliveryRecord>): Promise<void> {
  const record = startOf(aMessage({ eventId }), START);
  await world.ledger.put({ ...record, status: 'waiting', waitingFor: 'backoff', revision: 1, ...changes }, null);
}

describe('a sweep of the waiting room tells how late its most overdue delivery is', () => {
  it('which is not late at all if nothing is due, or due within the next minute', async () => {
    expect(await sweep()).toEqual([0]);
    await waiting('evt_1', { nextAttemptAt: START + 30_000 });
    expect(await sweep()).toEqual([0]);
  });

  it('of those that it sends', async () => {
    await waiting('evt_1', { nextAttemptAt: START - 2 * MINUTE });
    await waiting('evt_2', { nextAttemptAt: START - 7 * MINUTE });
    await waiting('evt_3', { nextAttemptAt: START + 30_000 });

    expect(await sweep()).toEqual([7 * MINUTE]);
    expect(await sweep()).toEqual([0]);
  });

  it('again and again while they cannot be sent', async () => {
    await waiting('evt_1', { nextAttemptAt: START - MINUTE });
    world.ports.queue = { send: () => Promise.reject(new Error('SQS is unavailable')) };

    expect(await sweep()).toEqual([MINUTE]);
    world.now += MINUTE;
    expect(await sweep()).toEqual([2 * MINUTE]);
  });

  it('without those that are held, or whose message is on its way', async () => {
    await waiting('evt_held', { waitingFor: 'paused' });
    await waiting('evt_slot', { waitingFor: 'rate_limit', slot: START + MINUTE, nextAttemptAt: START + MINUTE });
    await waiting('evt_sent', { status: 'retrying', waitingFor: null, nextAttemptAt: START + MINUTE });
    world.now += HOUR;

    expect(await sweep()).toEqual([0]);
  });

  it('and of one whose message was lost, how long ago it counts as lost', async () => {
    await waiting('evt_1', { status: 'retrying', waitingFor: null, nextAttemptAt: START + MINUTE });
    // An hour after it was expected, and then the next quarter of an hour since the event's acceptance.
    world.now += HOUR + 18 * MINUTE;

    expect(await sweep()).toEqual([3 * MINUTE]);
  });
});
