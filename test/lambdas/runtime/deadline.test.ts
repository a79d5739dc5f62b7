import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { awsClientConfig } from '../../../adapters/aws-client.ts';
import { createKeyStore } from '../../../adapters/dynamodb/api-keys.ts';
import { createAuditTrail } from '../../../adapters/dynamodb/audit.ts';
import { systemClock, systemRandom, systemWait } from '../../../adapters/system/system.ts';
import { SYSTEM } from '../../../core/audit/audit.ts';
import { createKey } from '../../../core/keys/manage.ts';
import { ANSWER_MS } from '../../../lambdas/runtime/deadline.ts';
import { stages } from '../../../lib/stage.ts';
import { proxyEvent } from '../../../local/gateway/event.ts';
import { BUCKET, KEY_ARN } from '../../contract/local-aws.ts';
import { createTables } from '../../support/dynamodb.ts';
import { context } from '../../support/lambda.ts';
import { type Hang, HangingAws } from './hanging-aws.ts';

/** How long after its start an invocation answers in any case. */
const DUE_MS = 400;
const REMAINING_MS = DUE_MS + ANSWER_MS;

/** Queues of which the API only shows how full they are. */
const SHOWN_QUEUES = [
  'FANOUT_QUEUE_URL',
  'BULK_FANOUT_QUEUE_URL',
  'SLOW_DELIVERY_QUEUE_URL',
  'STATS_QUEUE_URL',
  'CONTINUATIONS_QUEUE_URL',
  'RULE_DEAD_LETTER_QUEUE_URL',
  'FANOUT_DEAD_LETTER_QUEUE_URL',
  'DEAD_LETTER_QUEUE_URL',
  'JOBS_DEAD_LETTER_QUEUE_URL',
  'STATS_DEAD_LETTER_QUEUE_URL',
  'CONTINUATIONS_DEAD_LETTER_QUEUE_URL',
];

interface Answer {
  status: number;
  type: unknown;
  retryAfter: unknown;
  body: string;
  ms: number;
}

let aws: HangingAws;
let secret: string;
const handlers: Record<string, object> = {};

beforeAll(async () => {
  aws = await HangingAws.start();
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials });
  const { registry: table, ledger } = await createTables(client, 'deadline');
  const registry = { client, table, wait: systemWait };
  const ports = {
    keys: createKeyStore({ ...registry, warn: expect.fail }),
    audit: createAuditTrail({ ...registry, retentionDays: null }),
  };
  const wanted = { name: 'test', role: 'admin', tenant: null, expiresAt: null } as const;
  ({ secret } = await createKey(wanted, SYSTEM, { ...ports, clock: systemClock, random: systemRandom }));
  client.destroy();
  const environment = {
    ...{ REGISTRY_TABLE: table, LEDGER_TABLE: ledger, PAYLOAD_BUCKET: BUCKET, EVENT_BUS: 'bus' },
    ...{ DELIVERY_QUEUE_URL: aws.endpoint, BULK_DELIVERY_QUEUE_URL: aws.endpoint, JOBS_QUEUE_URL: aws.endpoint },
    ...Object.fromEntries(SHOWN_QUEUES.map((name) => [name, aws.endpoint])),
    ...{ STAGE: 'local', REQUESTS_PER_SECOND: '1', REQUESTS_BURST: '1', HEARTBEAT: 'false' },
    ...{ PUBLIC_URL: 'https://api.example.com', VIEWER_ROLES: '', ADMIN_ROLES: '' },
    SECRETS_KEY_ARN: KEY_ARN,
    ...{
      RETENTION_DAYS: '30',
      DEAD_LETTER_RETENTION_DAYS: '14',
      AUDIT_RETENTION_DAYS: '',
      LIST_SHARDS: '1',
      METRICS_STAGE: '',
      WAITING_SHARDS: '1',
    },
    ...{ EGRESS_ALLOWED_CIDRS: '', EGRESS_ALLOW_HTTP: 'false', AWS_REGION: 'us-east-1' },
    ...{ AWS_ENDPOINT_URL: aws.endpoint, AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
    POWERTOOLS_LOG_LEVEL: 'SILENT',
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  handlers.ingest = (await import('../../../lambdas/ingest/handler.ts')).handler;
  handlers.api = (await import('../../../lambdas/api/handler.ts')).handler;
});
afterEach(() => aws.heal());
afterAll(() => aws.stop());

/** Invokes a function with a request, as API Gateway does. */
async function ask(fn: 'ingest' | 'api', method: string, path: string, body: object | null, key = ''): Promise<Answer> {
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json', 'idempotency-key': key };
  const request = { method, url: path, httpVersion: '1.1', sourceIp: '203.0.113.7' };
  const route = { accountId: '123456789012', apiId: 'api', routeKey: `${method} ${path}`, pathParameters: undefined };
  const event = proxyEvent(
    { ...request, rawHeaders: Object.entries(headers).flat(), body: Buffer.from(body ? JSON.stringify(body) : '') },
    { ...route, requestId: 'r', timeMs: Date.now(), iam: null },
  );
  const began = performance.now();
  const remainingMs = () => Math.max(0, began + REMAINING_MS - performance.now());
  const answer: APIGatewayProxyStructuredResultV2 = await Reflect.apply(Object(handlers[fn]), undefined, [
    event,
    { ...context, getRemainingTimeInMillis: remainingMs },
  ]);
  const { statusCode: status = 0, headers: given = {}, body: text = '' } = answer;
  return {
    ...{ status, body: text, ms: performance.now() - began },
    ...{ type: given['content-type'], retryAfter: given['retry-after'] },
  };
}

/** 503 in our own format, while the function still had time; and no call is left for the next invocation. */
async function expectInTime({ status, type, retryAfter, body, ms }: Answer): Promise<void> {
  expect({ status, type, retryAfter }).toEqual({ status: 503, type: 'application/problem+json', retryAfter: '2' });
  expect(JSON.parse(body)).toMatchObject({ type: 'urn:postrider:problem:unavailable', status: 503 });
  expect(ms).toBeGreaterThanOrEqual(DUE_MS - 10);
  expect(ms).toBeLessThan(REMAINING_MS);
  await vi.waitFor(() => expect(aws.hanging).toBe(0), { timeout: 500 });
}

const HANGS: Hang[] = ['before it is read', 'before it took effect', 'after it took effect'];

describe('a publish whose store does not answer', () => {
  const publish = (key: string) =>
    ask('ingest', 'POST', '/v1/events', { type: 'order.created', tenant: 'acme', data: 'x'.repeat(70_000) }, key);
  const calls = { 'the payload': /^S3 PUT/, 'the event': /^PutItem/, 'the bus': /^PutEvents/ };
  const cases = Object.entries(calls).flatMap(([what, name]) => HANGS.map((hang) => ({ what, name, hang })));

  it.each(cases)('($what, $hang) is answered in time, and its repeat completes it', async ({ what, name, hang }) => {
    const key = `${what} ${hang}`;
    aws.hang(name, hang);
    await expectInTime(await publish(key));

    aws.heal();
    const repeat = await publish(key);
    expect(repeat.status).toBe(202);
    const { id } = JSON.parse(repeat.body);
    const copies = aws.onBus.filter((detail) => detail.includes(id));
    expect(copies.length).toBe(key === 'the bus after it took effect' ? 2 : 1);
  });

  it('is answered in time even while its key is looked up', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 });
    aws.hang(/^GetItem/, 'before it took effect');
    await expectInTime(await publish('key'));
    vi.useRealTimers();
  });
});

describe('a request to the management API whose store does not answer', () => {
  const endpoint = { tenant: 'acme', url: 'https://example.com/hook', event_types: ['order.*'] };

  it.each([
    ['the list of events', /^Query/, 'GET', '/v1/events?tenant=acme', null],
    ['the key of the secrets', /^GenerateDataKey/, 'POST', '/v1/endpoints', endpoint],
    ['the endpoint', /^PutItem/, 'POST', '/v1/endpoints', endpoint],
  ] as const)('(%s) is answered in time', async (_, name, method, path, body) => {
    aws.hang(name, 'before it took effect');
    await expectInTime(await ask('api', method, path, body));
  });
});

describe('the timeouts of the functions behind the API', () => {
  it.each(['ingest', 'api'] as const)('leave time for two tries of a call: %s', (fn) => {
    const { connectionTimeout, requestTimeout } = awsClientConfig.requestHandler;
    const longestWaitBetweenTriesMs = 100;
    const { timeoutSeconds } = stages.prod.functions[fn];
    const tries = 2 * Math.max(connectionTimeout, requestTimeout) + longestWaitBetweenTriesMs;
    expect(tries).toBeLessThan(timeoutSeconds * 1_000 - ANSWER_MS);
  });
});
