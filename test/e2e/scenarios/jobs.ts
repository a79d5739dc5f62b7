import { expect } from 'vitest';
import type { Api, RecordedStatus } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { always } from '../support/receivers.ts';
import type { Target } from '../support/target.ts';
import { openTenant, type Tenant } from '../support/tenant.ts';
import { expectWebhooks } from '../support/webhooks.ts';

const type = 'order.created';
/** Fewer than the failures that open a circuit, which would hold the last ones for a minute. */
const EVENTS = 9;
const onceOnly = { initial_delay_seconds: 1, jitter: 0, max_attempts: 1 };

const publishSome = (tenant: Tenant) =>
  Promise.all(
    Array.from({ length: EVENTS }, async (_, at) => ({
      ...(await tenant.publish(type, `${at}`)),
      type,
      data: `${at}`,
    })),
  );

const untilAll = ({ api, name }: Tenant, status: RecordedStatus) =>
  eventually(async () => expect(await api.deliveries({ tenant: name, status })).toHaveLength(EVENTS));

function untilCompleted(api: Api, id: string, wanted: { found: number; sent: number; skipped: number }): Promise<void> {
  return eventually(async () =>
    expect(await api.job(id)).toMatchObject({ status: 'completed', error: null, ...wanted }),
  );
}

/** Dead deliveries arrive after one API call; their dead letters are then stale. */
export async function deadDeliveriesAreRedriven(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'redriven');
  const { api, name } = tenant;
  const { hook } = await tenant.subscribe({ event_types: [type], retry_policy: onceOnly }, always({ status: 500 }));
  const events = await publishSome(tenant);
  await untilAll(tenant, 'dead');

  hook.answer(always({ status: 204 }));
  const { id } = await api.redrive({ tenant: name, type });

  await untilCompleted(api, id, { found: EVENTS, sent: EVENTS, skipped: 0 });
  await untilAll(tenant, 'delivered');
  for (const delivery of await api.deliveries({ tenant: name })) {
    expect(delivery).toMatchObject({ cycle: 2, attempt_count: 1, in_dlq: false });
  }
  expect(hook.received.map((received) => received.id).toSorted()).toEqual(
    [...events, ...events].map((event) => event.id).toSorted(),
  );
  const again = await api.redrive({ tenant: name, type });
  await untilCompleted(api, again.id, { found: 0, sent: 0, skipped: 0 });
}

/** A recovery sends what an endpoint missed while it was disabled. */
export async function discardedDeliveriesAreRecovered(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'recovered');
  const { api } = tenant;
  const since = new Date().toISOString();
  const { endpoint, hook } = await tenant.subscribe({ event_types: [type], state: 'paused' });
  const events = await publishSome(tenant);
  await untilAll(tenant, 'waiting');
  await api.patchEndpoint(endpoint.id, { state: 'disabled' });
  await untilAll(tenant, 'discarded');

  await api.patchEndpoint(endpoint.id, { state: 'active' });
  const { id } = await api.recover(endpoint.id, { since });

  await untilCompleted(api, id, { found: EVENTS, sent: EVENTS, skipped: 0 });
  await untilAll(tenant, 'delivered');
  expect(hook.received.map((received) => received.id).toSorted()).toEqual(events.map((event) => event.id).toSorted());
}

/** An endpoint created after the events gets those that match its filter. */
export async function missingEventsAreReplayed(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'replayed-missing');
  const { api } = tenant;
  const since = new Date().toISOString();
  const events = await publishSome(tenant);
  const until = async (id: string) => expect((await api.event(id)).matched_endpoints).toBe(0);
  for (const { id } of events) await eventually(() => until(id));
  const late = await tenant.subscribe({ event_types: ['order.*'], filter: 'data >= `4`' });
  const wanted = events.filter(({ data }) => Number(data) >= 4);
  const counts = { found: wanted.length, sent: wanted.length, skipped: 0 };

  const { id } = await api.replayMissing(late.endpoint.id, { since });

  await untilCompleted(api, id, counts);
  await eventually(() => expect(late.hook.received).toHaveLength(wanted.length));
  const again = await api.replayMissing(late.endpoint.id, { since });
  await untilCompleted(api, again.id, { found: 0, sent: 0, skipped: 0 });
  expectWebhooks(late, wanted);
}
