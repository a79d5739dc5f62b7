import { expect } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { expectProblem } from '../support/problems.ts';
import type { Target } from '../support/target.ts';
import { openTenant } from '../support/tenant.ts';
import { expectWebhooks, untilReceived } from '../support/webhooks.ts';

/** However often and however concurrently a request is repeated, there is one event and one delivery per endpoint. */
export async function repeatsMakeOneEvent(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'repeats');
  const type = 'order.created';
  const subscribers = [
    await tenant.subscribe({ event_types: [type] }),
    await tenant.subscribe({ event_types: ['order.*'] }),
  ];
  const body = tenant.event(type, '{"order":1}', { idempotency_key: 'order-1' });

  const answers = await Promise.all(Array.from({ length: 50 }, () => tenant.api.publish(body)));

  const [{ id } = { id: '' }] = answers;
  expect(new Set(answers.map((answer) => answer.id))).toEqual(new Set([id]));
  expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
  await eventually(async () => {
    const { deliveries } = await tenant.api.event(id);
    expect(deliveries.map(({ status, attempt_count }) => ({ status, attempt_count }))).toEqual([
      { status: 'delivered', attempt_count: 1 },
      { status: 'delivered', attempt_count: 1 },
    ]);
  });
  expect(await tenant.api.eventIds(tenant.name)).toEqual([id]);
  for (const subscriber of subscribers) expectWebhooks(subscriber, [{ id, type, data: '{"order":1}' }]);
}

/** A key with different content is refused, and the first event stays unchanged. */
export async function anotherBodyConflicts(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'conflicts');
  const { api, event } = tenant;
  const type = 'order.created';
  const subscriber = await tenant.subscribe({ event_types: [type] });
  const first = event(type, '{"order":1}', { idempotency_key: 'order-1' });
  const { id } = await api.publish(first);

  const others = [
    event(type, '{"order":2}', { idempotency_key: 'order-1' }),
    event(type, '{"order":1.0}', { idempotency_key: 'order-1' }),
    event('order.paid', '{"order":1}', { idempotency_key: 'order-1' }),
    event(type, '{"order":1}', { idempotency_key: 'order-1', version: '2' }),
  ];
  for (const body of others) {
    expectProblem(await api.request('POST', '/v1/events', { body }), 409, ['idempotency_key']);
  }
  const list = `[${event(type, '1', { idempotency_key: 'fresh' })},${others[0]}]`;
  expectProblem(await api.request('POST', '/v1/events', { body: list }), 409, ['1.idempotency_key']);

  expect(await api.publish(first)).toEqual({ id, duplicate: true });
  expect(await api.eventIds(tenant.name)).toEqual([id]);
  await untilReceived(subscriber.hook, 1);
  expectWebhooks(subscriber, [{ id, type, data: '{"order":1}' }]);
}

/** The key may be in a header or in the body; it belongs to its tenant. */
export async function keysComeByHeaderOrBody(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'keys');
  await using other = await openTenant(target, 'keys-other');
  const { api, event } = tenant;
  const type = 'order.created';
  const header = { 'idempotency-key': 'order-1' };

  const byHeader = await api.publish(event(type, '1'), header);

  expect(byHeader.duplicate).toBe(false);
  const same = { id: byHeader.id, duplicate: true };
  expect(await api.publish(event(type, '1', { idempotency_key: 'order-1' }))).toEqual(same);
  expect(await api.publish(event(type, '1', { idempotency_key: 'order-1' }), header)).toEqual(same);
  const differing = { body: event(type, '1', { idempotency_key: 'order-2' }), headers: header };
  expectProblem(await api.request('POST', '/v1/events', differing), 422, ['idempotency_key']);
  const elsewhere = await api.publish(other.event(type, '1'), header);
  expect(elsewhere).toMatchObject({ duplicate: false });
  expect(elsewhere.id).not.toBe(byHeader.id);
}

/** In a list each event has its own key; the list may mix new events and repeats. */
export async function listsTakeAKeyPerEvent(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'key-lists');
  const { api, event } = tenant;
  const type = 'order.created';
  const subscriber = await tenant.subscribe({ event_types: [type] });
  const keyed = (n: number) => event(type, `${n}`, { idempotency_key: `order-${n}` });

  const first = await api.publishList([keyed(1), keyed(2), event(type, '3')]);
  const second = await api.publishList([keyed(2), keyed(4), event(type, '3')]);

  expect(first.map(({ duplicate }) => duplicate)).toEqual([false, false, false]);
  expect(second.map(({ duplicate }) => duplicate)).toEqual([true, false, false]);
  expect(second[0]?.id).toBe(first[1]?.id);
  const twice = { body: `[${keyed(5)},${keyed(6)},${keyed(5)}]` };
  expectProblem(await api.request('POST', '/v1/events', twice), 422, ['2.idempotency_key']);
  const withHeader = { body: `[${keyed(7)}]`, headers: { 'idempotency-key': 'order-7' } };
  expectProblem(await api.request('POST', '/v1/events', withHeader), 422, ['Idempotency-Key']);
  const expected = [...first, ...second.slice(1)].map(({ id }, index) => ({
    id,
    type,
    data: ['1', '2', '3', '4', '3'][index] ?? '',
  }));
  await untilReceived(subscriber.hook, expected.length);
  expectWebhooks(subscriber, expected);
}
