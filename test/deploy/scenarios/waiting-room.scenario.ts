import { describe, expect, it } from 'vitest';
import { eventually } from '../../e2e/support/eventually.ts';
import { always } from '../../e2e/support/receivers.ts';
import { openTenant } from '../../e2e/support/tenant.ts';
import { expectWebhooks, untilReceived } from '../../e2e/support/webhooks.ts';
import { deployedTarget } from '../target.ts';

const target = deployedTarget();
/** Two runs of the one-minute schedule, and time to deliver. */
const TWO_TICKS_MS = 150_000;

// Concurrently, as each waits for the same schedule.
describe.concurrent('a delivery that has to wait', () => {
  it('is sent when its endpoint is no longer paused', { timeout: TWO_TICKS_MS + 30_000 }, async ({ expect }) => {
    await using tenant = await openTenant(target, 'paused');
    const subscriber = await tenant.subscribe({ event_types: ['*'] });
    const { endpoint, hook } = subscriber;
    await tenant.api.patchEndpoint(endpoint.id, { state: 'paused' });
    const { id } = await tenant.publish('order.created', '{"held":true}');
    await eventually(async () =>
      expect((await tenant.api.event(id)).deliveries).toMatchObject([{ status: 'waiting', waiting_for: 'paused' }]),
    );
    expect(hook.received).toEqual([]);

    await tenant.api.patchEndpoint(endpoint.id, { state: 'active' });

    await untilReceived(hook, 1, TWO_TICKS_MS);
    expectWebhooks(subscriber, [{ id, type: 'order.created', data: '{"held":true}' }]);
  });

  it('waits in the ledger if its next attempt is later than a queue can delay', async () => {
    await using tenant = await openTenant(target, 'backoff');
    const retry_policy = { initial_delay_seconds: 1_800, jitter: 0 };
    await tenant.subscribe({ event_types: ['*'], retry_policy }, always({ status: 503 }));

    const { id } = await tenant.publish('order.created', '{}');

    await eventually(async () =>
      expect((await tenant.api.event(id)).deliveries).toMatchObject([
        { status: 'waiting', waiting_for: 'backoff', attempt_count: 1 },
      ]),
    );
  });
});
