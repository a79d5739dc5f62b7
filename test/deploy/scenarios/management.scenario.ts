import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Answer, createApi, type RequestOptions } from '../../e2e/support/api.ts';
import { openTenant } from '../../e2e/support/tenant.ts';
import { untilReceived } from '../../e2e/support/webhooks.ts';
import { deployedTarget } from '../target.ts';

const target = deployedTarget();
const api = createApi(target);
const problem = z.object({ status: z.number(), errors: z.array(z.object({ path: z.string() })).optional() });

/** The status and the fields named by an error, which must be a problem document. */
function refusal({ status, headers, text }: Answer): { status: number; paths: string[] } {
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const document = problem.parse(JSON.parse(text));
  expect(document.status).toBe(status);
  return { status, paths: (document.errors ?? []).map(({ path }) => path) };
}

describe('invalid input', () => {
  const endpoint = (url: string) => ({ body: { url, event_types: ['*'] } });
  const cases: [string, string, string, RequestOptions, number, string[]][] = [
    ['a body that is not JSON', 'POST', '/v1/events', { body: '{"type"' }, 400, ['']],
    ['a type with a space', 'POST', '/v1/events', { body: { type: 'a b', data: 1 } }, 422, ['type']],
    ['one bad event of two', 'POST', '/v1/events', { body: [{ type: 'a', data: 1 }, { type: 'a' }] }, 422, ['1.data']],
    ['no key', 'POST', '/v1/events', { body: { type: 'a', data: 1 }, key: null }, 401, []],
    ['a wrong key', 'GET', '/v1/endpoints', { key: 'pr_wrong' }, 401, []],
    [
      'an endpoint at the metadata address',
      'POST',
      '/v1/endpoints',
      endpoint('https://169.254.169.254/'),
      422,
      ['url'],
    ],
    ['an endpoint in a private network', 'POST', '/v1/endpoints', endpoint('https://[::ffff:10.0.0.1]/'), 422, ['url']],
    ['an unknown delivery', 'GET', '/v1/deliveries/dlv_nowhere', {}, 404, []],
    ['an unknown path', 'GET', '/v1/nothing', {}, 404, []],
    ['a method that the path does not have', 'DELETE', '/v1/events', {}, 405, []],
  ];

  it.each(cases)('%s is refused with a problem document', async (_, method, path, options, status, paths) => {
    expect(refusal(await api.request(method, path, options))).toEqual({ status, paths });
  });
});

describe('an operator', () => {
  it('creates a key that may only publish, and revokes it', async () => {
    const body = { name: 'deployment test', role: 'producer' };
    const made = await api.request('POST', '/v1/keys', { body });
    const { id, key } = z.object({ id: z.string(), key: z.string() }).parse(JSON.parse(made.text));

    expect((await api.request('POST', '/v1/events', { body: { type: 'a', data: 1 }, key })).status).toBe(202);
    expect(refusal(await api.request('GET', '/v1/endpoints', { key })).status).toBe(403);
    const { text } = await api.request('GET', '/v1/keys');
    expect(text).toContain(id);
    expect(text).not.toContain(key);
    expect((await api.request('DELETE', `/v1/keys/${id}`)).status).toBe(204);
    expect((await api.request('GET', '/v1/keys')).text).not.toContain(id);
  });

  it('rotates a secret, and both verify until the old one ends', async () => {
    await using tenant = await openTenant(target, 'rotated');
    const { endpoint, hook, secret: old } = await tenant.subscribe({ event_types: ['*'] });

    const { secret } = await api.rotateSecret(endpoint.id, { overlap_seconds: 3_600 });
    hook.useSecrets(old, secret);
    const revealed = await api.request('GET', `/v1/endpoints/${endpoint.id}/secret`);
    await api.testEndpoint(endpoint.id);

    expect(JSON.parse(revealed.text)).toMatchObject({ secret, previous: [{}] });
    await untilReceived(hook, 1);
    expect(hook.received[0]?.verifiedBy).toEqual([old, secret]);
  });

  it('finds deliveries in lists, and nothing of a deleted endpoint', async () => {
    await using tenant = await openTenant(target, 'listed');
    const { endpoint, hook } = await tenant.subscribe({ event_types: ['order.*'], description: 'before' });
    await api.patchEndpoint(endpoint.id, { description: 'after', event_types: ['refund.*'] });
    await tenant.publish('order.created', '{}');
    const { id } = await tenant.publish('refund.made', '{}');
    await untilReceived(hook, 1);

    const of = `?tenant=${tenant.name}`;
    expect(await api.eventIds(tenant.name)).toContain(id);
    expect((await api.deliveries({ tenant: tenant.name })).map(({ event_id }) => event_id)).toEqual([id]);
    expect((await api.request('GET', `/v1/endpoints${of}`)).text).toContain('"description":"after"');
    await api.deleteEndpoint(endpoint.id);
    expect(JSON.parse((await api.request('GET', `/v1/endpoints${of}`)).text)).toEqual({ data: [], next: null });
    await tenant.publish('refund.made', '{}');
    expect(refusal(await api.request('GET', `/v1/endpoints/${endpoint.id}`)).status).toBe(404);
  });
});
