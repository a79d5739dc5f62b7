import { expect } from 'vitest';
import { untilDelivery } from '../support/deliveries.ts';
import { eventually } from '../support/eventually.ts';
import { failFirst } from '../support/receivers.ts';
import type { Target } from '../support/target.ts';
import { openTenant } from '../support/tenant.ts';

const type = 'order.created';
/** Too few to open a circuit. */
const EVENTS = 8;

/** Every attempt is counted once, for its endpoint and for its tenant, and shows within seconds of the last. */
export async function everyAttemptIsCounted(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'counted');
  const { api } = tenant;
  const retry_policy = { initial_delay_seconds: 1, backoff_factor: 1, max_attempts: 2, jitter: 0 };
  const well = await tenant.subscribe({ event_types: [type] });
  const failing = await tenant.subscribe({ event_types: [type], retry_policy }, failFirst(1));
  const dying = await tenant.subscribe({ event_types: ['order.refused'], retry_policy }, failFirst(2));
  const idle = await tenant.subscribe({ event_types: ['order.never'] });

  const refused = await tenant.publish('order.refused', '0');
  for (let index = 0; index < EVENTS; index += 1) await tenant.publish(type, String(index));
  await untilDelivery(api, refused.id, { status: 'dead' });
  await eventually(() => expect([well, failing].map(({ hook }) => hook.received.length)).toEqual([EVENTS, 2 * EVENTS]));

  const totalOf = async ({ endpoint }: { endpoint: { id: string } }) => (await api.stats(endpoint.id)).total;
  await eventually(
    async () => {
      expect(await totalOf(well)).toMatchObject({ delivered: EVENTS, failed: 0, success_rate: 1 });
      expect(await totalOf(failing)).toMatchObject({ delivered: EVENTS, failed: EVENTS, success_rate: 0.5 });
      expect(await totalOf(dying)).toMatchObject({ delivered: 0, failed: 2, success_rate: 0 });
      const { total } = await api.tenantStats(well.endpoint.tenant);
      expect(total).toMatchObject({ delivered: 2 * EVENTS, failed: EVENTS + 2 });
    },
    { withinMs: 10_000 },
  );
  expect(await totalOf(idle)).toMatchObject({ attempts: 0, success_rate: null, latency_ms: { p50: null } });
  const { hours, total } = await api.stats(well.endpoint.id);
  expect(hours.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(total.attempts);
  // Other tenants' attempts are in it too.
  expect((await api.tenantStats('*')).total.attempts).toBeGreaterThanOrEqual(3 * EVENTS + 2);
  const [dead] = await api.deliveries({ endpoint_id: dying.endpoint.id });
  const { attempts } = await api.delivery(dead?.id ?? expect.fail('It has no delivery.'));
  for (const { url, remote_ip, response_headers } of attempts) {
    expect(url).toBe(dying.endpoint.url);
    expect(remote_ip).not.toBeNull();
    expect(response_headers).toHaveProperty('date');
  }
  expect(total.latency_ms.p50).toBeLessThanOrEqual(total.latency_ms.p99 ?? Number.NaN);
}
