import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Webhook } from 'svix';
import { expect, it } from 'vitest';
import { isSigned } from '../../../adapters/standard-webhooks/verify.ts';
import { createReceiver } from '../../../lambdas/heartbeat/receiver.ts';
import { proxyEvent } from '../../../local/gateway/event.ts';
import { SECRET } from '../../support/delivery-world.ts';

const BODY = '{"type":"postrider_heartbeat","data":{}}';
const faults: unknown[] = [];

/** Signs by another library than the one that checks. */
function signed(body = BODY, at = Date.now(), secret = SECRET): Record<string, string> {
  const timestamp = new Date(Math.floor(at / 1000) * 1000);
  return {
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(timestamp.getTime() / 1000),
    'webhook-signature': new Webhook(secret).sign('evt_1', timestamp, body),
  };
}

function posted(headers: Record<string, string>, body = BODY): APIGatewayProxyEventV2 {
  const rawHeaders = Object.entries(headers).flat();
  const request = { method: 'POST', url: '/heartbeat', httpVersion: '1.1', rawHeaders, sourceIp: '127.0.0.1' };
  const known = { accountId: '1', apiId: 'a', routeKey: 'POST /heartbeat', pathParameters: undefined };
  const event = proxyEvent({ ...request, body: Buffer.from(body) }, { ...known, requestId: 'r', timeMs: 0, iam: null });
  return JSON.parse(JSON.stringify(event));
}

const receive = (event: APIGatewayProxyEventV2, secret = async (): Promise<string | undefined> => SECRET) =>
  createReceiver({ secret, isSigned, failed: (fault) => faults.push(fault) })(event);

it('acknowledges a heartbeat whose signature is right', async () => {
  expect(await receive(posted(signed()))).toEqual({ statusCode: 204 });
  expect(await receive(posted({ ...signed(), 'content-type': 'application/json' }))).toEqual({ statusCode: 204 });
});

it.each([
  ['without headers', posted({})],
  ['without a timestamp', posted({ 'webhook-id': 'evt_1', 'webhook-signature': 'v1,eA==' })],
  ['of another secret', posted(signed(BODY, Date.now(), `whsec_${Buffer.alloc(32, 2).toString('base64')}`))],
  ['with another body', posted(signed(), '{}')],
  ['that is ten minutes old', posted(signed(BODY, Date.now() - 600_000))],
  ['of the future', posted(signed(BODY, Date.now() + 600_000))],
  ['with a signature that is none', posted({ ...signed(), 'webhook-signature': 'v1, ,,v1' })],
  [
    'whose body is not UTF-8',
    { ...posted(signed()), body: Buffer.from([255]).toString('base64'), isBase64Encoded: true },
  ],
  ['that is much longer than a heartbeat', posted(signed('x'.repeat(5_000)), 'x'.repeat(5_000))],
])('refuses a request %s, and says nothing more', async (_, event) => {
  expect(await receive(event)).toEqual({ statusCode: 401 });
});

it('refuses everything while it has no endpoint', async () => {
  expect(await receive(posted(signed()), async () => undefined)).toEqual({ statusCode: 401 });
});

it('reads nothing for a request without a signature', async () => {
  expect(await receive(posted({}), () => expect.fail('It was read.'))).toEqual({ statusCode: 401 });
});

it('asks to be tried again if the secret cannot be read', async () => {
  const down = async () => {
    throw new Error('No answer.');
  };
  expect(await receive(posted(signed()), down)).toEqual({ statusCode: 503 });
  expect(faults).toHaveLength(1);
});
