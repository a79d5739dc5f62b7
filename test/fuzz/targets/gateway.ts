import assert from 'node:assert/strict';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { publish } from '../../../core/events/publish.ts';
import { memberText } from '../../../core/events/raw-json.ts';
import { createAuthenticator } from '../../../core/keys/authenticate.ts';
import { callerOf } from '../../../lambdas/ingest/caller.ts';
import { httpHandler } from '../../../lambdas/runtime/http.ts';
import { traceIdOf } from '../../../lambdas/runtime/trace.ts';
import { MemorySessionStore } from '../../fakes/sessions.ts';
import { context, silent } from '../../support/lambda.ts';
import { PRODUCER, PublishingWorld } from '../../support/publishing-world.ts';
import { jsonOf, type Target } from './target.ts';

/** A possible API Gateway event: strings where strings belong; the rest depends on the caller and IAM. */
const eventShape = z.object({
  routeKey: z.string().default('POST /v1/events'),
  headers: z.record(z.string(), z.string()).default({}),
  // The gateway has decoded it: it contains no lone surrogates.
  body: z
    .string()
    .transform((body) => body.toWellFormed())
    .optional(),
  isBase64Encoded: z.boolean().default(false),
  requestContext: z.record(z.string(), z.unknown()).default({}),
});
type Given = z.output<typeof eventShape>;

const KEY = 'pr_good';
const IAM_ROUTE = 'POST /v1/iam/events';

function eventOf({ body, headers, requestContext, ...given }: Given): APIGatewayProxyEventV2 {
  const http = { method: 'POST', path: '/v1/events', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: '' };
  return {
    ...{ version: '2.0', rawPath: '/v1/events', rawQueryString: '', headers, ...given },
    ...(body !== undefined && { body }),
    requestContext: {
      ...{
        accountId: '1',
        apiId: 'a',
        domainName: 'a',
        domainPrefix: 'a',
        http,
        requestId: 'r',
        routeKey: given.routeKey,
      },
      ...{ stage: '$default', time: '', timeEpoch: 0 },
      ...requestContext,
    },
  };
}

/** The input is API Gateway's event, in the parts that a caller decides. */
async function check(input: string): Promise<string | undefined> {
  const given = eventShape.safeParse(jsonOf(input)).data;
  if (given === undefined) return undefined;
  const world = new PublishingWorld();
  const authenticate = createAuthenticator({
    keys: {
      findByHash: async () => (given.headers.authorization?.trim().endsWith(KEY) ? PRODUCER : undefined),
      noteUse: async () => undefined,
    },
    sessions: new MemorySessionStore(),
    clock: () => world.now,
  });
  const traces: string[] = [];
  const handler = httpHandler(async (request) => {
    const { caller } = await callerOf(request, authenticate);
    const traceId = traceIdOf(request.headers.traceparent, world.ports.random);
    traces.push(traceId);
    const idempotencyKey = request.headers['idempotency-key'];
    return { status: 202, body: await publish({ caller, body: request.body, idempotencyKey, traceId }, world.ports) };
  }, silent);
  const answer = await handler(eventOf(given), context);
  const { statusCode = 0, body: text = '' } = answer ?? {};
  assert.ok(statusCode >= 200 && statusCode < 500, `It answers ${statusCode}: ${text}`);
  const document = z.record(z.string(), z.unknown()).or(z.array(z.unknown())).parse(JSON.parse(text));
  checkCaller(given, statusCode);
  assert.ok(
    traces.every((trace) => /^(?!0+$)[0-9a-f]{32}$/.test(trace)),
    'A trace id is invalid.',
  );
  if (statusCode === 202) checkBytes(given, world);
  else assert.ok('status' in document && document.status === statusCode, 'A refusal is no problem document.');
  return `${statusCode} ${JSON.stringify(document)
    .replaceAll(/evt_\w+|\d+/g, '')
    .slice(0, 90)}`;
}

/** Access requires a key, or IAM on its one route. */
function checkCaller({ routeKey, headers, requestContext }: Given, statusCode: number): void {
  const arn = z.object({ authorizer: z.object({ iam: z.object({ userArn: z.string() }) }) }).safeParse(requestContext);
  const isLetIn = routeKey === IAM_ROUTE ? arn.success : headers.authorization?.trim().endsWith(KEY);
  // A body that is not text is refused before authentication.
  if (!isLetIn) assert.ok([400, 401].includes(statusCode), 'Somebody unknown is let in.');
}

/** The stored text of data is part of the bytes that were sent. */
function checkBytes({ body = '', isBase64Encoded }: Given, world: PublishingWorld): void {
  const sent = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  for (const { payload } of world.events.events.values()) {
    const object = world.payloads.objects.get(payload.key) ?? Buffer.alloc(0);
    const envelope = object.toString('utf8', payload.offset, payload.offset + payload.length);
    const data = memberText(envelope, 'data');
    assert.ok(data !== undefined && sent.includes(data, 0, 'utf8'), 'Bytes of data are altered.');
  }
}

const base64 = (bytes: string) => Buffer.from(bytes, 'latin1').toString('base64');
const bearer = { authorization: `Bearer ${KEY}` };
const good = '{"type":"a","data":{"b":"c"}}';

export const target: Target = {
  holds: 'Every gateway event is answered with less than 500, and access requires a key or IAM.',
  covers: ['lambdas/ingest/', 'lambdas/runtime/', 'core/keys/authenticate.ts', 'core/events/', 'core/validate.ts'],
  seeds: [
    { headers: bearer, body: good },
    {
      headers: { ...bearer, 'idempotency-key': 'k', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` },
      body: good,
    },
    { headers: bearer, body: base64(good), isBase64Encoded: true },
    { headers: bearer, body: base64('{"type":"a","data":"\xff"}'), isBase64Encoded: true },
    { routeKey: IAM_ROUTE, body: good, requestContext: { authorizer: { iam: { userArn: 'arn:aws:iam::1:user/a' } } } },
    ...[{ routeKey: IAM_ROUTE, body: good }, { headers: {}, body: good }, { headers: { authorization: 'Basic x' } }],
  ].map((event) => JSON.stringify(event)),
  dictionary: [
    ...[
      'routeKey',
      'headers',
      'body',
      'isBase64Encoded',
      'requestContext',
      'authorizer',
      'iam',
      'userArn',
      'arn:',
      'authorization',
    ],
    ...[
      'Bearer ',
      `"Bearer ${KEY}"`,
      'idempotency-key',
      'traceparent',
      'true',
      '"POST /v1/iam/events"',
      '__proto__',
      'http',
      'routeKey',
    ],
    ...[
      `00-${'0'.repeat(32)}-${'b'.repeat(16)}-00`,
      ...['\xef\xbb\xbf', '\xff', '\xed\xa0\x80', good].map(base64),
      '\\ufffd',
      '{\\"type\\":\\"a\\"',
    ],
  ],
  lengthMax: 1_500,
  check,
};
