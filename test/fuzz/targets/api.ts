import assert from 'node:assert/strict';
import * as z from 'zod';
import { deliveryId } from '../../../core/ids.ts';
import { isObject } from '../../../core/json.ts';
import { CAPABILITIES } from '../../../core/sessions/capabilities.ts';
import { answerTo } from '../../../lambdas/api/gateway.ts';
import { operations } from '../../../lambdas/api/operations.ts';
import { problemOf } from '../../../lambdas/runtime/problem-of.ts';
import { ApiWorld } from '../../support/api-world.ts';
import { proxyEvent } from './proxy-event.ts';
import { jsonOf, type Target } from './target.ts';

/** A world with one of everything; its ids are always the same. */
async function aWorld() {
  const world = new ApiWorld();
  const endpoint = await world.endpoint({ tenant: 'acme' });
  const text = '{"id":"evt_1","type":"order.created","data":{}}';
  const event = world.event([endpoint], { tenant: 'acme', payload: { key: 'p', offset: 0, length: text.length } });
  const delivery = world.delivery(event, endpoint, { tenant: 'acme' });
  await world.payloads.put('p', text);
  const job = (await world.post('/v1/redrives', {})).field('id');
  const { id: session, ...secrets } = await world.session({ tenant: 'acme', capabilities: CAPABILITIES });
  const late = world.event([endpoint], { tenant: 'acme' });
  const waits = { status: 'waiting', waitingFor: 'backoff', nextAttemptAt: world.now + 3_600_000 } as const;
  const waiting = world.delivery(late, endpoint, { tenant: 'acme', ...waits });
  const unopened = (await world.post('/v1/portal-sessions', {})).field('url').split('#code=')[1] ?? '';
  return {
    world,
    secrets: { ...secrets, unopened },
    ids: { endpoint, event: event.id, delivery, job, session, waiting },
  };
}

const { ids, secrets: ofSeed } = await aWorld();

/** The input is the method, path and query of an admin's request, and after a line break the bytes of its body. */
async function check(input: string): Promise<string | undefined> {
  const [line = '', ...rest] = input.split('\n');
  const [method = '', path = '', ...query] = line.split(/[ ?]/);
  // An invalid HTTP method does not reach the gateway.
  if (!/^[A-Za-z-]+$/.test(method)) return undefined;
  const { world, secrets } = await aWorld();
  let fault: unknown;
  world.ports.refusalOf = (thrown) => {
    fault = thrown;
    return problemOf(thrown);
  };
  const answer = await answerTo(
    proxyEvent({ method, path, query: query.join('?'), body: rest.join('\n'), key: world.admin }),
    world.app.fetch,
  );
  const { statusCode = 0, body = '' } = answer;
  if (statusCode >= 500) throw fault ?? new Error(`It answers ${statusCode}.`);
  const document = body === '' ? undefined : jsonOf(body);
  // HEAD is answered without a body; a web Request accepts its name in any case.
  const isRefused = statusCode >= 400 && method.toUpperCase() !== 'HEAD';
  assert.ok(!isRefused || (isObject(document) && document.status === statusCode), 'A refusal is no problem document.');
  assert.ok(isRefused || body === '' || document !== undefined, 'An answer is no JSON.');
  const lines = JSON.stringify(world.lines);
  for (const secret of [world.admin, ...Object.values(secrets)]) {
    assert.ok(!lines.includes(secret), 'A log line holds a key, code or token.');
  }
  // Earlier lines are of what made the world.
  const logged = world.lines.at(-1);
  return `${logged?.method} ${logged?.route} ${statusCode} ${reasonOf(document)}`;
}

function reasonOf(document: unknown): string {
  const errors = isObject(document) ? document.errors : undefined;
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  return isObject(first) ? wordsOf(String(first.message)) : '';
}

/** A message without the parts that differ between inputs. */
const wordsOf = (message: string) => message.replaceAll(/["\d].*/gs, '').slice(0, 40);

function seedOf({ method, path, query, bodyExample }: (typeof operations)[number]): string {
  const names: [RegExp, string][] = [
    [/endpoints\/\{id\}/, `endpoints/${ids.endpoint}`],
    [/events\/\{id\}/, `events/${ids.event}`],
    [/portal-sessions\/\{id\}/, `portal-sessions/${ids.session}`],
    [/deliveries\/\{id\}/, `deliveries/${deliveryId(ids.event, ids.endpoint)}`],
    [/\{name\}/, 'order.created'],
    [/\{id\}/, ids.job],
  ];
  const named = names.reduce((text, [pattern, name]) => text.replace(pattern, name), path);
  const page = query instanceof z.ZodObject && 'cursor' in query.shape ? '?limit=1&cursor=e30' : '';
  return `${method.toUpperCase()} ${named}${page}${bodyExample === undefined ? '' : `\n${JSON.stringify(bodyExample)}`}`;
}

export const target: Target = {
  holds: 'Every API request is answered: a refused one with a problem document, and none with 5xx.',
  covers: ['lambdas/api/', 'core/', 'adapters/ajv/', 'adapters/jmespath/', 'adapters/http/egress-policy.ts'],
  seeds: [
    ...operations.map(seedOf),
    `POST /v1/portal-sessions/redeem\n${JSON.stringify({ code: ofSeed.code })}`,
    `POST /v1/portal-sessions/redeem\n${JSON.stringify({ code: ofSeed.unopened, nonce: 'n'.repeat(22) })}`,
    ...['GET', 'DELETE'].map((method) => `${method} /v1/portal-sessions?tenant=acme`),
    'GET /v1/deliveries?tenant=acme&status=delivered&from=2026-11-22T10:00:00Z&limit=1',
    `GET /v1/endpoints/${ids.endpoint}/stats?hours=3`,
    ...[
      'GET /v1/endpoints?tenant=*&state=active&circuit=closed&url=example&type=order.created',
      'GET /v1/events?tenant=acme&idempotency_key=k',
      'GET /v1/events?tenant=*&type=order.created&from=2026-11-22T10:00:00Z',
      'GET /v1/audit?tenant=acme&action=delivery.replayed&actor=postrider&from=2026-11-22T10:00:00Z',
      ...['/v1/jobs?tenant=*', '/v1/keys', '/v1/tenants', '/v1/event-types', '/v1/unreadable'].map(
        (path) => `GET ${path}`,
      ),
      'GET /.well-known/webhooks',
      `POST /v1/deliveries/${ids.waiting}/send-now`,
      `POST /v1/endpoints/${ids.endpoint}/test\n{"type":"order.created","data":{"n":12345678901234567890}}`,
      `POST /v1/endpoints/${ids.endpoint}/recover\n{"since":"2026-11-22T10:00:00Z","dry_run":true}`,
      `POST /v1/endpoints/${ids.endpoint}/replay-missing\n{"since":"2026-11-22T10:00:00Z","dry_run":true}`,
      `POST /v1/redrives\n{"tenant":"acme","endpoint_id":"${ids.endpoint}","type":"order.created","dry_run":true}`,
      `POST /v1/filters/try\n{"filter":"data.n > \`1\`","event_id":"${ids.event}"}`,
      'POST /v1/filters/try\n{"filter":"metadata.x","event":{"type":"a","data":[1.00],"metadata":{"x":"y"}}}',
    ],
    ...[
      'GET /v1/audit?tenant=*',
      'OPTIONS /v1/events',
      'GET //x',
      'HEAD /v1/keys',
      'POST /v1/keys\n[',
      'PUT /v1/event-types/a\n{"schema":{"type":"x"}}',
    ],
  ],
  dictionary: [
    ...[
      'GET ',
      'POST ',
      'PUT ',
      'PATCH ',
      'DELETE ',
      '?',
      '&',
      '=',
      '%',
      '%00',
      '%2A',
      '%ff',
      '+',
      '..',
      '#',
      '/v1/',
      '\n',
      '__proto__',
    ],
    ...[
      'tenant=',
      'cursor=',
      'limit=',
      'from=',
      'to=',
      'status=',
      'type=',
      'event_type=',
      'endpoint_id=',
      'state=',
      'circuit=',
      'url=',
      'actor=',
      'action=',
      'idempotency_key=',
      '*',
      '2026-11-22T10:00:00Z',
    ],
    ...[
      '0000-01-01T00:00:00+23:59',
      '9999-12-31T23:59:59-23:59',
      '-1',
      '0',
      '100',
      '101',
      'null',
      '""',
      '{}',
      '[]',
      'acme',
      'default',
      '.',
    ],
    ...[
      'url',
      'event_types',
      'filter',
      'headers',
      'metadata',
      'retry_policy',
      'max_attempts',
      'secret',
      'whsec_',
      'signature_profile',
      'state',
    ],
    ...[
      'description',
      'versions',
      'schema',
      'example',
      'name',
      'role',
      'expires_at',
      'overlap_seconds',
      'endpoint_id',
      'event_type',
      'reason',
      'dry_run',
      'since',
      'until',
      'event',
      'event_id',
    ],
    ...Object.values(ids),
  ],
  lengthMax: 2_048,
  timeMs: 3_000,
  check,
};
