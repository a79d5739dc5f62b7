import { beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM } from '../../../core/audit/audit.ts';
import { startOf } from '../../../core/deliveries/advance.ts';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import { sendNow } from '../../../core/deliveries/send-now.ts';
import { freshHealth } from '../../../core/endpoints/health.ts';
import { aMessage, anEndpoint, DeliveryWorld, START } from '../../support/delivery-world.ts';

const HOUR = 3_600_000;
let world: DeliveryWorld;
beforeEach(() => {
  world = new DeliveryWorld();
});

/** Stores a delivery that waits for its third attempt. */
function waiting(changes: Partial<DeliveryRecord> = {}): DeliveryRecord {
  const record: DeliveryRecord = {
    ...startOf(aMessage(), START - HOUR),
    status: 'waiting',
    waitingFor: 'backoff',
    next: { cycle: 1, step: 3 },
    attemptCount: 2,
    nextAttemptAt: START + HOUR,
    revision: 1,
    ...changes,
  };
  world.ledger.records.set('evt_1/ep_1', record);
  return record;
}

const ports = () => ({
  ledger: world.ledger,
  queue: world.ports.queue,
  audit: world.audit,
  clock: () => world.now,
  random: world.random,
});
const act = (record: DeliveryRecord, changed: Partial<ReturnType<typeof ports>> = {}) =>
  sendNow(record, { endpoint: anEndpoint(), actor: SYSTEM }, { ...ports(), ...changed });

describe('a delivery that is sent now', () => {
  it('is attempted at once, as its next attempt', async () => {
    await act(waiting());
    await world.run(5_000);
    expect(world.posts).toHaveLength(1);
    expect(world.record('evt_1')).toMatchObject({ status: 'delivered', next: { cycle: 1 }, attemptCount: 3 });
  });

  it('twice from the same sight of it makes one POST', async () => {
    const record = waiting();
    await Promise.all([act(record), act(record)]);
    await world.run(HOUR);
    expect(world.posts).toHaveLength(1);
  });

  it('while the sweep sends it too makes one POST', async () => {
    const record = waiting({ nextAttemptAt: START + 30_000 });
    await world.tick();
    await act(record);
    await world.run(HOUR);
    expect(world.posts).toHaveLength(1);
  });

  it('is left where others have moved it meanwhile', async () => {
    const record = waiting();
    const delivered = waiting({ status: 'delivered', waitingFor: null, deliveredAt: START, revision: 2 });
    expect(await act(record)).toEqual(delivered);
    await world.run(HOUR);
    expect([world.record('evt_1')?.status, world.posts]).toEqual(['delivered', []]);
  });

  it('still waits if its message could not be sent', async () => {
    const record = waiting();
    const send = () => Promise.reject(new Error('no queue'));
    await expect(act(record, { queue: { send } })).rejects.toThrow('no queue');
    expect(world.record('evt_1')).toEqual(record);
    expect([...world.audit.entries.values()]).toMatchObject([{ action: 'delivery.sent_now' }]);
  });

  it('is the probe of an open circuit before its interval has passed, and its retry is not', async () => {
    const openUntil = START + 2 * HOUR;
    const circuit = { openUntil, intervalMs: HOUR, releasedFor: null, probe: null };
    const lastFailureAt = START - HOUR;
    world.health.set('ep_1', { ...freshHealth('ep_1'), lastFailureAt, circuit, consecutiveFailures: 10, revision: 1 });
    world.answer = () => 503;
    await act(waiting({ waitingFor: 'circuit', nextAttemptAt: null }));
    await world.run(30 * 60_000);
    expect(world.posts).toHaveLength(1);
    expect(world.record('evt_1')).toMatchObject({ status: 'waiting', waitingFor: 'circuit', attemptCount: 3 });
  });

  it('is asked for by its own message alone, not by those that follow', async () => {
    const sent: (boolean | undefined)[] = [];
    const { queue } = world.ports;
    world.ports.queue = {
      send: (messages) => {
        sent.push(...messages.map(({ message }) => message.requested));
        return queue.send(messages);
      },
    };
    world.answer = (post) => (post === 1 ? 503 : 200);
    world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, initial_delay_seconds: 1, backoff_factor: 1 } });
    await act(waiting());
    await world.run(60_000);
    expect([world.record('evt_1')?.status, sent]).toEqual(['delivered', [true, undefined]]);
  });
});
