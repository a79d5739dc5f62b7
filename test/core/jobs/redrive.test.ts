import { beforeEach, describe, expect, it } from 'vitest';
import { anEndpoint, DAY, START } from '../../support/delivery-world.ts';
import { JobWorld } from '../../support/job-world.ts';

const MINUTE = 60_000;
let world: JobWorld;
beforeEach(() => {
  world = new JobWorld();
});

const statusOf = (eventId: string, endpointId = 'ep_1') => world.deliveries.record(eventId, endpointId)?.status;
const redrive = { kind: 'redrive', endpointId: null, from: null } as const;

describe('a redrive', () => {
  it('sends dead deliveries again in a new cycle, and nothing else', async () => {
    world.ended('evt_1');
    world.ended('evt_2', { next: { cycle: 3, step: 4 } });
    world.ended('evt_3', { status: 'discarded', deadLetter: null, discardReason: 'unsubscribed' });
    world.ended('evt_4', { status: 'delivered', deadLetter: null });
    const job = await world.start(redrive);
    await world.run(10_000);
    expect(world.posted()).toEqual({ evt_1: 1, evt_2: 1 });
    expect(world.deliveries.record('evt_2')).toMatchObject({
      status: 'delivered',
      next: { cycle: 4 },
      attemptCount: 1,
    });
    expect(world.job(job)).toMatchObject({
      status: 'completed',
      found: 2,
      sent: 2,
      skipped: 0,
      lease: null,
      error: null,
    });
  });

  it('selects only those of its tenant, endpoint, type and time of death', async () => {
    world.deliveries.endpoints.set('ep_2', anEndpoint({ id: 'ep_2' }));
    world.deliveries.endpoints.set('ep_3', anEndpoint({ id: 'ep_3', tenant: 'other' }));
    world.ended('evt_wanted');
    world.ended('evt_elsewhere', { endpointId: 'ep_2' });
    world.ended('evt_foreign', { endpointId: 'ep_3', tenant: 'other' });
    world.ended('evt_type', { eventType: 'order.paid' });
    world.ended('evt_early', { updatedAt: START - 2 * MINUTE - 1 });
    world.ended('evt_first', { updatedAt: START - 2 * MINUTE });
    world.ended('evt_late', { updatedAt: START - 30_000 });
    const range = { from: START - 2 * MINUTE, to: START - 30_000 };
    const job = await world.start({ kind: 'redrive', eventType: 'order.created', ...range });
    await world.run(10_000);
    expect(world.posted()).toEqual({ evt_wanted: 1, evt_first: 1 });
    expect(world.job(job)).toMatchObject({ found: 2, sent: 2 });
  });

  it('of a tenant sends nothing of another', async () => {
    world.deliveries.endpoints.set('ep_3', anEndpoint({ id: 'ep_3', tenant: 'other' }));
    world.ended('evt_1');
    world.ended('evt_2', { endpointId: 'ep_3', tenant: 'other' });
    await world.start(redrive);
    await world.run(10_000);
    expect(world.posted()).toEqual({ evt_1: 1 });
  });

  it('of all tenants sends the dead deliveries of each', async () => {
    world.deliveries.endpoints.set('ep_3', anEndpoint({ id: 'ep_3', tenant: 'other' }));
    world.ended('evt_1');
    world.ended('evt_2', { endpointId: 'ep_3', tenant: 'other' });
    await world.start({ ...redrive, tenant: null });
    await world.run(10_000);
    expect(world.posted()).toEqual({ evt_1: 1, evt_2: 1 });
  });

  it('skips and counts what cannot be sent: endpoint disabled or deleted, payload about to expire', async () => {
    world.deliveries.endpoints.set('ep_2', anEndpoint({ id: 'ep_2', state: 'disabled', disabledReason: 'manual' }));
    world.ended('evt_1');
    world.ended('evt_2', { endpointId: 'ep_2' });
    world.ended('evt_3', { endpointId: 'ep_gone' });
    world.ended('evt_4', { expiresAt: START + 60 * MINUTE });
    const job = await world.start(redrive);
    await world.run(10_000);
    expect(world.posted()).toEqual({ evt_1: 1 });
    expect(world.job(job)).toMatchObject({ status: 'completed', found: 4, sent: 1, skipped: 3 });
    expect([statusOf('evt_2', 'ep_2'), statusOf('evt_3', 'ep_gone'), statusOf('evt_4')]).toEqual([
      'dead',
      'dead',
      'dead',
    ]);
  });

  it('sends nothing that the stale index shows but that has been sent again and died again', async () => {
    const { records } = world.deliveries.ledger;
    const dead = world.ended('evt_1');
    const { ended } = world.ports.ended;
    world.ports.ended = {
      ended: async (...args) => {
        const page = await ended(...args);
        records.set('evt_1/ep_1', { ...dead, next: { cycle: 2, step: 1 }, updatedAt: START + 1, revision: 5 });
        return page;
      },
    };
    const job = await world.start(redrive);
    await world.run(10_000);
    expect(world.posted()).toEqual({});
    expect(world.job(job)).toMatchObject({ status: 'completed', found: 0 });
  });

  it('sends nothing that the stale index shows but that has been delivered', async () => {
    const { records } = world.deliveries.ledger;
    const dead = world.ended('evt_1');
    const ended = world.ports.ended.ended;
    world.ports.ended = {
      ended: async (...args) => {
        const page = await ended(...args);
        records.set('evt_1/ep_1', { ...dead, status: 'delivered', deadLetter: null, revision: 2 });
        return page;
      },
    };
    const job = await world.start(redrive);
    await world.run(10_000);
    expect(world.posted()).toEqual({});
    expect(world.job(job)).toMatchObject({ status: 'completed', found: 0 });
  });

  it('sends nothing that is acknowledged between the read of its record and the write', async () => {
    const { records } = world.deliveries.ledger;
    const dead = world.ended('evt_1');
    world.onLoad(async (load) => {
      const loaded = await load();
      records.set('evt_1/ep_1', { ...dead, status: 'delivered', deadLetter: null, revision: 2 });
      return loaded;
    });
    const job = await world.start(redrive);
    await world.run(3 * MINUTE);
    expect([world.posted(), statusOf('evt_1')]).toEqual([{}, 'delivered']);
    expect(world.job(job)).toMatchObject({ status: 'completed', sent: 0 });
  });

  it('includes deliveries whose filter exceeded its limit: they are dead, without a dead letter', async () => {
    world.ended('evt_1', { deadLetter: null, deathReason: 'filter', attemptCount: 0 });
    await world.start(redrive);
    await world.run(10_000);
    expect(world.posted()).toEqual({ evt_1: 1 });
  });

  it('leaves stale dead letters behind: moved back, they send nothing', async () => {
    world.addDeadLetter(world.ended('evt_1'));
    await world.start(redrive);
    await world.run(10_000);
    const { queues, deadLetters } = world.deliveries;
    queues.startMoveTask({ sourceArn: deadLetters, destinationArn: world.deliveries.queue });
    queues.advance();
    await world.run(10_000);
    expect(world.posted()).toEqual({ evt_1: 1 });
    expect(queues.counts(deadLetters).visible).toBe(0);
  });

  it('does not include deliveries that die during the redrive', async () => {
    world.deliveries.answer = () => 410;
    world.ended('evt_1');
    const job = await world.start(redrive);
    await world.run(5 * MINUTE);
    expect(world.posted()).toEqual({ evt_1: 1 });
    expect(world.job(job)).toMatchObject({ status: 'completed', sent: 1 });
  });

  it('to an endpoint that does not answer is held like any other delivery', async () => {
    world.deliveries.change('ep_1', { state: 'paused' });
    world.ended('evt_1');
    await world.start(redrive);
    await world.run(10_000);
    expect(world.deliveries.record('evt_1')).toMatchObject({ status: 'waiting', waitingFor: 'paused' });
  });
});

describe('a recovery', () => {
  it('waits until no container has the endpoint cached from before its last change', async () => {
    world.deliveries.endpoints.set('ep_1', anEndpoint({ updatedAt: START - 1_000 }));
    world.deliveries.endpoints.set('ep_2', anEndpoint({ id: 'ep_2', updatedAt: START - DAY }));
    world.ended('evt_1');
    world.ended('evt_2', { endpointId: 'ep_2' });
    world.event('evt_3');
    const jobs = [{ kind: 'redrive', endpointId: null } as const, { kind: 'replay_missing' } as const];
    for (const job of jobs) await world.slice(JSON.stringify({ v: 1, jobId: (await world.start(job)).id, turn: 0 }));
    const delays = world.sent.map(({ message, delaySeconds }) => [message.eventId, delaySeconds]);
    expect(Object.fromEntries(delays)).toEqual({ evt_1: 4, evt_2: 0, evt_3: 4 });
  });

  it('sends deliveries whose filter exceeded its limit, without evaluating the filter again', async () => {
    world.deliveries.change('ep_1', { filter: 'data.never' });
    world.ended('evt_1', { deadLetter: null, deathReason: 'filter', attemptCount: 0 });
    const job = await world.start({ kind: 'recover' });
    await world.run(10_000);
    expect([world.posted(), world.job(job)?.sent]).toEqual([{ evt_1: 1 }, 1]);
    expect(world.deliveries.record('evt_1')).toMatchObject({
      status: 'delivered',
      deathReason: null,
      next: { cycle: 2 },
    });
  });

  it('sends everything dead or discarded since a time, even if no longer subscribed to', async () => {
    world.deliveries.change('ep_1', { eventTypes: ['invoice.*'] });
    world.ended('evt_1');
    world.ended('evt_2', { status: 'discarded', deadLetter: null, discardReason: 'endpoint_disabled' });
    world.ended('evt_3', { updatedAt: START - 2 * DAY });
    world.ended('evt_4', { status: 'discarded', deadLetter: null, updatedAt: START - 2 * DAY });
    world.ended('evt_5', { status: 'delivered', deadLetter: null });
    world.ended('evt_6', { endpointId: 'ep_2' });
    const job = await world.start({ kind: 'recover' });
    await world.run(10_000);
    expect(world.posted()).toEqual({ evt_1: 1, evt_2: 1 });
    expect(world.job(job)).toMatchObject({ status: 'completed', found: 2, sent: 2, skipped: 0 });
  });
});
