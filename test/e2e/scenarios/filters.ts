import { expect } from 'vitest';
import type { Api, Delivery } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import type { Target } from '../support/target.ts';
import { openTenant } from '../support/tenant.ts';

const type = 'order.created';
const LARGE = JSON.stringify({ v: Array.from({ length: 300_000 }, () => 1) });

/** An event whose filter exceeds its limit is dead only in the API until it is sent; other endpoints are not affected. */
export async function whatAFilterCannotDecideIsSeen(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'undecided');
  const { api } = tenant;
  // Nine comparisons for each of 300,000 numbers exceed the limit of such a list; most events allow them.
  const filter = `data.v[?${Array.from({ length: 9 }, (_, at) => `@ == \`${at + 2}\``).join(' || ')}]`;
  const heavy = await tenant.subscribe({ event_types: [type], filter });
  const plain = await tenant.subscribe({ event_types: [type], filter: 'length(data.v) > `1`' });
  const other = await tenant.subscribe({ event_types: [type], filter: 'length(data.v) > `1000000`' });

  const { id } = await tenant.publish(type, LARGE);
  await eventually(() => expect(plain.hook.received).toHaveLength(1));
  const dead = { status: 'dead', death_reason: 'filter', in_dlq: false, attempt_count: 0 } as const;
  const delivery = await untilDeliveryTo(heavy.endpoint.id, id, dead, api);
  expect([heavy.hook.received.length, other.hook.received.length]).toEqual([0, 0]);
  await eventually(async () => expect((await api.stats(heavy.endpoint.id)).total.filter_undecided).toBe(1), {
    withinMs: 10_000,
  });

  await api.replay(delivery.id);
  await eventually(() => expect(heavy.hook.received).toHaveLength(1));
  await untilDeliveryTo(heavy.endpoint.id, id, { status: 'delivered', death_reason: null }, api);
}

async function untilDeliveryTo(endpointId: string, eventId: string, wanted: Partial<Delivery>, api: Api) {
  return eventually(async () => {
    const { deliveries } = await api.event(eventId);
    const delivery = deliveries.find(({ endpoint_id }) => endpoint_id === endpointId);
    expect(delivery).toMatchObject(wanted);
    return delivery ?? expect.fail('no delivery');
  });
}

/** An event on which a filter fails does not match; the owner sees how often, and is notified of the reason. */
export async function failingFiltersAreReported(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'failing-filter');
  const { api } = tenant;
  const { endpoint, hook } = await tenant.subscribe({ event_types: [type], filter: "contains(data.tags, 'x')" });
  const owner = await tenant.subscribe({ event_types: ['postrider.endpoint.filter_failing'] });
  const reason = 'contains() takes an array or a string, not null';

  for (const data of ['{}', '{"tags":null}', '{"tags":["x"]}']) await tenant.publish(type, data);
  await eventually(() => expect(hook.received).toHaveLength(1));
  const expected = { filter_errors: 2, filter_error: reason, delivered: 1 };
  await eventually(async () => expect((await api.stats(endpoint.id)).total).toMatchObject(expected), {
    withinMs: 10_000,
  });
  await eventually(() => expect(owner.hook.received).toHaveLength(1), { withinMs: 20_000 });
  expect(JSON.parse(owner.hook.received[0]?.body.toString('utf8') ?? '')).toMatchObject({
    type: 'postrider.endpoint.filter_failing',
    data: { endpoint_id: endpoint.id, reason },
  });
}
