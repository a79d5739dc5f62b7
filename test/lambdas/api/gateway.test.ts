import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { answerTo } from '../../../lambdas/api/gateway.ts';
import { ApiWorld, ENDPOINT } from '../../support/api-world.ts';

function anEvent(method: string, changes: Partial<APIGatewayProxyEventV2> = {}): APIGatewayProxyEventV2 {
  const rawPath = changes.rawPath ?? '/v1/endpoints';
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: '',
    headers: {},
    isBase64Encoded: false,
    requestContext: {
      accountId: '1',
      apiId: 'a',
      domainName: 'not a host',
      domainPrefix: 'a',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: '' },
      requestId: 'r',
      routeKey: '$default',
      stage: '$default',
      time: '',
      timeEpoch: 0,
    },
    ...changes,
  };
}

const world = new ApiWorld();
const authorization = `Bearer ${world.admin}`;
const call = async (event: APIGatewayProxyEventV2) => answerTo(event, world.app.fetch);

describe('an event of API Gateway', () => {
  it.each([
    ['text', JSON.stringify(ENDPOINT), false],
    ['base64', Buffer.from(JSON.stringify(ENDPOINT)).toString('base64'), true],
  ])('may carry its body as %s', async (_, body, isBase64Encoded) => {
    const result = await call(anEvent('POST', { headers: { authorization }, body, isBase64Encoded }));
    expect(result).toMatchObject({
      statusCode: 201,
      headers: { 'content-type': 'application/json', location: expect.stringMatching(/^\/v1\/endpoints\/ep_/) },
      body: expect.stringContaining('"url":"https://example.com/hook"'),
    });
  });

  it.each([
    ['POST', '/v1/endpoints'],
    ['PATCH', '/v1/endpoints/ep_00000000000000000000000000'],
    ['POST', '/v1/endpoints/ep_00000000000000000000000000/test'],
    ['DELETE', '/v1/endpoints/ep_00000000000000000000000000'],
    ['POST', '/v1/endpoints/ep_00000000000000000000000000/recover'],
    ['POST', '/v1/keys'],
    ['PUT', '/v1/event-types/order.created'],
  ])('of %s %s is refused when its body was not UTF-8, as text and as base64', async (method, rawPath) => {
    const bytes = Buffer.from([...Buffer.from('{"description":"'), 0xe9, ...Buffer.from('"}')]);
    const headers = { authorization, 'content-length': `${bytes.length}` };
    for (const [body, isBase64Encoded] of [
      [bytes.toString('base64'), true],
      [bytes.toString('utf8'), false],
    ] as const) {
      const result = await call(anEvent(method, { rawPath, headers, body, isBase64Encoded }));
      expect([result.statusCode, result.body]).toEqual([400, expect.stringContaining('not UTF-8')]);
    }
  });

  it.each([
    ['POST', '/v1/endpoints', JSON.stringify(ENDPOINT), 201],
    ['PUT', '/v1/event-types/order.created', '{"description":"x"}', 201],
    ['POST', '/v1/keys', '{"name":"n","role":"viewer"}', 201],
    ['POST', '/v1/jobs/job_00000000000000000000000000/cancel', '{}', 404],
    ['POST', '/v1/jobs/job_00000000000000000000000000/cancel', '', 404],
  ])('of %s %s may begin its body with a byte order mark', async (method, rawPath, json, status) => {
    const body = `\ufeff${json}`;
    for (const event of [
      { body, isBase64Encoded: false },
      { body: Buffer.from(body).toString('base64'), isBase64Encoded: true },
    ]) {
      const { statusCode } = await call(anEvent(method, { rawPath, headers: { authorization }, ...event }));
      expect([200, status]).toContain(statusCode);
    }
  });

  it('carries its query encoded and its path decoded', async () => {
    const listed = await call(anEvent('GET', { headers: { authorization }, rawQueryString: 'tenant=%2A&limit=1' }));
    expect(listed.statusCode).toBe(200);
    for (const rawPath of ['/v1/endpoints/a?b#c', '/v1/endpoints/é', '/v1/endpoints/%', '//x/y', '/']) {
      expect([rawPath, (await call(anEvent('GET', { headers: { authorization }, rawPath }))).statusCode]).toEqual([
        rawPath,
        404,
      ]);
    }
  });

  it('may have a body and headers that are not read', async () => {
    const headers = { authorization, 'x-name': '日本', cookie: 'a=b' };
    expect((await call(anEvent('GET', { headers, body: '{}' }))).statusCode).toBe(200);
    expect((await call(anEvent('GET', { headers: { authorization: 'Bearer ключ' } }))).statusCode).toBe(401);
  });

  it.each(['TRACE', 'CONNECT', 'TRACK'])(
    'is refused with 405 when its method is %s, which no web request can carry',
    async (method) => {
      const result = await call(anEvent(method));
      expect(result).toMatchObject({ statusCode: 405, headers: { allow: 'GET, HEAD, POST' } });
      expect((await call(anEvent(method, { rawPath: '/nowhere' }))).statusCode).toBe(404);
    },
  );
});
