import { beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM } from '../../../core/audit/audit.ts';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import { sendNow } from '../../../core/waiting-room/send-now.ts';
import { anEndpoint, START } from '../../support/delivery-world.ts';
import { JobWorld } from '../../support/job-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
let world: JobWorld;
beforeEach(() => {
  world = new JobWorld();
});

const waiting = (changes: Partial<DeliveryRecord> = {}) =>
  world.ended('evt_1', {
    ...{ status: 'waiting', waitingFor: 'backoff', deadLetter: null, attemptCount: 4 },
    nextAttemptAt: START + 5 * HOUR,
    next: { cycle: 1, step: 5 },
    ...changes,
  });
const send = (record: DeliveryRecord, state: 'active' | 'paused' | 'disabled' = 'active') =>
  sendNow(
    record,
    { endpoint: anEndpoint({ state }), actor: SYSTEM },
    { ...world.ports, audit: world.audit, clock: () => world.now, random: seededRandom(1) },
  );

describe('sending a waiting delivery now', () => {
  it('makes its next attempt at once, and none when its time would have come', async () => {
    const shown = await send(waiting());
    expect(shown).toMatchObject({ status: 'retrying', waitingFor: null, nextAttemptAt: START });
    await world.run(MINUTE);
    expect(world.posted()).toEqual({ evt_1: 1 });
    expect(world.deliveries.record('evt_1')).toMatchObject({ status: 'delivered', attemptCount: 5 });
    await world.run(6 * HOUR);
    expect(world.posted()).toEqual({ evt_1: 1 });
  });

  it('makes one attempt if two people do it, or the sweep at the same time', async () => {
    const record = waiting({ nextAttemptAt: START + 30_000 });
    await Promise.all([send(record), send(record), world.tick()]);
    await world.run(10 * MINUTE);
    expect(world.posted()).toEqual({ evt_1: 1 });
  });

  it('goes on with the schedule if the attempt fails', async () => {
    world.deliveries.answer = () => 500;
    await send(waiting());
    await world.run(MINUTE);
    expect(world.deliveries.record('evt_1')).toMatchObject({
      status: 'waiting',
      waitingFor: 'backoff',
      attemptCount: 5,
    });
  });

  it('is in the audit trail before it is done', async () => {
    world.ports.queue = {
      send: async () => {
        throw new Error('SQS is away');
      },
    };
    await expect(send(waiting())).rejects.toThrow('SQS is away');
    expect([...world.audit.entries.values()]).toMatchObject([{ action: 'delivery.sent_now', actor: SYSTEM }]);
    expect(world.deliveries.record('evt_1')).toMatchObject({ status: 'waiting', nextAttemptAt: START + 5 * HOUR });
  });

  it.each<[string, Partial<DeliveryRecord>, 'active' | 'disabled', string]>([
    ['is delivered', { status: 'delivered', waitingFor: null }, 'active', 'This delivery is delivered'],
    ['is on its way', { status: 'retrying', waitingFor: null }, 'active', 'This delivery is retrying'],
    ['waits for a paused endpoint', { waitingFor: 'paused' }, 'active', 'set its state to active'],
    ['waits for an open circuit', { waitingFor: 'circuit' }, 'active', 'test it when its receiver works again'],
    ['waits for its turn', { waitingFor: 'rate_limit' }, 'active', 'raise the limit'],
    ['is for a disabled endpoint', {}, 'disabled', 'set its state to active'],
  ])('is refused for one that %s, with what to do, and does nothing', async (_, changes, state, message) => {
    await expect(send(waiting(changes), state)).rejects.toThrow(message);
    expect([world.sent, world.audit.entries.size]).toEqual([[], 0]);
  });
});
