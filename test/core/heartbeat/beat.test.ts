import { expect, it } from 'vitest';
import { HEARTBEAT_TENANT } from '../../../core/tenant.ts';
import { START } from '../../support/delivery-world.ts';
import { HeartbeatWorld } from './heartbeat-world.ts';

it('arrives once its delivery is acknowledged, and takes as long as that took', async () => {
  const world = new HeartbeatWorld();
  world.recordAt = (ms) => (ms < 700 ? undefined : { status: 'delivered', deliveredAt: START + 700 });

  expect(await world.beat()).toEqual({ arrived: true, eventId: 'evt_1', ms: 700 });

  expect(world.published).toEqual([{ type: 'postrider_heartbeat', tenant: HEARTBEAT_TENANT, data: {} }]);
  expect(world.looks).toBe(2);
});

it('fails with the status if publishing is refused, without waiting', async () => {
  const world = new HeartbeatWorld();
  world.answer = { status: 403, eventId: undefined };

  expect(await world.beat()).toMatchObject({ arrived: false, why: 'Publishing was refused with status 403.' });
  expect(world.looks).toBe(0);
});

it('fails after a minute with the last known state, having looked seldom', async () => {
  const world = new HeartbeatWorld();
  world.recordAt = () => ({ status: 'retrying', attemptCount: 3, lastError: 'HTTP 401' });

  expect(await world.beat()).toMatchObject({
    arrived: false,
    why: 'Not delivered within 60 s: it is retrying after 3 attempts, the last of which failed: HTTP 401.',
  });
  expect(world.now - START).toBe(60_000);
  expect(world.looks).toBeLessThan(20);
});

it('says so if no attempt was made', async () => {
  expect(await new HeartbeatWorld().beat()).toMatchObject({ why: expect.stringContaining('no attempt is recorded') });
});

it('that is delivered in the last moment arrives', async () => {
  const world = new HeartbeatWorld();
  world.recordAt = (ms) => (ms < 59_990 ? undefined : { status: 'delivered', deliveredAt: START + 59_990 });

  expect(await world.beat()).toMatchObject({ arrived: true, ms: 59_990 });
});
