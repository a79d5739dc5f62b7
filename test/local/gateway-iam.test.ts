import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../local/functions/function-host.ts';
import { createGateway } from '../../local/gateway/gateway.ts';
import { type SigningOptions, signedHeaders } from '../support/signing-caller.ts';

const NOW = Date.UTC(2026, 10, 22, 23, 58);
const URL = 'https://api.test/v1/iam/events';
const MINUTE = 60_000;

describe('a route with IAM authorization', () => {
  it('passes on the signer in the fields of payload format 2.0', async () => {
    const { send, events } = gateway();

    expect((await send(await signed({ accessKeyId: 'AKIALOCAL' }))).status).toBe(200);

    const { authorizer } = contextOf(events[0]);
    expect(authorizer).toEqual({
      iam: {
        accessKey: 'AKIALOCAL',
        accountId: '000000000000',
        callerId: expect.stringMatching(/^AIDA[0-9A-F]{17}$/),
        cognitoIdentity: null,
        principalOrgId: 'aws:PrincipalOrgID',
        userArn: 'arn:aws:iam::000000000000:user/AKIALOCAL',
        userId: expect.stringMatching(/^AIDA[0-9A-F]{17}$/),
      },
    });
  });

  it('invents a role for temporary credentials', async () => {
    const { send, events } = gateway();

    await send(await signed({ accessKeyId: 'ASIALOCAL' }));

    expect(contextOf(events[0]).authorizer.iam).toMatchObject({
      userArn: 'arn:aws:sts::000000000000:assumed-role/ASIALOCAL/local',
      userId: expect.stringMatching(/^AROA[0-9A-F]{17}:local$/),
    });
  });

  it.each([
    ['no signature', {}],
    ['an API key', { authorization: 'Bearer pr_x' }],
    ['no time', signed({}, ({ 'x-amz-date': _, ...rest }) => rest)],
    ['a time that is none', signed({}, (headers) => ({ ...headers, 'x-amz-date': '20261122T25' }))],
    ['a signature of another service', signed({ service: 's3' })],
    ['a signature of another region', signed({ region: 'eu-west-1' })],
    ['a signature of six minutes ago', signed({ at: NOW - 6 * MINUTE })],
    ['a signature of six minutes from now', signed({ at: NOW + 6 * MINUTE })],
    ['a scope of another day', signed({}, (headers) => edited(headers, '/20261122/', '/20261121/'))],
    ['a scope that does not end', signed({}, (headers) => edited(headers, '/aws4_request', ''))],
    ['no access key', signed({}, (headers) => edited(headers, 'Credential=LOCAL/', 'Credential=/'))],
    ['a host that is not signed', signed({}, (headers) => edited(headers, 'host;', ''))],
    ['a time that is not signed', signed({}, (headers) => edited(headers, ';x-amz-date', ''))],
    ['a signature that is cut', signed({}, (headers) => edited(headers, /.$/, ''))],
    ['another algorithm', signed({}, (headers) => edited(headers, 'AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256'))],
  ])('refuses %s as an HTTP API does, and invokes nothing', async (_what, headers) => {
    const { send, events } = gateway();

    const reply = await send(await headers);

    expect([reply.status, reply.headers, reply.body.toString()]).toEqual([
      403,
      { 'content-type': 'application/json' },
      '{"message":"Forbidden"}',
    ]);
    expect(events).toEqual([]);
  });

  it('refuses a request with two signatures', async () => {
    const { sendRaw } = gateway();
    const headers = Object.entries(await signed()).flat();

    expect((await sendRaw([...headers, 'Authorization', 'x'])).status).toBe(403);
  });

  it('accepts a signature that is four minutes off, even across midnight', async () => {
    const { send } = gateway();

    expect((await send(await signed({ at: NOW + 4 * MINUTE }))).status).toBe(200);
    expect((await send(await signed({ at: NOW - 4 * MINUTE }))).status).toBe(200);
  });
});

describe('a route without IAM authorization', () => {
  it('does not pass on the signer', async () => {
    const { send, events } = gateway('NONE');

    await send(await signed());

    expect(contextOf(events[0])).not.toHaveProperty('authorizer');
  });
});

type Headers = Record<string, string>;

async function signed(options: SigningOptions = {}, change = (headers: Headers) => headers): Promise<Headers> {
  return change(await signedHeaders(URL, '{}', { at: NOW, ...options }));
}

function edited(headers: Headers, from: string | RegExp, to: string): Headers {
  const authorization = (headers.authorization ?? '').replace(from, to);
  expect(authorization).not.toBe(headers.authorization);
  return { ...headers, authorization };
}

function contextOf(event: unknown) {
  expect(event).toHaveProperty('requestContext');
  return Object(event).requestContext;
}

function gateway(authorization: 'AWS_IAM' | 'NONE' = 'AWS_IAM') {
  const events: unknown[] = [];
  const outcome: Outcome = { ok: true, payload: JSON.stringify({ statusCode: 200 }) };
  const answer = createGateway({
    place: { accountId: '000000000000', region: 'us-east-1' },
    api: {
      id: 'api',
      routes: [{ routeKey: 'POST /v1/iam/events', functionArn: 'arn', timeoutMs: 30_000, authorization }],
      throttle: undefined,
    },
    invokeOf: () => async (payload) => {
      events.push(JSON.parse(payload));
      return outcome;
    },
    now: () => NOW,
    onFailure: () => {},
  });
  const sendRaw = (rawHeaders: string[]) =>
    answer({
      ...{ method: 'POST', url: '/v1/iam/events', httpVersion: '1.1', rawHeaders, body: Buffer.from('{}') },
      sourceIp: '127.0.0.1',
    });
  return { events, sendRaw, send: (headers: Headers) => sendRaw(Object.entries(headers).flat()) };
}
