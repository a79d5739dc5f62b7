import { beforeEach, describe, expect, it } from 'vitest';
import { CAPABILITIES } from '../../../core/sessions/capabilities.ts';
import { CAPABILITY_OF } from '../../../lambdas/api/capabilities.ts';
import { parameterName } from '../../../lambdas/api/operation.ts';
import { operations } from '../../../lambdas/api/operations.ts';
import { ApiWorld } from '../../support/api-world.ts';
import { AcmeWorld, UNKNOWN } from './matrix/acme.ts';
import { ROWS } from './matrix/rows.ts';

let world: ApiWorld;
beforeEach(() => {
  world = new ApiWorld();
});

const MINUTE = 60_000;
const iso = (epochMs: number) => new Date(epochMs).toISOString();
const codeIn = (url: string) => url.split('#code=')[1] ?? '';
const redeem = (code: string, nonce?: string) =>
  world.request('POST', '/v1/portal-sessions/redeem', { body: { code, ...(nonce && { nonce }) }, key: null });
const status = async (token: string) => (await world.get('/v1/endpoints', token)).status;
const entriesOf = async (id: string) =>
  (await world.get(`/v1/audit?object=${id}`)).list.data.map(({ action, actor }) => ({ action, actor }));

describe('creating a session', () => {
  it('answers a URL whose fragment holds the code, for five minutes', async () => {
    const made = await world.post('/v1/portal-sessions', { tenant: 'acme', subject: 'jo' });
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`/v1/portal-sessions/${made.field('id')}`);
    expect(made.body).toEqual({
      id: expect.stringMatching(/^ses_[0-9a-z]{26}$/),
      url: expect.stringMatching(/^https:\/\/postrider\.example\.com\/portal\/#code=psc_[A-Za-z0-9_-]{69}$/),
      code_expires_at: iso(world.now + 5 * MINUTE),
      expires_at: iso(world.now + 60 * MINUTE),
    });
  });

  it('lasts as long as asked, at most a day, and no longer than the key', async () => {
    const until = async (body: object, key?: string) =>
      Date.parse((await world.post('/v1/portal-sessions', body, key)).field('expires_at')) - world.now;
    expect(await until({ expires_in: 86_400 })).toBe(86_400_000);
    expect(await until({ expires_in: 60 })).toBe(MINUTE);
    expect(await until({ expires_in: 3_600 }, world.key({ expiresAt: world.now + 90_000 }))).toBeLessThan(90_001);
    for (const expires_in of [59, 86_401, 90.5, '60']) {
      const refused = await world.post('/v1/portal-sessions', { expires_in });
      expect([refused.status, refused.faults]).toEqual([422, ['expires_in']]);
    }
  });

  it.each([
    [
      'next',
      ['//evil.example', 'https://evil.example', '/\\evil.example', '/a/../..', '/%2e%2e/x', 'a', '', '/a b', '/#x'],
    ],
    [
      'return_url',
      ['javascript:alert(1)', 'ftp://example.com', '/x', '', 'https://user:pass@example.com', 'data:text/html,x'],
    ],
    ['theme', ['blue', '']],
    ['locale', ['x', 'de_AT', 'en-', 'e', 'en-a', '../x']],
    ['subject', ['', 'a\u0000b', 'x'.repeat(129)]],
    ['capabilities', [[], ['everything'], 'view']],
    ['tenant', ['a b', 'postrider.heartbeat', '*']],
  ])('refuses a bad %s', async (name, values) => {
    for (const value of values) {
      const reply = await world.post('/v1/portal-sessions', { [name]: value });
      expect([value, reply.status, reply.faults[0]?.split('.')[0]]).toEqual([value, 422, name]);
      // Said once, however many of its rules a value breaks.
      expect([value, ...new Set(reply.faults)]).toEqual([value, ...reply.faults]);
    }
  });

  it('accepts what a page may need', async () => {
    const page = {
      next: '/endpoints/ep_1?tab=a%20b',
      return_url: 'http://localhost:3000/x',
      theme: 'dark',
      locale: 'de-AT',
    };
    const { token } = await world.session({ tenant: 'acme', subject: 'Jo Doe', ...page });
    expect((await world.get('/v1/me', token)).body).toMatchObject({
      ...{ kind: 'session', role: 'portal', tenant: 'acme', subject: 'Jo Doe', capabilities: ['view'] },
      ...page,
      expires_at: iso(world.now + 60 * MINUTE),
    });
  });

  it('is for admins, of their own tenant if they are bound to one, and never for a session of the portal', async () => {
    const acme = world.key({ tenant: 'acme' });
    const made = await world.post('/v1/portal-sessions', {}, acme);
    expect((await world.get(`/v1/portal-sessions/${made.field('id')}`)).body).toMatchObject({ tenant: 'acme' });
    expect((await world.post('/v1/portal-sessions', { tenant: 'globex' }, acme)).status).toBe(403);
    for (const role of ['viewer', 'producer'] as const) {
      expect((await world.post('/v1/portal-sessions', {}, world.key({ role }))).status).toBe(403);
    }
    const { token } = await world.session({ capabilities: CAPABILITIES });
    expect((await world.post('/v1/portal-sessions', {}, token)).status).toBe(403);
  });
});

describe('redeeming a code', () => {
  const code = async () =>
    codeIn((await world.post('/v1/portal-sessions', { tenant: 'acme', subject: 'jo' })).field('url'));
  const nonce = 'n'.repeat(22);

  it('answers a token that is good until the session ends', async () => {
    const reply = await redeem(await code());
    expect(reply.body).toMatchObject({ token: expect.stringMatching(/^pst_[A-Za-z0-9_-]{69}$/), tenant: 'acme' });
    expect(reply.headers.get('cache-control')).toBe('no-store');
    expect(await status(reply.field('token'))).toBe(200);
    world.now += 60 * MINUTE;
    expect(await status(reply.field('token'))).toBe(401);
  });

  it('works for five minutes', async () => {
    const [one, other] = [await code(), await code()];
    world.now += 5 * MINUTE - 1;
    expect((await redeem(one)).status).toBe(200);
    world.now += 1;
    expect((await redeem(other)).status).toBe(410);
  });

  it('works once: a second use ends the session within a minute, and the audit trail shows it', async () => {
    const used = await code();
    world.now += 1;
    const first = await redeem(used);
    expect(await status(first.field('token'))).toBe(200);
    world.now += 1;
    const second = await redeem(used);
    expect(second.status).toBe(410);
    expect(second.body).toMatchObject({ detail: expect.stringContaining('was used before') });
    world.now += MINUTE;
    expect(await status(first.field('token'))).toBe(401);
    expect((await redeem(used)).status).toBe(410);
    expect(await entriesOf(first.field('id'))).toEqual([
      { action: 'session.code_reused', actor: { kind: 'system', id: 'postrider', name: 'Postrider' } },
      { action: 'session.redeemed', actor: { kind: 'portal_session', id: first.field('id'), name: 'jo' } },
      { action: 'session.created', actor: expect.objectContaining({ kind: 'api_key', name: 'test' }) },
    ]);
  });

  it('ends the session even when the code is used again after it has expired', async () => {
    const used = await code();
    const first = await redeem(used);
    world.now += 30 * MINUTE;
    expect((await redeem(used)).status).toBe(410);
    world.now += MINUTE;
    expect(await status(first.field('token'))).toBe(401);
  });

  it('makes one session for ten at once, which the other nine end', async () => {
    const wanted = await code();
    const replies = await Promise.all(Array.from({ length: 10 }, () => redeem(wanted)));
    const answered = replies.filter((reply) => reply.status === 200);
    expect(answered).toHaveLength(1);
    expect(replies.filter((reply) => reply.status === 410)).toHaveLength(9);
    expect(await status(answered[0]?.field('token') ?? '')).toBe(401);
  });

  it('answers a page again that repeats it with its nonce, since its answer may be lost', async () => {
    const used = await code();
    const [first, again] = [await redeem(used, nonce), await redeem(used, nonce)];
    expect([again.status, again.text]).toEqual([200, first.text]);
    expect(await status(first.field('token'))).toBe(200);
    expect((await redeem(used, `${nonce}x`)).status).toBe(410);
    world.now += MINUTE;
    expect(await status(first.field('token'))).toBe(401);
  });

  it('answers ten repetitions of one page at once alike', async () => {
    const wanted = await code();
    const replies = await Promise.all(Array.from({ length: 10 }, () => redeem(wanted, nonce)));
    expect(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(await status(replies[0]?.field('token') ?? '')).toBe(200);
  });

  it('does not repeat an answer once the code has expired', async () => {
    const used = await code();
    await redeem(used, nonce);
    world.now += 5 * MINUTE;
    expect((await redeem(used, nonce)).status).toBe(410);
  });

  it('says the same of an unknown code, a wrong one, a token and one whose session was ended', async () => {
    const made = await world.post('/v1/portal-sessions', {});
    const real = codeIn(made.field('url'));
    const { token } = await world.session();
    await world.request('DELETE', `/v1/portal-sessions/${made.field('id')}`);
    const wrong = `${codeIn((await world.post('/v1/portal-sessions', {})).field('url')).slice(0, -1)}~`;
    const replies = await Promise.all(
      [real, token, wrong, 'psc_x', `psc_${'0'.repeat(26)}${'A'.repeat(43)}`].map((one) => redeem(one)),
    );
    expect(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(replies[0]?.status).toBe(410);
  });

  it('does not open a session with the code itself, or with another session of the same id', async () => {
    const wanted = await code();
    expect(await status(wanted)).toBe(401);
    expect(await status(wanted.replace('psc_', 'pst_'))).toBe(401);
    const reply = await redeem(wanted);
    expect(await status(wanted.replace('psc_', 'pst_'))).toBe(401);
    expect(await status(reply.field('token'))).toBe(200);
  });
});

describe('the end of a session', () => {
  it.each([
    ['is ended', ({ id }: { id: string }) => world.request('DELETE', `/v1/portal-sessions/${id}`)],
    ["all of its tenant's are", () => world.request('DELETE', '/v1/portal-sessions?tenant=acme')],
  ])('is within a minute when it %s', async (_, end) => {
    const session = await world.session({ tenant: 'acme' });
    const other = await world.session({ tenant: 'globex' });
    expect([await status(session.token), await status(other.token)]).toEqual([200, 200]);
    expect((await end(session)).status).toBe(204);
    world.now += MINUTE;
    expect([await status(session.token), await status(other.token)]).toEqual([401, 200]);
    expect((await world.get('/v1/portal-sessions')).list.ids).toEqual([other.id]);
    expect((await world.get(`/v1/portal-sessions/${session.id}`)).status).toBe(404);
  });

  it('comes to those not yet begun, and not to those made afterwards', async () => {
    const made = await world.post('/v1/portal-sessions', { tenant: 'acme' });
    await world.request('DELETE', '/v1/portal-sessions?tenant=acme');
    expect((await redeem(codeIn(made.field('url')))).status).toBe(410);
    const { token } = await world.session({ tenant: 'acme' });
    expect(await status(token)).toBe(200);
  });

  it('needs a tenant when all are ended', async () => {
    expect((await world.request('DELETE', '/v1/portal-sessions')).faults).toEqual(['tenant']);
    expect((await world.request('DELETE', '/v1/portal-sessions?tenant=*')).faults).toEqual(['tenant']);
    const acme = world.key({ tenant: 'acme' });
    expect((await world.request('DELETE', '/v1/portal-sessions?tenant=globex', { key: acme })).status).toBe(403);
  });

  it('is within a minute of the revocation of its key, also where the key itself is still believed', async () => {
    const key = world.key({ tenant: 'acme' });
    const [id] = (await world.get('/v1/keys', key)).list.ids;
    const { token } = await world.session({}, key);
    world.now += MINUTE / 2;
    expect(await status(token)).toBe(200);
    world.now += MINUTE / 2;
    // The key is read again, and believed for another minute.
    expect(await status(key)).toBe(200);
    await world.request('DELETE', `/v1/keys/${id}`);
    world.now += MINUTE / 2;
    expect([await status(key), await status(token)]).toEqual([200, 401]);
  });

  it('comes with the end of its key before its code is redeemed', async () => {
    const key = world.key({});
    const [id] = (await world.get('/v1/keys', key)).list.ids;
    const made = await world.post('/v1/portal-sessions', {}, key);
    await world.request('DELETE', `/v1/keys/${id}`);
    expect((await redeem(codeIn(made.field('url')))).status).toBe(410);
  });

  it('is shown with who ended it', async () => {
    const { id } = await world.session({ tenant: 'acme' });
    await world.request('DELETE', `/v1/portal-sessions/${id}`);
    await world.request('DELETE', '/v1/portal-sessions?tenant=acme');
    await world.request('DELETE', '/v1/portal-sessions?tenant=acme');
    const actor = expect.objectContaining({ kind: 'api_key', name: 'test' });
    expect((await entriesOf(id))[0]).toEqual({ action: 'session.ended', actor });
    expect(await entriesOf('acme')).toEqual(Array(2).fill({ action: 'sessions.ended', actor }));
  });
});

describe('a session of the portal', () => {
  it('is named in the audit trail by its subject', async () => {
    const { id, token } = await world.session({ tenant: 'acme', subject: 'Jo', capabilities: ['manage_endpoints'] });
    const made = await world.post('/v1/endpoints', { url: 'https://example.com/x', event_types: ['*'] }, token);
    expect(made.body).toMatchObject({ tenant: 'acme' });
    expect(await entriesOf(made.field('id'))).toEqual([
      { action: 'endpoint.created', actor: { kind: 'portal_session', id, name: 'Jo' } },
    ]);
  });

  it("reads the audit trail of its tenant's endpoints alone", async () => {
    const [mine, theirs] = [await world.endpoint({ tenant: 'acme' }), await world.endpoint({ tenant: 'globex' })];
    const { id, token } = await world.session({ tenant: 'acme' });
    const read = async (query: string) => {
      const reply = await world.get(`/v1/audit${query}`, token);
      return [reply.status, reply.status === 200 ? reply.list.data.length : 0];
    };
    expect(await read(`?object=${mine}`)).toEqual([200, 1]);
    expect(await read(`?object=${mine}&tenant=acme`)).toEqual([200, 1]);
    expect(await read('')).toEqual([403, 0]);
    expect(await read(`?object=${id}`)).toEqual([403, 0]);
    expect(await read('?object=order.created')).toEqual([403, 0]);
    expect(await read(`?object=${mine}&tenant=globex`)).toEqual([403, 0]);
    expect(await read(`?object=${mine}&tenant=*`)).toEqual([403, 0]);
    expect(await read(`?object=${theirs}`)).toEqual([404, 0]);
    const unknown = await world.get(`/v1/audit?object=${UNKNOWN.ep}`, token);
    expect((await world.get(`/v1/audit?object=${theirs}`, token)).text).toBe(unknown.text);
  });

  it('never sees a header value', async () => {
    const endpoint = await world.endpoint({ tenant: 'acme', headers: { 'x-token': 'swordfish' } });
    const { token } = await world.session({ tenant: 'acme', capabilities: CAPABILITIES });
    expect((await world.get(`/v1/endpoints/${endpoint}/headers`, token)).status).toBe(403);
    for (const path of [`/v1/endpoints/${endpoint}`, '/v1/endpoints', `/v1/audit?object=${endpoint}`]) {
      const reply = await world.get(path, token);
      expect([reply.status, reply.text.includes('swordfish')]).toEqual([200, false]);
    }
  });

  it.each(['events', 'endpoints', 'deliveries', 'jobs'])('lists no %s of other tenants', async (list) => {
    const { token } = await world.session({ tenant: 'acme', capabilities: CAPABILITIES });
    expect((await world.get(`/v1/${list}?tenant=*`, token)).status).toBe(403);
    expect((await world.get(`/v1/${list}?tenant=globex`, token)).status).toBe(403);
    expect((await world.get(`/v1/${list}`, token)).status).toBe(200);
  });
});

describe('capabilities', () => {
  it('are of operations that exist', () => {
    const names = operations.map(({ name }) => name);
    expect(Object.keys(CAPABILITY_OF).filter((name) => !names.includes(name))).toEqual([]);
  });

  it('refuse a viewing session every change', async () => {
    const acme = await AcmeWorld.prepare();
    const changes = operations.filter(({ method, role, signed }) => method !== 'get' && role !== null && !signed);
    expect(changes.length).toBeGreaterThan(20);
    for (const one of changes.filter(({ servedByIngest }) => !servedByIngest)) {
      expect([one.name, (await acme.send(one, 'portal with view')).status]).toEqual([one.name, 403]);
    }
  });

  it('are said of every operation in the document', async () => {
    const { text } = await world.get('/openapi.json', null);
    const { paths } = JSON.parse(text);
    for (const { name, path, method, role } of operations.filter((one) => one.role !== null)) {
      const needed = CAPABILITY_OF[name];
      const said =
        needed === undefined
          ? 'Not for sessions of the portal.'
          : needed === 'any'
            ? 'needs no capability'
            : `needs the capability \`${needed}\``;
      expect([name, role, paths[path][method].description]).toEqual([name, role, expect.stringContaining(said)]);
    }
  });
});

/** Requests of a session of globex about ids of acme, for every operation that takes any. */
describe("a session with another tenant's ids", () => {
  it('gets 403, or what an unknown id gets, from every operation', async () => {
    const acme = await AcmeWorld.prepare();
    for (const one of operations) {
      if (one.role === null || one.servedByIngest || one.id === undefined || one.id === 'event_type') continue;
      const reply = await acme.send(one, 'portal of another tenant');
      const unknown = await acme.send(one, 'portal of another tenant', { about: 'nobody' });
      expect([one.name, reply.status, reply.text]).toEqual([one.name, unknown.status, unknown.text]);
      expect([403, 404]).toContain(reply.status);
    }
  });

  it.each([
    ['GET', (id: string) => ({ path: `/v1/deliveries?endpoint_id=${id}` }), 'ep'],
    ['GET', (id: string) => ({ path: `/v1/deliveries?event_id=${id}` }), 'evt'],
    ['GET', (id: string) => ({ path: `/v1/audit?object=${id}` }), 'ep'],
    ['POST', (id: string) => ({ path: '/v1/redrives', body: { endpoint_id: id } }), 'ep'],
    ['POST', (id: string) => ({ path: '/v1/filters/try', body: { filter: 'data', event_id: id } }), 'evt'],
  ] as const)('learns nothing by %s %s', async (method, request, kind) => {
    const acme = await AcmeWorld.prepare();
    const reply = await acme.ask('portal of another tenant', method, request(acme.idOf(kind)));
    const unknown = await acme.ask('portal of another tenant', method, request(UNKNOWN[kind]));
    expect([reply.status, reply.text]).toEqual([unknown.status, unknown.text]);
    for (const id of acme.ids) expect(reply.text).not.toContain(id);
  });
});

describe('codes and tokens', () => {
  it('are in no list, audit entry, log line or error', async () => {
    const { id, code, token } = await world.session({ tenant: 'acme', capabilities: CAPABILITIES });
    const secrets = [code, token, code.slice(30), token.slice(30)];
    const texts: string[] = [];
    for (const one of operations) {
      if (one.method !== 'get' || ROWS[one.name] === undefined) continue;
      const path =
        one.id === undefined
          ? one.path
          : one.path.replace(`{${parameterName(one.id)}}`, one.id === 'ses' ? id : UNKNOWN[one.id]);
      for (const key of [world.admin, token]) texts.push((await world.get(path, key)).text);
    }
    texts.push(
      (await world.get(`/v1/audit?object=${id}`)).text,
      (await redeem(code)).text,
      (await redeem(`${code}x`)).text,
    );
    texts.push(JSON.stringify(world.lines), JSON.stringify([...world.sessions.sessions.values()]));
    texts.push(JSON.stringify(world.audit.pendingEntries), JSON.stringify([...world.audit.entries.values()]));
    for (const secret of secrets) expect(texts.filter((text) => text.includes(secret))).toEqual([]);
    expect(world.lines.map(({ keyId }) => keyId)).toContain(id);
  });
});

describe('the path of a redemption', () => {
  it.each(['GET', 'DELETE', 'HEAD', 'PUT'])('takes no %s, though it looks like that of a session', async (method) => {
    const reply = await world.request(method, '/v1/portal-sessions/redeem', { key: null });
    expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'POST']);
  });
});
