import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { failFirst } from '../../e2e/support/receivers.ts';
import { openTenant } from '../../e2e/support/tenant.ts';
import { expectWebhooks, untilReceived } from '../../e2e/support/webhooks.ts';
import { deployedTarget } from '../target.ts';

const target = deployedTarget();
/** Would be changed if anything on the way parsed and reserialized it. */
const AWKWARD = String.raw`{"n":12345678901234567890,"f":1.10,"k":{"b":1,"a":2},"s":"\u00e9\u2028"}`;

describe('an event that was accepted', () => {
  it('reaches the endpoints that subscribed to it, signed and byte for byte, and no other', async () => {
    await using tenant = await openTenant(target, 'subscribed');
    const exact = await tenant.subscribe({ event_types: ['order.created', 'order.paid'] });
    const wildcard = await tenant.subscribe({ event_types: ['order.*'] });
    const filtered = await tenant.subscribe({ event_types: ['*'], filter: 'data.amount > `100`' });

    const publish = async (type: string, data: string) => ({ ...(await tenant.publish(type, data)), type, data });
    const created = await publish('order.created', AWKWARD);
    const cancelled = await publish('order.line.cancelled', '{"amount":101}');
    const refunded = await publish('refund.made', '{"amount":1e3}');
    const ignored = await publish('refund.made', '{"amount":100}');

    await untilReceived(exact.hook, 1);
    await untilReceived(wildcard.hook, 2);
    await untilReceived(filtered.hook, 2);
    expectWebhooks(exact, [created]);
    expectWebhooks(wildcard, [created, cancelled]);
    expectWebhooks(filtered, [cancelled, refunded]);
    expect((await tenant.api.event(ignored.id)).deliveries).toEqual([]);
  });

  it('travels by reference if it is large, also through a filter', async () => {
    await using tenant = await openTenant(target, 'large');
    const wanted = await tenant.subscribe({ event_types: ['file.added'], filter: 'data.wanted' });
    const data = JSON.stringify({ wanted: true, text: 'é'.repeat(150_000) });

    const { id } = await tenant.publish('file.added', data);

    await untilReceived(wanted.hook, 1);
    expectWebhooks(wanted, [{ id, type: 'file.added', data }]);
  });

  it('may be one of a hundred in a request, and none is missing', async () => {
    await using tenant = await openTenant(target, 'list');
    const subscriber = await tenant.subscribe({ event_types: ['count.up'] });
    const bodies = Array.from({ length: 100 }, (_, n) => `{"n":${n}}`);

    const accepted = await tenant.api.publishList(bodies.map((data) => tenant.event('count.up', data)));

    await untilReceived(subscriber.hook, 100);
    const published = accepted.map(({ id }, index) => ({ id, type: 'count.up', data: bodies[index] ?? '' }));
    expectWebhooks(subscriber, published);
  });

  it('is one event however often it is sent with its idempotency key; a different body is refused', async () => {
    await using tenant = await openTenant(target, 'repeated');
    const subscriber = await tenant.subscribe({ event_types: ['*'] });
    const header = { 'idempotency-key': randomUUID() };
    const send = (data: string) => tenant.api.publish(tenant.event('order.paid', data), header);

    const answers = await Promise.all(Array.from({ length: 10 }, () => send('{"paid":true}')));
    const [id = ''] = answers.map((answer) => answer.id);

    expect(new Set(answers.map((answer) => answer.id))).toEqual(new Set([id]));
    await expect(send('{"paid":false}')).rejects.toThrow(/answered 409/i);
    await untilReceived(subscriber.hook, 1);
    expectWebhooks(subscriber, [{ id, type: 'order.paid', data: '{"paid":true}' }]);
  });

  it('arrives at the third attempt if the receiver fails twice', async () => {
    await using tenant = await openTenant(target, 'retried');
    const retry_policy = { initial_delay_seconds: 1, backoff_factor: 1, jitter: 0 };
    const subscriber = await tenant.subscribe({ event_types: ['*'], retry_policy }, failFirst(2));

    const { id } = await tenant.publish('order.created', AWKWARD);

    await untilReceived(subscriber.hook, 3);
    expectWebhooks(subscriber, [{ id, type: 'order.created', data: AWKWARD }], 3);
  });
});
