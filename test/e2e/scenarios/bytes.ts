import { expect } from 'vitest';
import type { Target } from '../support/target.ts';
import { openTenant } from '../support/tenant.ts';
import { expectWebhook, expectWebhooks, type Published, untilReceived } from '../support/webhooks.ts';

/** JSON texts that parsing and reserializing would change. */
const TEXTS: Readonly<Record<string, string>> = {
  'numbers, key order and escapes': '{"n":12345678901234567890,"f":1.10,"k":{"b":1,"a":2},"s":"\\u00e9\\u2028"}',
  'white space of every kind': '{ "n" : 1 ,\r\n\t"list" : [ 1 , 2,\t3 ] ,  "s" : " a  b " }',
  'a key that stands twice': '{"a":1,"b":2,"a":3}',
  'keys that JavaScript would sort': '{"b":1,"10":2,"2":3,"a":4,"1":5}',
  'a key that JavaScript would lose': '{"__proto__":{"x":1},"constructor":null}',
  'numbers that JavaScript would rewrite': '[1.0,-0,1E400,1e-7,0.1000,100000000000000000000000,5e+3]',
  'escapes that need not be': '"\\/ \\u0041 \\ud83d\\ude00 \\u0000 \\\\u0041 \\""',
  'half a surrogate pair': '"\\ud800"',
  'characters beyond ASCII': '"é 漢字 😀 \u2028 \u2029 \u00a0 \ufeff"',
  'what looks like the envelope': '{"id":"evt_x","data":"\\"}],[{","type":"other","timestamp":null}',
  'deep nesting': `${'[{"a":'.repeat(1_000)}null${'}]'.repeat(1_000)}`,
  null: 'null',
  'an empty text': '""',
  'a large body': `{"n":12345678901234567890,"text":"${'long é \\u00e9 😀 '.repeat(45_000)}"}`,
};

/** Data is sent exactly as received, inline or by reference, alone or in a list. */
export async function dataLeavesAsItCame(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'bytes');
  const type = 'bytes.kept';
  const subscriber = await tenant.subscribe({ event_types: [type] });
  const published: Published[] = [];

  for (const data of Object.values(TEXTS)) published.push({ id: (await tenant.publish(type, data)).id, type, data });
  const list = Object.values(TEXTS).map((data) => `\n\t ${tenant.event(type, data)} `);
  const accepted = await tenant.api.publishList(list);
  published.push(...Object.values(TEXTS).map((data, index) => ({ id: accepted[index]?.id ?? '', type, data })));

  await untilReceived(subscriber.hook, published.length);
  expectWebhooks(subscriber, published);
  expect(Math.max(...subscriber.hook.received.map(({ body }) => body.length))).toBeGreaterThan(900_000);
}

/** The other fields of an event are sent next to its data, as given; omitted ones stay omitted. */
export async function fieldsLeaveAsGiven(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'fields');
  const type = 'fields.kept';
  const { hook, secret } = await tenant.subscribe({ event_types: [type], headers: { 'x-team': 'billing' } });
  const fields = {
    version: '2',
    metadata: { correlation_id: 'c1', ключ: '值' },
    resource_url: 'https://api.example.com/orders/1?a=b&c=%20',
    timestamp: '2026-11-22T12:00:00+02:00',
  };

  const { id } = await tenant.publish(type, '{"order":1.0}', fields);

  await untilReceived(hook, 1);
  const [webhook] = hook.received;
  const { version, metadata, resource_url } = fields;
  const before = JSON.stringify({ id, type, timestamp: '2026-11-22T10:00:00.000Z', version }).slice(0, -1);
  const after = JSON.stringify({ metadata, resource_url }).slice(1);
  expect(webhook?.body.toString()).toBe(`${before},"data":{"order":1.0},${after}`);
  expect(webhook?.verifiedBy).toEqual([secret]);
  expect(webhook?.headers).toMatchObject({ 'x-team': 'billing' });
}

/** One event may have exactly 1 MiB. */
export async function theLargestEventArrives(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'largest');
  const type = 'largest.event';
  const { hook, secret } = await tenant.subscribe({ event_types: ['largest.*'] });
  const data = `"${'x'.repeat(1024 * 1024 - tenant.event(type, '""').length)}"`;
  const body = tenant.event(type, data);
  expect(Buffer.byteLength(body)).toBe(1024 * 1024);

  const { id } = await tenant.api.publish(body);

  await untilReceived(hook, 1);
  const [webhook] = hook.received;
  if (webhook === undefined) throw new Error('Nothing was received.');
  expectWebhook(webhook, { id, type, data }, secret);
}
