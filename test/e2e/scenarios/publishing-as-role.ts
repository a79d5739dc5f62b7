import { expect } from 'vitest';
import { type SigningOptions, signedHeaders } from '../../support/signing-caller.ts';
import { expectProblem } from '../support/problems.ts';
import type { Target } from '../support/target.ts';
import { openTenant } from '../support/tenant.ts';
import { expectWebhooks, untilReceived } from '../support/webhooks.ts';

const PATH = '/v1/iam/events';

/** A caller inside AWS publishes with only its signature, for any tenant, and shares idempotency keys with others. */
export async function signedRequestsPublish(target: Target, credentials: SigningOptions = {}): Promise<void> {
  await using tenant = await openTenant(target, 'as-role');
  const { api, event } = tenant;
  const type = 'order.created';
  const subscriber = await tenant.subscribe({ event_types: [type] });
  const body = event(type, '{"n":12345678901234567890}', { idempotency_key: 'order-1' });
  const send = (text: string) => sendSigned(target, text, credentials);

  const first = await send(body);

  expect(first.status, first.text).toBe(202);
  const { id } = JSON.parse(first.text);
  expect(JSON.parse((await send(body)).text)).toEqual({ id, duplicate: true });
  expect(await api.publish(body)).toEqual({ id, duplicate: true });
  expectProblem(await send(event('a..b', '1')), 422, ['type']);
  expectProblem(await send('{'), 400, ['']);
  await untilReceived(subscriber.hook, 1);
  expectWebhooks(subscriber, [{ id, type, data: '{"n":12345678901234567890}' }]);
}

/** The gateway refuses unsigned requests and those without permission. */
export async function othersAreForbidden(
  target: Target,
  others: readonly SigningOptions[] = [{ service: 's3' }],
): Promise<void> {
  await using tenant = await openTenant(target, 'not-role');
  const { api, name, event } = tenant;
  const body = event('order.created', '1');

  const answers = [
    await api.request('POST', PATH, { body, key: null }),
    ...(await Promise.all(others.map((credentials) => sendSigned(target, body, credentials)))),
  ];

  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403));
  expectProblem(await api.request('GET', PATH), 405);
  expect(await api.eventIds(name)).toEqual([]);
}

/** An admin's key is not a signature: it is refused, by the gateway or by ingest. */
export async function keysAreNoSignatures(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'key-not-role');
  const { api, name, event } = tenant;

  const { status } = await api.request('POST', PATH, { body: event('order.created', '1') });

  expect([401, 403]).toContain(status);
  expect(await api.eventIds(name)).toEqual([]);
}

/** One signed request. */
async function sendSigned(target: Target, body: string, credentials: SigningOptions) {
  const headers = await signedHeaders(`${target.apiUrl}${PATH}`, body, credentials);
  const response = await fetch(`${target.apiUrl}${PATH}`, { method: 'POST', headers, body });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
