import { expect } from 'vitest';
import type { Delivery } from '../support/api.ts';
import { untilDelivery } from '../support/deliveries.ts';
import { type Answer, always } from '../support/receivers.ts';
import type { Target } from '../support/target.ts';
import { openTenant, type Tenant } from '../support/tenant.ts';
import { untilReceived } from '../support/webhooks.ts';

const type = 'order.created';

/** A wait longer than SQS can delay is in the waiting room. */
export async function longBackoffWaits(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'backoff');
  const retry_policy = { initial_delay_seconds: 3_600, jitter: 0 };

  const failed = await failOnce(tenant, { retry_policy }, { status: 500 });

  expect(failed).toMatchObject({ status: 'waiting', waiting_for: 'backoff', attempt_count: 1 });
  expectWait(failed, 3_600);
}

/** A receiver's Retry-After is honoured, and after a 429 the wait is at least a minute. */
export async function retryAfterIsHonoured(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'retry-after');
  const retry_policy = { initial_delay_seconds: 1, backoff_factor: 1, jitter: 0 };
  const settings = { retry_policy };

  expectWait(await failOnce(tenant, settings, { status: 429 }), 60);
  expectWait(await failOnce(tenant, settings, { status: 429, headers: { 'retry-after': '120' } }), 120);
  expectWait(await failOnce(tenant, settings, { status: 503, headers: { 'retry-after': '300' } }), 300);
  const date = new Date(Date.now() + 500_000).toUTCString();
  expectWait(await failOnce(tenant, settings, { status: 503, headers: { 'retry-after': date } }), 500);
  expectWait(await failOnce(tenant, { ...settings, timeout_seconds: 1 }, 'hang'), 60);

  const { hook } = await tenant.subscribe({ event_types: ['order.paid'], ...settings }, ({ copy }) =>
    copy === 1 ? { status: 503, headers: { 'retry-after': '3' } } : { status: 204 },
  );
  await tenant.publish('order.paid', '1');
  await untilReceived(hook, 2);
  const [first, second] = hook.received;
  expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(3_000);
}

/** Publishes one event to a new endpoint and waits until its first attempt has failed. */
async function failOnce(tenant: Tenant, settings: object, answer: Answer): Promise<Delivery> {
  const { endpoint } = await tenant.subscribe({ event_types: [type], ...settings }, always(answer));
  const { id } = await tenant.publish(type, '1');
  const last_error = answer === 'hang' ? 'timeout' : `http_status ${answer.status}`;
  const failed = await untilDelivery(tenant.api, id, { attempt_count: 1, last_error });
  await tenant.api.deleteEndpoint(endpoint.id);
  return failed;
}

/** Checks when the next attempt is due, from now: the previous attempt was made a moment ago. */
function expectWait({ next_attempt_at }: Delivery, seconds: number): void {
  const waitSeconds = (Date.parse(next_attempt_at ?? '') - Date.now()) / 1000;
  expect(waitSeconds).toBeGreaterThan(seconds - 10);
  expect(waitSeconds).toBeLessThanOrEqual(seconds + 1);
}
