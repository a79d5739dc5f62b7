import { expect } from 'vitest';
import { untilDelivery } from '../support/deliveries.ts';
import { eventually } from '../support/eventually.ts';
import { inParallel } from '../support/in-parallel.ts';
import { always } from '../support/receivers.ts';
import type { Target } from '../support/target.ts';
import { openTenant, type Tenant } from '../support/tenant.ts';
import { expectWebhooks, untilReceived } from '../support/webhooks.ts';

const type = 'order.created';
const quickly = { initial_delay_seconds: 1, backoff_factor: 1, jitter: 0, max_attempts: 50 };

const publish = (tenant: Tenant, count: number, of = type) =>
  inParallel(
    Array.from({ length: count }, (_, n) => String(n)),
    8,
    async (data) => ({ ...(await tenant.publish(of, data)), type: of, data }),
  );

/** After ten failures in a row, deliveries wait and use no attempt; a new URL closes the circuit. */
export async function anOpenCircuitHolds(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'circuit');
  const { api } = tenant;
  const subscriber = await tenant.subscribe({ event_types: [type], retry_policy: quickly }, always({ status: 500 }));
  const { endpoint, hook } = subscriber;
  const first = await publish(tenant, 12);
  await eventually(async () =>
    expect(JSON.parse((await api.request('GET', `/v1/endpoints/${endpoint.id}`)).text).health).toMatchObject({
      circuit: 'open',
    }),
  );
  for (const { id } of first) await untilDelivery(api, id, { status: 'waiting', waiting_for: 'circuit' });
  const seen = hook.received.length;

  const [later] = await publish(tenant, 1);
  await untilDelivery(api, later?.id ?? '', { status: 'waiting', waiting_for: 'circuit', attempt_count: 0 });
  expect(hook.received).toHaveLength(seen);

  hook.answer(always({ status: 204 }));
  await api.patchEndpoint(endpoint.id, { url: `${hook.url}?fixed` });
  for (const { id } of first) await untilDelivery(api, id, { status: 'delivered' });
  expect(new Set(hook.received.slice(seen).map(({ id }) => id)).size).toBe(13);
  expect(hook.received.slice(seen)).toHaveLength(13);
}

/** While all requests to one endpoint hang, those to another arrive as usual. */
export async function aHangingEndpointHarmsNobody(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'hanging');
  const hanging = { event_types: ['job.done'], timeout_seconds: 20 };
  const { hook: waiting } = await tenant.subscribe(hanging, always('hang'));
  const healthy = await tenant.subscribe({ event_types: [type] });
  await publish(tenant, 60, 'job.done');
  await untilReceived(waiting, 10);

  const began = Date.now();
  const events = await publish(tenant, 20);
  await untilReceived(healthy.hook, events.length, 15_000);
  // Well before the first of the hanging requests has ended.
  expect(Date.now() - began).toBeLessThan(15_000);
  expectWebhooks(healthy, events);
}

/** More events than the limit per second arrive later, each once. */
export async function aLimitIsKept(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'limited');
  const limit = 5;
  const subscriber = await tenant.subscribe({ event_types: [type], rate_limit_per_second: limit });
  const events = await publish(tenant, 25);

  await untilReceived(subscriber.hook, events.length);
  for (const { id } of events) await untilDelivery(tenant.api, id, { status: 'delivered', attempt_count: 1 });
  expectWebhooks(subscriber, events);
  const times = subscriber.hook.received.map(({ atMs }) => atMs);
  // 25 at 5 a second: two at once, then one every 0.2 s.
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(3_000);
}
