import { expect } from 'vitest';
import { expectProblem } from '../support/problems.ts';
import type { Target } from '../support/target.ts';
import { openTenant } from '../support/tenant.ts';

/** Endpoint settings that must be refused, by their error. */
const BAD_SETTINGS: Readonly<Record<string, Record<string, unknown>>> = {
  'plain http to a public host': { url: 'http://example.com/' },
  'userinfo in the URL': { url: 'https://user:secret@example.com/' },
  'a private address': { url: 'https://10.0.0.1/' },
  'a link-local address as an IPv6 address': { url: 'https://[::ffff:169.254.169.254]/' },
  'a private address in octal': { url: 'https://012.0.0.1/' },
  'another scheme': { url: 'ftp://example.com/' },
  'no URL at all': { url: 'example' },
  'no event types': { event_types: [] },
  'a filter that does not parse': { filter: 'data.[' },
  'an unknown field': { colour: 'red' },
  'an unknown state': { state: 'asleep' },
  'a header that the delivery sets': { headers: { 'webhook-id': '1' } },
  'retries beyond the life of the event': {
    retry_policy: { initial_delay_seconds: 43_200, backoff_factor: 10, max_delay_seconds: 86_400, max_attempts: 50 },
  },
  'a timeout of minutes': { timeout_seconds: 120 },
  'a short secret': { secret: 'whsec_c2hvcnQ=' },
};

/** An invalid endpoint is refused with a problem document that names the field; nothing is stored. */
export async function badEndpointsAreRefused(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'bad-endpoints');
  const good = { tenant: tenant.name, url: 'https://example.com/', event_types: ['a.b'] };

  for (const [what, bad] of Object.entries(BAD_SETTINGS)) {
    const answer = await tenant.api.request('POST', '/v1/endpoints', { body: { ...good, ...bad } });
    const path = 'headers' in bad ? 'headers.webhook-id' : Object.keys(bad).join();
    expect.soft(() => expectProblem(answer, 422, [path]), what).not.toThrow();
  }

  expect(await tenant.api.endpoints(tenant.name)).toEqual([]);
}

/** If a stage allows loopback, all its spellings are allowed, but not similar-looking addresses. */
export async function loopbackIsAllowedHere(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'loopback');
  const event_types = ['a.b'];

  for (const url of ['http://localhost:9/', 'https://127.1/', 'http://[::1]:9/', 'http://0x7f000001:9/']) {
    const { id } = await tenant.api.createEndpoint({ tenant: tenant.name, url, event_types });
    await tenant.api.deleteEndpoint(id);
  }
  const body = { tenant: tenant.name, url: 'http://localhost.example.com/', event_types };
  expectProblem(await tenant.api.request('POST', '/v1/endpoints', { body }), 422, ['url']);
}

/** Without a valid key every response is 401; a key is limited to its role and tenant. */
export async function keysAreChecked(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'keys');
  await using other = await openTenant(target, 'keys-other');
  const { api, event } = tenant;
  const { endpoint } = await other.subscribe({ event_types: ['a.b'] });
  const body = event('a.b', '1');

  for (const key of [null, 'pr_unknown', `${target.adminKey}x`, '']) {
    expectProblem(await api.request('POST', '/v1/events', { body, key }), 401);
    expectProblem(await api.request('GET', '/v1/events', { key }), 401);
    expectProblem(await api.request('POST', '/v1/endpoints', { body: {}, key }), 401);
  }
  const producer = await api.createKey({ name: 'producer', role: 'producer', tenant: tenant.name });
  const viewer = await api.createKey({ name: 'viewer', role: 'viewer', tenant: tenant.name });
  expectProblem(await api.request('POST', '/v1/events', { body, key: viewer.key }), 403);
  expectProblem(await api.request('GET', '/v1/events', { key: producer.key }), 403);
  expectProblem(await api.request('POST', '/v1/events', { body: other.event('a.b', '1'), key: producer.key }), 403);
  expectProblem(await api.request('GET', `/v1/endpoints/${endpoint.id}`, { key: viewer.key }), 404);
  expectProblem(await api.request('GET', '/v1/endpoints/ep_01m80rsy1633czr0vafyrc6ysm'), 404);
  expectProblem(await api.request('GET', '/v1/endpoints/nonsense'), 404);
  expect((await api.request('POST', '/v1/events', { body, key: producer.key })).status).toBe(202);
  expect((await api.request('GET', '/v1/events', { key: viewer.key })).status).toBe(200);
}

/** Unknown paths and methods get problem documents too. */
export async function unknownPathsAreProblems(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'paths');
  const { api } = tenant;

  expectProblem(await api.request('GET', '/v1/nothing'), 404);
  expectProblem(await api.request('GET', '/'), 404);
  expectProblem(await api.request('DELETE', '/v1/events'), 405);
  expectProblem(await api.request('PUT', '/healthz'), 405);
  expectProblem(await api.request('GET', '/v1/events?limit=101'), 422, ['limit']);
  expectProblem(await api.request('GET', '/v1/events?colour=red'), 422, ['colour']);
  expectProblem(await api.request('GET', '/v1/events?cursor=nonsense'), 422, ['cursor']);
  expectProblem(await api.request('GET', '/v1/deliveries?status=pending'), 422, ['status']);
}
