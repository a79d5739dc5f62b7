import { expect } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { inParallel } from '../support/in-parallel.ts';
import { always } from '../support/receivers.ts';
import type { Target } from '../support/target.ts';
import { openTenant } from '../support/tenant.ts';

const type = 'order.created';
/** More than one read of a tenant's subscriptions gives. */
const ENDPOINTS = 210;
const onceOnly = { initial_delay_seconds: 1, jitter: 0, max_attempts: 1 };

/** An event to very many endpoints reaches each once; its deliveries are listed, read, held, replayed and redriven. */
export async function aWideEventIsDelivered(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'wide');
  const { api, name } = tenant;
  const states = ['active', 'paused', ...Array<'active'>(ENDPOINTS - 2).fill('active')] as const;
  const subscribers = await inParallel(states, 8, (state) =>
    tenant.subscribe({ event_types: ['order.*'], retry_policy: onceOnly, state }),
  );
  const [failing, paused] = subscribers;
  if (failing === undefined || paused === undefined) throw new Error('There are too few endpoints.');
  failing.hook.answer(always({ status: 500 }));

  const { id: event_id } = await tenant.publish(type, '1');
  const count = async (status: 'delivered' | 'dead' | 'waiting') => (await api.deliveries({ event_id, status })).length;
  await eventually(async () =>
    expect([await count('delivered'), await count('dead'), await count('waiting')]).toEqual([ENDPOINTS - 2, 1, 1]),
  );
  expect((await api.event(event_id)).matched_endpoints).toBe(ENDPOINTS);
  const listed = await api.deliveries({ event_id });
  expect(new Set(listed.map((delivery) => delivery.endpoint_id)).size).toBe(ENDPOINTS);
  expect((await api.deliveries({ tenant: name })).map(({ id }) => id).toSorted()).toEqual(
    listed.map(({ id }) => id).toSorted(),
  );

  await api.patchEndpoint(paused.endpoint.id, { state: 'active' });
  failing.hook.answer(always({ status: 204 }));
  const { id: job } = await api.redrive({ tenant: name, type });
  await eventually(async () => expect(await api.job(job)).toMatchObject({ status: 'completed', found: 1, sent: 1 }));
  const [replayed] = listed.filter(({ status }) => status === 'delivered');
  await api.replay(replayed?.id ?? '');

  await eventually(async () => expect(await count('delivered')).toBe(ENDPOINTS));
  expect(await api.delivery(replayed?.id ?? '')).toMatchObject({ status: 'delivered', cycle: 2 });
  expect(await api.deliveries({ event_id })).toHaveLength(ENDPOINTS);
  for (const { endpoint, hook } of subscribers) {
    const isTwice = endpoint.id === failing.endpoint.id || endpoint.id === replayed?.endpoint_id;
    expect(hook.received).toHaveLength(isTwice ? 2 : 1);
  }
}
