import { beforeEach, describe, expect, it } from 'vitest';
import { answerTo } from '../../../lambdas/api/gateway.ts';
import { assumedRole } from '../../../lambdas/api/sessions/principal.ts';
import { createGateway } from '../../../local/gateway/gateway.ts';
import { ApiWorld } from '../../support/api-world.ts';
import { signedHeaders } from '../../support/signing-caller.ts';

const MINUTE = 60_000;
const ACCOUNT = '123456789012';
const codeIn = (text: string) => JSON.parse(text).url.split('#code=')[1];

let world: ApiWorld;
beforeEach(() => {
  world = new ApiWorld();
});

const roleArn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const redeem = (code: string) => world.request('POST', '/v1/portal-sessions/redeem', { body: { code }, key: null });

/** Behind the local gateway, with the routes of a stage that lists roles, or of one that lists none. */
function gateway({ isOn = true } = {}) {
  const route = (routeKey: string, authorization: 'AWS_IAM' | 'NONE') => ({
    ...{ routeKey, functionArn: 'arn', timeoutMs: 15_000, authorization },
  });
  const signed = ['viewer', 'admin'].map((role) => route(`POST /v1/iam/sessions/${role}`, 'AWS_IAM'));
  const answer = createGateway({
    place: { accountId: ACCOUNT, region: 'us-east-1' },
    api: { id: 'api', routes: [...(isOn ? signed : []), route('$default', 'NONE')], throttle: undefined },
    invokeOf: () => async (payload) => ({
      ok: true,
      payload: JSON.stringify(await answerTo(JSON.parse(payload), world.app.fetch)),
    }),
    now: () => world.now,
    onFailure: (message) => expect.fail(message),
  });
  return async (role: string, { as = 'ASIAONCALL', path = `/v1/iam/sessions/${role}`, body = '{}' } = {}) => {
    const headers = await signedHeaders(`https://api.test${path}`, body, { accessKeyId: as, at: world.now });
    const reply = await answer({
      ...{ method: 'POST', url: path, httpVersion: '1.1', rawHeaders: Object.entries(headers).flat() },
      ...{ body: Buffer.from(body), sourceIp: '192.0.2.1' },
    });
    return { status: reply.status, text: reply.body.toString() };
  };
}

describe('signing in with an AWS role', () => {
  it.each(['viewer', 'admin'] as const)(
    'gives a listed role a session of a %s, that acts under its name',
    async (role) => {
      world.signInRoles[role] = [roleArn('people/ASIAONCALL')];
      const made = await gateway()(role, { body: '{"expires_in":600,"next":"/deliveries"}' });
      expect([made.status, made.text]).toEqual([201, expect.stringContaining('/console/#code=psc_')]);
      const begun = await redeem(codeIn(made.text));
      expect(begun.body).toMatchObject({ role, tenant: null, subject: 'local', capabilities: [], next: '/deliveries' });
      const token = begun.field('token');
      expect((await world.get('/v1/endpoints?tenant=*', token)).status).toBe(200);
      const change = await world.post('/v1/endpoints', { url: 'https://example.com/x', event_types: ['*'] }, token);
      expect(change.status).toBe(role === 'admin' ? 201 : 403);
      const { data } = (await world.get(`/v1/audit?object=${begun.field('id')}`)).list;
      const actor = { kind: 'iam', id: roleArn('people/ASIAONCALL'), name: 'local' };
      expect(data.map((entry) => entry.actor)).toEqual([actor, actor]);
    },
  );

  it('makes no admin of a viewer whose policy allows every route, and nobody of an unlisted role or a user', async () => {
    world.signInRoles.viewer = [roleArn('ASIAVIEWER')];
    world.signInRoles.admin = [roleArn('ASIAONCALL')];
    const send = gateway();
    for (const [role, as] of [
      ['admin', 'ASIAVIEWER'],
      ['admin', 'ASIAOTHER'],
      ['viewer', 'ASIAONCALL'],
      ['admin', 'AKIAONCALL'],
    ] as const) {
      const { status, text } = await send(role, { as });
      expect([role, as, status, text]).toEqual([role, as, 403, expect.stringContaining('does not list this AWS role')]);
    }
    expect(world.sessions.sessions.size).toBe(0);
  });

  it('is off where the stage lists no roles, whoever signs', async () => {
    const { status, text } = await gateway({ isOn: false })('admin');
    expect([status, text]).toEqual([401, expect.stringContaining('on a stage that lists roles')]);
  });

  it('believes only the route of its own, whatever another one says of the signer', async () => {
    world.signInRoles.admin = [roleArn('ASIAONCALL')];
    const event = (routeKey: string) => ({
      ...{ version: '2.0', routeKey, rawPath: '/v1/iam/sessions/admin', rawQueryString: '', headers: {}, body: '{}' },
      isBase64Encoded: false,
      requestContext: {
        ...{ accountId: '1', apiId: 'a', domainName: 'a', domainPrefix: 'a', requestId: 'r', routeKey },
        ...{ stage: '$default', time: '', timeEpoch: 0 },
        http: { method: 'POST', path: '', protocol: '', sourceIp: '', userAgent: '' },
        authorizer: { iam: { userArn: `arn:aws:sts::${ACCOUNT}:assumed-role/ASIAONCALL/jo` } },
      },
    });
    const answer = (routeKey: string) => answerTo(Object(event(routeKey)), world.app.fetch);
    expect((await answer('$default')).statusCode).toBe(401);
    expect((await answer('POST /v1/iam/events')).statusCode).toBe(401);
    expect((await answer('POST /v1/iam/sessions/admin')).statusCode).toBe(201);
  });

  it('finds a role by its account and name, without its path', () => {
    const listed = [roleArn('aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Ops_1a2b')];
    const principal = (account: string, name: string, partition = 'aws') =>
      `arn:${partition}:sts::${account}:assumed-role/${name}/jo@example.com`;
    expect(assumedRole(principal(ACCOUNT, 'AWSReservedSSO_Ops_1a2b'), listed)).toEqual({
      roleArn: listed[0],
      sessionName: 'jo@example.com',
    });
    expect(assumedRole(principal('210987654321', 'AWSReservedSSO_Ops_1a2b'), listed)).toBeUndefined();
    expect(assumedRole(principal(ACCOUNT, 'AWSReservedSSO_Ops_1a2b', 'aws-cn'), listed)).toBeUndefined();
    expect(assumedRole(principal(ACCOUNT, 'Ops_1a2b'), listed)).toBeUndefined();
    expect(assumedRole(`arn:aws:iam::${ACCOUNT}:user/AWSReservedSSO_Ops_1a2b`, listed)).toBeUndefined();
    expect(assumedRole(principal(ACCOUNT, 'AWSReservedSSO_Ops_1a2b'), [])).toBeUndefined();
  });
});

describe('signing in with a key', () => {
  const signIn = (body: object, key?: string) => world.post('/v1/console-sessions', body, key);
  const begin = async (body: object, key?: string) => redeem(codeIn((await signIn(body, key)).text));

  it("gives a session of the key's role and tenant, or of a viewer", async () => {
    expect((await begin({}, world.key({ tenant: 'acme' }))).body).toMatchObject({
      role: 'admin',
      tenant: 'acme',
      subject: 'test',
    });
    expect((await begin({ role: 'viewer', subject: 'Jo' })).body).toMatchObject({
      role: 'viewer',
      tenant: null,
      subject: 'Jo',
    });
    expect((await begin({}, world.key({ role: 'viewer' }))).body).toMatchObject({ role: 'viewer' });
    expect((await signIn({ role: 'admin' }, world.key({ role: 'viewer' }))).status).toBe(403);
    expect((await signIn({}, world.key({ role: 'producer' }))).status).toBe(403);
  });

  it('is for keys alone: no session prolongs itself', async () => {
    const console = await begin({});
    expect((await signIn({}, console.field('token'))).status).toBe(403);
    const { token } = await world.session({ capabilities: ['view'] });
    expect((await signIn({}, token)).status).toBe(403);
  });

  it("ends with its key, as do the tenants' sessions that it made", async () => {
    const key = world.key({});
    const [keyId] = (await world.get('/v1/keys', key)).list.ids;
    const operator = (await begin({ subject: 'Jo' }, key)).field('token');
    const opened = await world.session({ tenant: 'acme' }, operator);
    expect((await world.get(`/v1/portal-sessions/${opened.id}`)).body).toMatchObject({
      created_by: { kind: 'portal_session', name: 'Jo' },
    });
    const statuses = () =>
      Promise.all([operator, opened.token].map(async (one) => (await world.get('/v1/me', one)).status));
    expect(await statuses()).toEqual([200, 200]);
    await world.request('DELETE', `/v1/keys/${keyId}`);
    world.now += MINUTE;
    expect(await statuses()).toEqual([401, 401]);
    expect((await world.get('/v1/portal-sessions')).list.ids).toEqual([]);
  });

  it('ends all that it made when it is ended itself', async () => {
    const operator = await begin({});
    const opened = await world.session({ tenant: 'acme' }, operator.field('token'));
    await world.request('DELETE', `/v1/portal-sessions/${operator.field('id')}`);
    world.now += MINUTE;
    expect((await world.get('/v1/endpoints', opened.token)).status).toBe(401);
  });

  it('hides sessions of all tenants from admins of one', async () => {
    const { id } = Object(JSON.parse((await signIn({})).text));
    const acme = world.key({ tenant: 'acme' });
    expect((await world.get('/v1/portal-sessions', acme)).list.ids).toEqual([]);
    expect((await world.get(`/v1/portal-sessions/${id}`, acme)).status).toBe(404);
    expect((await world.request('DELETE', `/v1/portal-sessions/${id}`, { key: acme })).status).toBe(404);
  });
});
