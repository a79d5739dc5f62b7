import { beforeEach, describe, expect, it } from 'vitest';
import { HEARTBEAT_ENDPOINT_ID } from '../../../core/heartbeat/endpoint.ts';
import { HEARTBEAT_TENANT } from '../../../core/tenant.ts';
import { ApiWorld } from '../../support/api-world.ts';

let world: ApiWorld;
beforeEach(() => {
  world = new ApiWorld();
});

describe('the state of the installation', () => {
  it('names every queue, every dead-letter queue, every task and the limits', async () => {
    const { body } = await world.get('/v1/system');
    expect(body).toMatchObject({
      stage: 'test',
      time: new Date(world.now).toISOString(),
      oldest_dead_letter_at: null,
      limits: {
        requests_per_second: 500,
        burst: 250,
        event_bytes: 1_048_576,
        events_per_request: 100,
        retention_days: 30,
      },
    });
    expect(body).toHaveProperty('queues.length', 8);
    expect(body).toHaveProperty('dead_letter_queues.length', 6);
    expect(body).toHaveProperty('ticks.length', 8);
  });

  it('says when each scheduled task last ended well', async () => {
    world.ticks.set('sweep', world.now - 60_000);
    const { ticks } = (await world.get('/v1/system')).body as { ticks: { task: string; at: string | null }[] };
    expect(ticks.find(({ task }) => task === 'sweep')?.at).toBe(new Date(world.now - 60_000).toISOString());
    expect(ticks.find(({ task }) => task === 'outbox')?.at).toBeNull();
  });

  it('says how old the oldest dead letter is, as long as there are letters', async () => {
    const endpoint = await world.endpoint();
    const hour = Math.floor(world.now / 3_600_000) * 3_600_000;
    await world.ledger.countDeaths([{ eventId: `evt_${'0'.repeat(26)}`, endpointId: endpoint, hour, by: 1 }]);
    expect((await world.get('/v1/system')).body).toMatchObject({ oldest_dead_letter_at: null });
    world.deadLetterDepths = { deliveries: { waiting: 1, inFlight: 0, delayed: 0 } };
    expect((await world.get('/v1/system')).body).toMatchObject({
      oldest_dead_letter_at: new Date(hour).toISOString(),
      dead_letter_queues: expect.arrayContaining([{ name: 'deliveries', waiting: 1, in_flight: 0, delayed: 0 }]),
    });
  });

  it('says when the newest heartbeat was sent, and whether it arrived', async () => {
    expect((await world.get('/v1/system')).body).toMatchObject({ heartbeat: null });
    const event = world.event([HEARTBEAT_ENDPOINT_ID], { tenant: HEARTBEAT_TENANT });
    world.delivery(event, HEARTBEAT_ENDPOINT_ID, { deliveredAt: world.now, createdAt: world.now });
    const sent = new Date(event.acceptedAt).toISOString();
    expect((await world.get('/v1/system')).body).toMatchObject({
      heartbeat: { at: sent, delivered_at: new Date(world.now).toISOString() },
    });
    world.ports.stage.heartbeat = false;
    expect((await world.get('/v1/system')).body).toMatchObject({ heartbeat: null });
  });

  it('is for keys that are bound to no tenant', async () => {
    expect((await world.get('/v1/system', world.key({ tenant: 'acme' }))).status).toBe(403);
    expect((await world.get('/v1/system', world.key({ role: 'viewer' }))).status).toBe(403);
  });
});
