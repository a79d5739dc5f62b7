import { beforeEach, describe, expect, it } from 'vitest';
import { openHeaders } from '../../../core/endpoints/headers.ts';
import { ApiWorld, ENDPOINT } from '../../support/api-world.ts';

let world: ApiWorld;
beforeEach(() => {
  world = new ApiWorld();
});

const GIVEN = { 'X-Api-Key': 'key-4711', Authorization: 'Bearer hush' };
const SHOWN = { 'X-Api-Key': '[set]', Authorization: '[set]' };
const HUSH = /key-4711|hush|silence/;

const headersIn = (reply: { body: unknown }) => Object(reply.body).headers;
/** The clock advances, so that audit entries have an order. */
const patch = (id: string, headers: unknown, others: object = {}) => {
  world.now += 1;
  return world.request('PATCH', `/v1/endpoints/${id}`, { body: { headers, ...others } });
};
const put = (id: string, headers: object) =>
  world.request('PUT', `/v1/endpoints/${id}`, { body: { ...ENDPOINT, headers } });
const shown = async (id: string) => headersIn(await world.get(`/v1/endpoints/${id}`));
const revealed = async (id: string) => headersIn(await world.get(`/v1/endpoints/${id}/headers`));
const stored = (id: string) => world.registry.endpoints.get(id) ?? expect.fail('no endpoint');

/** Puts an endpoint as an earlier version stored it: with values in clear. */
function storeClear(id: string, headers: Record<string, string>): void {
  world.registry.endpoints.set(id, { ...stored(id), headers, sealedHeaders: undefined });
}

describe('the values of headers', () => {
  it('are sealed, and shown nowhere but by their own route', async () => {
    const made = await world.post('/v1/endpoints', { ...ENDPOINT, headers: GIVEN });
    const id = made.field('id');
    const viewer = world.key({ role: 'viewer' });
    const replies = [
      made,
      await world.get(`/v1/endpoints/${id}`),
      await world.get(`/v1/endpoints/${id}`, viewer),
      await world.get('/v1/endpoints', viewer),
      await patch(id, { Authorization: 'Bearer silence' }),
      await put(id, GIVEN),
      await world.get('/v1/audit'),
    ];
    for (const { status, text } of replies) {
      expect(status).toBeLessThan(300);
      expect(text).not.toMatch(HUSH);
    }
    expect(headersIn(made)).toEqual(SHOWN);
    expect(JSON.stringify([...world.registry.endpoints.values()])).not.toMatch(HUSH);
    expect(await revealed(id)).toEqual(GIVEN);
    expect((await world.get(`/v1/endpoints/${id}/headers`, viewer)).status).toBe(403);
  });

  it('are revealed only after the reveal is in the audit trail', async () => {
    const id = await world.endpoint({ tenant: 'acme', headers: GIVEN });
    expect(await revealed(id)).toEqual(GIVEN);
    expect([...world.audit.entries.values()]).toMatchObject([
      { action: 'endpoint.headers_revealed', object: id, tenant: 'acme', actor: { kind: 'api_key', name: 'test' } },
    ]);
    world.ports.audit.append = async () => {
      throw new Error('down');
    };
    const refused = await world.get(`/v1/endpoints/${id}/headers`);
    expect(refused.status).toBe(500);
    expect(refused.text).not.toMatch(HUSH);
  });

  it('do not open under another name, for another endpoint, or as those of another version', async () => {
    const id = await world.endpoint({ headers: GIVEN });
    const endpoint = stored(id);
    const names = endpoint.sealedHeaders?.names ?? [];
    const values = endpoint.sealedHeaders?.values ?? expect.fail('not sealed');
    const withNames = (changed: typeof names) => ({ ...endpoint, sealedHeaders: { names: changed, values } });
    for (const moved of [
      { ...endpoint, id: 'ep_2' },
      { ...endpoint, tenant: 'other' },
      withNames(names.toReversed()),
      withNames(names.map(({ since }, at) => ({ name: `x-${at}`, since }))),
      withNames(names.map(({ name }) => ({ name, since: 2 }))),
      { ...endpoint, sealedHeaders: { names, values: endpoint.secret } },
    ]) {
      await expect(openHeaders(moved, world.ports.opener)).rejects.toThrow();
    }
    const asSecret = { ...endpoint, secret: values };
    world.registry.endpoints.set(id, asSecret);
    expect((await world.get(`/v1/endpoints/${id}/secret`)).status).toBe(500);
  });

  it('are kept by `[set]`, in whatever case the name is written', async () => {
    const id = await world.endpoint({ headers: GIVEN });
    expect(headersIn(await put(id, { authorization: '[set]', 'x-new': '1' }))).toEqual({
      authorization: '[set]',
      'x-new': '[set]',
    });
    expect(await revealed(id)).toEqual({ authorization: 'Bearer hush', 'x-new': '1' });
    expect((await patch(id, await shown(id), { description: 'as it was read' })).status).toBe(200);
    expect(await revealed(id)).toEqual({ authorization: 'Bearer hush', 'x-new': '1' });
  });

  it('cannot be kept where there is none', async () => {
    const id = await world.endpoint({ headers: GIVEN });
    for (const refused of [
      await world.post('/v1/endpoints', { ...ENDPOINT, headers: { 'x-a': '[set]' } }),
      await patch(id, { 'x-a': '[set]' }),
      await put(id, { 'x-a': '[set]' }),
    ]) {
      expect([refused.status, refused.faults]).toEqual([422, ['headers.x-a']]);
      expect(refused.text).toContain('send the value itself');
    }
    expect(await revealed(id)).toEqual(GIVEN);
  });

  it('need no key while none of them changes', async () => {
    const id = await world.endpoint({ headers: GIVEN });
    world.ports.opener.open = () => Promise.reject(new Error('KMS is away'));
    world.ports.sealer.keys.decrypt = () => Promise.reject(new Error('KMS is away'));
    const before = stored(id).sealedHeaders;
    expect((await world.request('PATCH', `/v1/endpoints/${id}`, { body: { state: 'paused' } })).status).toBe(200);
    expect((await put(id, SHOWN)).status).toBe(200);
    expect(stored(id).sealedHeaders).toEqual(before);
    expect((await put(id, {})).status).toBe(200);
    expect(stored(id).sealedHeaders).toBeUndefined();
  });

  it('are marked in the audit trail where they changed, and only there', async () => {
    const id = await world.endpoint({ headers: GIVEN });
    await patch(id, { authorization: 'Bearer silence', 'X-Api-Key': 'key-4711' });
    await patch(id, { authorization: 'Bearer silence' });
    const { data } = (await world.get(`/v1/audit?object=${id}`)).list;
    expect(data.map(({ action }) => action)).toEqual(['endpoint.updated', 'endpoint.created']);
    expect(data[0]).toMatchObject({
      before: { headers: { 'X-Api-Key': '[redacted]', Authorization: '[redacted]' } },
      after: { headers: { 'X-Api-Key': '[redacted]', authorization: '[redacted, changed]' } },
    });
    await patch(id, { authorization: 'Bearer hush' });
    const changed = (await world.get(`/v1/audit?object=${id}`)).list.data[0];
    expect(changed).toMatchObject({ after: { headers: { authorization: '[redacted, changed]' } } });
  });
});

describe('header names in a merge patch', () => {
  it.each([
    [{ 'x-api-key': null }, { Authorization: 'Bearer hush' }],
    [{ AUTHORIZATION: 'new' }, { 'X-Api-Key': 'key-4711', AUTHORIZATION: 'new' }],
    [{ AUTHORIZATION: null, 'x-api-key': 'new' }, { 'x-api-key': 'new' }],
    [{ 'x-other': null }, GIVEN],
    [null, {}],
  ])('are found in whatever case: %j', async (change, left) => {
    const id = await world.endpoint({ headers: GIVEN });
    expect((await patch(id, change)).status).toBe(200);
    expect(await revealed(id)).toEqual(left);
  });

  it.each([
    [{ 'x-a': '1', 'X-A': '2' }],
    [{ 'x-a': null, 'X-A': '2' }],
    [{ authorization: null, AUTHORIZATION: null }],
  ])('are refused if two differ only by case: %j', async (change) => {
    const id = await world.endpoint({ headers: GIVEN });
    const reply = await patch(id, change);
    expect([reply.status, reply.faults]).toEqual([422, ['headers']]);
    expect(await revealed(id)).toEqual(GIVEN);
  });

  it('may not be that of the signature, whichever of the two changes', async () => {
    const id = await world.endpoint({ headers: { 'X-Hub-Signature-256': 'mine' } });
    const reply = await patch(id, {}, { signature_profile: 'github' });
    expect([reply.status, reply.faults]).toEqual([422, ['headers.X-Hub-Signature-256']]);
    expect(reply.text).toContain('remove it, or choose another signature');
    expect((await patch(id, { 'x-hub-signature-256': null }, { signature_profile: 'github' })).status).toBe(200);
    expect((await patch(id, { 'x-hub-signature-256': 'mine' })).faults).toEqual(['headers.x-hub-signature-256']);
    expect((await patch(id, { 'x-sig': 'a' }, { signature_profile: 'stripe:X-Sig' })).faults).toEqual([
      'headers.x-sig',
    ]);
  });
});

describe('header values that an earlier version stored in clear', () => {
  const CLEAR = { 'X-A': 'hush', 'x-b': 'key-4711', 'x-a': 'silence' };

  it('are shown as set, and revealed without twins', async () => {
    const id = await world.endpoint();
    storeClear(id, CLEAR);
    expect(await revealed(id)).toEqual({ 'x-a': 'silence', 'x-b': 'key-4711' });
    expect((await world.get('/v1/endpoints')).text).not.toMatch(HUSH);
    expect(stored(id).headers).toEqual(CLEAR);
  });

  it.each<[string, (id: string) => Promise<unknown>]>([
    ['a read', (id) => world.get(`/v1/endpoints/${id}`)],
    [
      'a change of something else',
      (id) => world.request('PATCH', `/v1/endpoints/${id}`, { body: { description: 'x' } }),
    ],
    ['a change that sends them back', async (id) => put(id, await shown(id))],
    ['a rotation', (id) => world.post(`/v1/endpoints/${id}/secret/rotate`)],
  ])('are sealed by %s, which is no change of theirs', async (_, act) => {
    const id = await world.endpoint();
    storeClear(id, CLEAR);
    await act(id);
    expect(JSON.stringify(stored(id))).not.toMatch(HUSH);
    expect(await revealed(id)).toEqual({ 'x-a': 'silence', 'x-b': 'key-4711' });
    const audit = await world.get(`/v1/audit?object=${id}`);
    expect(audit.text).not.toMatch(/hush|redacted/);
  });

  it('are shown as set even if they cannot be sealed now, which is logged', async () => {
    const id = await world.endpoint();
    storeClear(id, CLEAR);
    const fault = new Error('KMS is away');
    world.ports.sealer.keys.decrypt = () => Promise.reject(fault);
    expect(await shown(id)).toEqual({ 'x-a': '[set]', 'x-b': '[set]' });
    expect(world.unsealed).toEqual([fault]);
  });

  it('keep the entry of the change before', async () => {
    const id = await world.endpoint({ description: 'first' });
    storeClear(id, CLEAR);
    await world.get(`/v1/endpoints/${id}`);
    const { data } = (await world.get(`/v1/audit?object=${id}`)).list;
    expect(data.map(({ action }) => action)).toEqual(['endpoint.created']);
  });
});

describe('a URL with credentials', () => {
  const URL_WITH_TOKEN = 'https://example.com/hooks/T0PSECRET?token=T0PSECRET';

  it('is cut after its host in lists and in the audit trail, and whole for who reads the endpoint', async () => {
    const id = await world.endpoint({ url: URL_WITH_TOKEN });
    await world.request('PATCH', `/v1/endpoints/${id}`, { body: { url: `${URL_WITH_TOKEN}2` } });
    const [list, audit] = [await world.get('/v1/endpoints'), await world.get('/v1/audit')];
    for (const { text } of [list, audit]) expect(text).not.toContain('T0PSECRET');
    expect(list.list.data[0]).toMatchObject({ url: 'https://example.com/…' });
    expect(audit.list.data[0]).toMatchObject({
      before: { url: 'https://example.com/…' },
      after: { url: 'https://example.com/… (changed)' },
    });
    expect((await world.get(`/v1/endpoints/${id}`)).field('url')).toBe(`${URL_WITH_TOKEN}2`);
  });

  it('is cut in entries that an earlier version wrote', async () => {
    const id = await world.endpoint();
    const [entry] = world.audit.pendingEntries;
    await world.audit.append({
      ...(entry ?? expect.fail('no entry')),
      id: `aud_${'0'.repeat(26)}`,
      before: { url: URL_WITH_TOKEN },
    });
    const { text } = await world.get(`/v1/audit?object=${id}`);
    expect(text).toContain('https://example.com/…');
    expect(text).not.toContain('T0PSECRET');
  });

  it('is not taken from a list', async () => {
    const id = await world.endpoint({ url: URL_WITH_TOKEN });
    const listed = (await world.get('/v1/endpoints')).list.data[0]?.url;
    const reply = await world.request('PATCH', `/v1/endpoints/${id}`, { body: { url: listed } });
    expect([reply.status, reply.faults]).toEqual([422, ['url']]);
    expect(reply.text).toContain('send the whole URL');
  });
});
