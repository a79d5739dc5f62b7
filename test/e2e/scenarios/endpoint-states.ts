import { expect } from 'vitest';
import { untilDelivery } from '../support/deliveries.ts';
import { eventually } from '../support/eventually.ts';
import { inParallel } from '../support/in-parallel.ts';
import { always } from '../support/receivers.ts';
import type { Target } from '../support/target.ts';
import { openTenant } from '../support/tenant.ts';
import { expectWebhooks, untilReceived } from '../support/webhooks.ts';

const type = 'order.created';
const soon = { initial_delay_seconds: 1, backoff_factor: 1, jitter: 0 };

/** Deliveries of a paused endpoint wait, use no attempt, and arrive once it is resumed. */
export async function pausedDeliveriesWait(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'paused');
  const { api } = tenant;
  const subscriber = await tenant.subscribe({ event_types: [type] });
  const { endpoint, hook } = subscriber;
  await api.patchEndpoint(endpoint.id, { state: 'paused' });

  const numbers = Array.from({ length: 20 }, (_, n) => String(n));
  const events = await inParallel(numbers, 4, async (data) => ({ ...(await tenant.publish(type, data)), type, data }));
  for (const { id } of events) {
    await untilDelivery(api, id, { status: 'waiting', waiting_for: 'paused', attempt_count: 0 });
  }
  expect(hook.received).toEqual([]);
  await api.patchEndpoint(endpoint.id, { state: 'active' });

  await untilReceived(hook, events.length);
  for (const { id } of events)
    await untilDelivery(api, id, { status: 'delivered', attempt_count: 1, waiting_for: null });
  expectWebhooks(subscriber, events);
}

/** A 410 is permanent: no retry, and no further event for this endpoint. */
export async function goneDisablesTheEndpoint(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'gone');
  const { api } = tenant;
  const { endpoint, hook } = await tenant.subscribe({ event_types: [type] }, always({ status: 410 }));

  const { id } = await tenant.publish(type, '1');

  const dead = await untilDelivery(api, id, { status: 'dead', attempt_count: 1 });
  expect(dead.last_error).toContain('gone');
  expect(await api.endpoint(endpoint.id)).toMatchObject({ state: 'disabled', disabled_reason: 'gone' });
  const next = await tenant.publish(type, '2');
  await eventually(async () =>
    expect(await api.event(next.id)).toMatchObject({ matched_endpoints: 0, deliveries: [] }),
  );
  expect(hook.received).toHaveLength(1);
  expect((await api.request('POST', `/v1/deliveries/${dead.id}/replay`)).status).toBe(409);
  await api.patchEndpoint(endpoint.id, { state: 'active' });
  expect(await api.endpoint(endpoint.id)).toMatchObject({ state: 'active', disabled_reason: null });
}

/** Retries for an endpoint end when it is deleted, and say why. */
export async function deletedEndpointsGetNothing(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'deleted');
  const { api } = tenant;
  const retry_policy = { ...soon, max_attempts: 50 };
  const { endpoint, hook } = await tenant.subscribe({ event_types: [type], retry_policy }, always({ status: 500 }));
  const { id } = await tenant.publish(type, '1');
  await untilDelivery(api, id, { status: 'retrying', last_error: 'http_status 500' });

  await api.deleteEndpoint(endpoint.id);

  await untilDelivery(api, id, { status: 'discarded', discard_reason: 'endpoint_deleted' });
  const seen = hook.received.length;
  const next = await tenant.publish(type, '2');
  await eventually(async () => expect(await api.event(next.id)).toMatchObject({ matched_endpoints: 0 }));
  expect(hook.received).toHaveLength(seen);
  expect((await api.request('GET', `/v1/endpoints/${endpoint.id}`)).status).toBe(404);
}
