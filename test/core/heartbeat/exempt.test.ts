import { beforeEach, describe, expect, it } from 'vitest';
import { HEARTBEAT_ENDPOINT_ID, HEARTBEAT_TYPE } from '../../../core/heartbeat/endpoint.ts';
import { HEARTBEAT_TENANT } from '../../../core/tenant.ts';
import { aMessage, anEndpoint, DAY, DeliveryWorld, START } from '../../support/delivery-world.ts';

const endpointId = HEARTBEAT_ENDPOINT_ID;

let world: DeliveryWorld;
beforeEach(async () => {
  world = new DeliveryWorld();
  const own = { id: endpointId, tenant: HEARTBEAT_TENANT, eventTypes: [HEARTBEAT_TYPE] };
  world.endpoints.set(endpointId, anEndpoint(own));
});

async function fails(answer: number, count: number, apartMs: number): Promise<void> {
  world.answer = () => answer;
  for (let at = 0; at < count; at++) {
    const eventId = `evt_${at}`;
    const message = { tenant: HEARTBEAT_TENANT, eventId, eventType: HEARTBEAT_TYPE, endpointId };
    await world.send(aMessage({ ...message, expiresAt: world.now + 30 * DAY }));
    await world.run(apartMs);
  }
}

describe("the heartbeat's endpoint", () => {
  it('has no circuit: each heartbeat is tried, however many have failed', async () => {
    await fails(500, 30, 60_000);

    expect(world.health.get(endpointId)).toMatchObject({ circuit: null, holding: null, outbox: [] });
    expect(world.record('evt_29', endpointId)?.attemptCount).toBeGreaterThan(0);
  });

  it('is not disabled by 410', async () => {
    await fails(410, 1, 60_000);

    expect(world.record('evt_0', endpointId)?.deathReason).toBe('gone');
    expect(world.endpoints.get(endpointId)?.state).toBe('active');
  });

  it('is not disabled by days of failures', async () => {
    await fails(500, 12, DAY);

    expect(world.endpoints.get(endpointId)?.state).toBe('active');
    expect(world.now - START).toBeGreaterThan(5 * DAY);
  });

  it('has no operational events, not even of deliveries that die', async () => {
    await fails(410, 1, 60_000);

    expect(world.record('evt_0', endpointId)).toMatchObject({ status: 'dead', outbox: [] });
  });
});
