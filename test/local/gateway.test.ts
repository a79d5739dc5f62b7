import { describe, expect, it } from 'vitest';
import type { Invoke, Outcome } from '../../local/functions/function-host.ts';
import type { GatewayRequest } from '../../local/gateway/event.ts';
import { createGateway } from '../../local/gateway/gateway.ts';

const answered = (response: unknown): Outcome => ({ ok: true, payload: JSON.stringify(response) });

describe('the event for a function', () => {
  it('has payload format 2.0', async () => {
    const { gateway, events } = gatewayWith();

    await gateway(
      request({
        method: 'POST',
        url: '/v1/events?a=1&b=x%20y&a=2',
        headers: ['Host', 'api.test', 'X-Twice', '1', 'x-twice', '2', 'Cookie', 'c=1; d=2', 'User-Agent', 'test'],
      }),
    );

    expect(events[0]).toMatchObject({
      version: '2.0',
      routeKey: 'POST /v1/events',
      rawPath: '/v1/events',
      rawQueryString: 'a=1&b=x%20y&a=2',
      cookies: ['c=1', 'd=2'],
      headers: { host: 'api.test', 'x-twice': '1,2', 'user-agent': 'test' },
      queryStringParameters: { a: '1,2', b: 'x y' },
      requestContext: {
        http: { method: 'POST', path: '/v1/events', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
        stage: '$default',
        time: '01/Jan/2026:00:00:00 +0000',
        timeEpoch: 1_767_225_600_000,
      },
    });
    expect(events[0]).not.toHaveProperty('headers.cookie');
  });

  it.each([
    ['application/json; charset=utf-8', '{"ü":1}', false],
    ['text/csv', 'ü', false],
    ['application/x-www-form-urlencoded', 'YT0x', true],
    ['application/octet-stream', 'AP8=', true],
  ])('carries a body of %s as AWS encodes it', async (contentType, body, isBase64Encoded) => {
    const { gateway, events } = gatewayWith();
    const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');

    await gateway(request({ headers: ['content-type', contentType], body: bytes }));

    expect(events[0]).toMatchObject({ body, isBase64Encoded });
  });

  it('carries text that is not UTF-8 as base64, so that nothing is lost', async () => {
    const { gateway, events } = gatewayWith();
    const body = Buffer.from([0x22, 0xf0, 0x9f, 0x98, 0x22]);

    await gateway(request({ headers: ['content-type', 'application/json'], body }));

    expect(events[0]).toMatchObject({ body: body.toString('base64'), isBase64Encoded: true });
  });

  it('has headers and parameters of any name', async () => {
    const { gateway, events } = gatewayWith();

    await gateway(request({ url: '/x?__proto__=1&constructor=2', headers: ['__proto__', 'a', '__PROTO__', 'b'] }));

    expect(JSON.stringify(events[0])).toContain('"queryStringParameters":{"__proto__":"1","constructor":"2"}');
    expect(JSON.stringify(events[0])).toContain('"headers":{"__proto__":"a,b",');
  });

  it('has no body, query or cookies if the request has none', async () => {
    const { gateway, events } = gatewayWith();

    await gateway(request({}));

    expect(events[0]).toMatchObject({ rawQueryString: '', isBase64Encoded: false });
    for (const absent of ['body', 'queryStringParameters', 'cookies', 'pathParameters']) {
      expect(events[0]).not.toHaveProperty(absent);
    }
  });

  it('has a decoded path, cut at an encoded question mark', async () => {
    const { gateway, events } = gatewayWith();

    await gateway(request({ url: '/v1/a%20b%2Fc%3Fd?q=%20' }));

    expect(events[0]).toMatchObject({ rawPath: '/v1/a b/c', rawQueryString: 'q=%20' });
  });
});

describe('the route of a request', () => {
  it.each([
    ['POST', '/v1/events', 'POST /v1/events'],
    ['GET', '/v1/events', 'ANY /v1/{proxy+}'],
    ['GET', '/v1/items/7', 'GET /v1/items/{id}'],
    ['DELETE', '/v1/items/7', 'ANY /v1/{proxy+}'],
    ['GET', '/anything', '$default'],
  ])('of %s %s is %s', async (method, url, routeKey) => {
    const { gateway, events } = gatewayWith();

    await gateway(request({ method, url }));

    expect(events[0]).toMatchObject({ routeKey });
  });

  it('does not exist without a default route', async () => {
    const { gateway } = gatewayWith({ routeKeys: ['GET /known'] });

    expect(await gateway(request({ url: '/unknown' }))).toMatchObject({ status: 404, body: message('Not Found') });
  });
});

describe('the response of the gateway', () => {
  it('is that of the function', async () => {
    const response = { statusCode: 201, headers: { Location: '/x', 'X-Count': 2 }, cookies: ['a=1'], body: 'made' };
    const { gateway } = gatewayWith({ outcome: answered(response) });

    expect(await gateway(request({}))).toMatchObject({
      status: 201,
      headers: { location: '/x', 'x-count': '2', 'set-cookie': ['a=1'] },
      body: Buffer.from('made'),
    });
  });

  it('is 200 with the whole result as JSON if there is no status code', async () => {
    const { gateway } = gatewayWith({ outcome: answered({ ready: true }) });

    expect(await gateway(request({}))).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from('{"ready":true}'),
    });
  });

  it('decodes a binary body', async () => {
    const { gateway } = gatewayWith({ outcome: answered({ statusCode: 200, body: 'AP8=', isBase64Encoded: true }) });

    expect((await gateway(request({}))).body).toEqual(Buffer.from([0, 255]));
  });

  it.each([
    ['a status code that is none', answered({ statusCode: 'abc' })],
    ['a body that is no text', answered({ statusCode: 200, body: { a: 1 } })],
    ['a function that failed', { ok: false, error: { errorType: 'Error', errorMessage: 'boom' } } as const],
  ])('is 500 for %s', async (_what, outcome) => {
    const { gateway } = gatewayWith({ outcome });

    expect(await gateway(request({}))).toMatchObject({ status: 500, body: message('Internal Server Error') });
  });

  it('is 503 if the integration exceeds its timeout', async () => {
    const { gateway } = gatewayWith({ invoke: () => new Promise(() => {}), timeoutMs: 1 });

    expect(await gateway(request({}))).toMatchObject({ status: 503, body: message('Service Unavailable') });
  });

  it('is 413 if the escaped event exceeds the 6 MiB of a Lambda payload, even if the body does not', async () => {
    const { gateway, events } = gatewayWith();
    const quotes = Buffer.alloc(3.5 * 1024 * 1024, '"');

    const reply = await gateway(request({ headers: ['content-type', 'application/json'], body: quotes }));

    expect(reply).toMatchObject({ status: 413, body: message('Request Entity Too Large') });
    expect(events).toEqual([]);
  });

  it('is 429 beyond the rate and burst of the stage, until time has passed', async () => {
    let nowMs = 0;
    const { gateway } = gatewayWith({ throttle: { rate: 10, burst: 2 }, now: () => nowMs });
    const statuses = async () => [(await gateway(request({}))).status, (await gateway(request({}))).status];

    expect(await statuses()).toEqual([200, 200]);
    expect(await statuses()).toEqual([429, 429]);
    nowMs = 100;
    expect(await statuses()).toEqual([200, 429]);
  });
});

interface Setup {
  readonly outcome?: Outcome;
  readonly invoke?: Invoke;
  readonly routeKeys?: readonly string[];
  readonly timeoutMs?: number;
  readonly throttle?: { rate: number; burst: number };
  readonly now?: () => number;
}

function gatewayWith(setup: Setup = {}) {
  const events: unknown[] = [];
  const { outcome = answered({ statusCode: 200 }), timeoutMs = 30_000, throttle } = setup;
  const routeKeys = setup.routeKeys ?? ['$default', 'ANY /v1/{proxy+}', 'GET /v1/items/{id}', 'POST /v1/events'];
  const invoke: Invoke = async (payload) => {
    events.push(JSON.parse(payload));
    return outcome;
  };
  const gateway = createGateway({
    place: { accountId: '000000000000', region: 'us-east-1' },
    api: {
      id: 'api',
      routes: routeKeys.map((routeKey) => ({ routeKey, functionArn: 'arn', timeoutMs, authorization: 'NONE' })),
      throttle,
    },
    invokeOf: () => setup.invoke ?? invoke,
    now: setup.now ?? (() => 1_767_225_600_000),
    onFailure: () => {},
  });
  return { gateway, events };
}

function request(given: Partial<Omit<GatewayRequest, 'rawHeaders'>> & { headers?: readonly string[] }): GatewayRequest {
  const { headers = [], ...rest } = given;
  return {
    method: 'GET',
    url: '/',
    httpVersion: '1.1',
    rawHeaders: headers,
    body: Buffer.alloc(0),
    sourceIp: '127.0.0.1',
    ...rest,
  };
}

function message(text: string): Buffer {
  return Buffer.from(JSON.stringify({ message: text }));
}
