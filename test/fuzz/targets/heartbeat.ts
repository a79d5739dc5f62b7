import assert from 'node:assert/strict';
import { Webhook } from 'svix';
import * as z from 'zod';
import { isSigned } from '../../../adapters/standard-webhooks/verify.ts';
import { createReceiver } from '../../../lambdas/heartbeat/receiver.ts';
import { SECRET } from '../../support/delivery-world.ts';
import { proxyEvent } from './proxy-event.ts';
import { jsonOf, type Target } from './target.ts';

/** What anybody may send. `signs`: the signature is right, made by another library. */
const inputShape = z.object({
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().default('{}'),
  signs: z.boolean().default(false),
});

const faults: unknown[] = [];
const receive = createReceiver({ secret: async () => SECRET, isSigned, failed: (fault) => faults.push(fault) });

/** The input is a webhook, in the parts that its sender decides. */
async function check(input: string): Promise<string | undefined> {
  const read = inputShape.safeParse(jsonOf(input));
  if (!read.success) return undefined;
  const { headers, body, signs } = read.data;
  const now = new Date(Math.floor(Date.now() / 1000) * 1000);
  const text = Buffer.from(body, 'latin1').toString('utf8');
  const right = {
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(now.getTime() / 1000),
    'webhook-signature': new Webhook(SECRET).sign('evt_1', now, text),
  };
  const event = proxyEvent({ method: 'POST', path: '/heartbeat', query: '', body, key: '' });
  const { statusCode, ...rest } = await receive({ ...event, headers: { ...headers, ...(signs && right) } });
  const [fault] = faults.splice(0);
  if (fault !== undefined) throw fault;
  assert.deepEqual(rest, {}, 'The answer says more than its status.');
  assert.ok(statusCode === 204 || statusCode === 401, `It answers ${statusCode}.`);
  if (!signs) assert.equal(statusCode, 401, 'It takes a webhook without our signature.');
  return `${signs} ${statusCode}`;
}

const now = String(Math.floor(Date.now() / 1000));

export const target: Target = {
  holds: 'A webhook to POST /heartbeat is answered with 204 or 401 and no more, and with 204 only if we signed it.',
  covers: ['lambdas/heartbeat/receiver.ts', 'adapters/standard-webhooks/', 'lambdas/runtime/body.ts'],
  seeds: [
    { signs: true },
    { signs: true, body: '\xef\xbb\xbf{}' },
    { signs: true, body: '\xff' },
    { headers: { 'webhook-signature': 'v1,' } },
    { headers: { 'webhook-id': 'evt_1', 'webhook-timestamp': now, 'webhook-signature': 'v1,AAAA v1a,BBBB' } },
    { headers: { 'webhook-id': 'evt_1', 'webhook-timestamp': '-1', 'webhook-signature': 'v1' } },
  ].map((given) => JSON.stringify(given)),
  dictionary: [
    'webhook-id',
    'webhook-timestamp',
    'webhook-signature',
    'v1',
    'v1,',
    ' ',
    now,
    '"signs":true',
    '\\u00ff',
    'NaN',
  ],
  check,
};
