import { beforeEach, describe, expect, it, vi } from 'vitest';
import { HEARTBEAT_TENANT } from '../../../core/tenant.ts';
import { IngestWorld, PRINCIPAL, type PublishingRequest } from './ingest-world.ts';

type Leaving = PublishingRequest & { tenant?: string };

const IAM = '/v1/iam/events';

let world: IngestWorld;
beforeEach(async () => {
  world = new IngestWorld();
  await world.start();
});

describe('publishing with a key', () => {
  it('accepts an event from a producer and says who it was for', async () => {
    const { status, body } = await world.publish({ key: world.key() });

    expect([status, JSON.parse(body)]).toEqual([202, { id: expect.stringMatching(/^evt_/), duplicate: false }]);
    expect(world.accepted).toHaveLength(1);
  });

  it.each(['application/json', 'text/plain', 'application/octet-stream'])(
    'drops a byte order mark of a body of %s',
    async (type) => {
      const body = '\ufeff{"type":"order.created","data":"\ufeff"}';
      const key = world.key();

      expect((await world.publish({ key, body, headers: { 'content-type': type } })).status).toBe(202);
      expect(world.accepted.join()).toContain('\\"data\\":\\"\ufeff\\"}');
    },
  );

  it('ignores the signer that API Gateway reports on the other route', async () => {
    const { status, type } = await world.publish({ iam: PRINCIPAL });

    expect([status, type]).toEqual([401, 'application/problem+json']);
    expect(world.accepted).toEqual([]);
  });

  it('ends within a minute of its revocation', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const key = world.key();
    expect((await world.publish({ key })).status).toBe(202);

    world.revoke(key);
    vi.setSystemTime(Date.now() + 60_000);

    expect((await world.publish({ key })).status).toBe(401);
    vi.useRealTimers();
  });
});

describe('publishing with a role', () => {
  it('accepts events of any tenant from callers that API Gateway has authorized', async () => {
    const body = JSON.stringify([
      { type: 'order.created', data: 1, tenant: 'acme' },
      { type: 'order.created', data: 2, tenant: 'globex' },
    ]);

    const reply = await world.publish({ path: IAM, iam: PRINCIPAL, body });

    expect([reply.status, JSON.parse(reply.body).events]).toEqual([202, [expect.anything(), expect.anything()]]);
    expect(world.accepted.join()).toMatch(/acme.*globex/);
  });

  it.each([
    ["the heartbeat's tenant to roles, of which the heartbeat's is one", 202, { path: IAM, iam: PRINCIPAL }],
    ["the heartbeat's tenant to no key", 422, {}],
    ['no other tenant of that kind to anybody', 422, { path: IAM, iam: PRINCIPAL, tenant: 'postrider.other' }],
  ])('leaves %s', async (_, status, { tenant = HEARTBEAT_TENANT, ...request }: Leaving) => {
    const body = JSON.stringify({ type: 'order.created', data: 1, tenant });

    const reply = await world.publish({
      key: 'path' in request ? null : world.key({ role: 'admin' }),
      ...request,
      body,
    });

    expect(reply.status).toBe(status);
    expect(world.accepted).toHaveLength(status === 202 ? 1 : 0);
    if (status === 422) expect(reply.body).toContain('"path":"tenant","message":"Names of tenants that begin with');
  });

  it('answers with the same problem documents as the other route', async () => {
    const body = '{"type":"a..b","data":1}';
    const signed = await world.publish({ path: IAM, iam: PRINCIPAL, body });

    expect(signed).toEqual(await world.publish({ key: world.key(), body }));
    expect(signed.status).toBe(422);
  });

  it.each([
    ['nobody', null],
    ['somebody without an ARN', { ...PRINCIPAL, userArn: '' }],
  ])('is refused if API Gateway names %s, even with the key of an admin', async (_, iam) => {
    const { status, type } = await world.publish({ path: IAM, iam, key: world.key({ role: 'admin' }) });

    expect([status, type]).toEqual([401, 'application/problem+json']);
    expect(world.accepted).toEqual([]);
  });

  it('is logged with the ARN of the principal, without its signature', async () => {
    const signature = 'AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/20261122/us-east-1/execute-api/aws4_request';

    await world.publish({ path: IAM, iam: PRINCIPAL, headers: { authorization: signature } });

    const line = world.lines.find((text) => text.includes('accepted')) ?? '';
    expect(JSON.parse(line)).toMatchObject({ message: 'accepted', events: 1, principalArn: PRINCIPAL.userArn });
    expect(line).not.toMatch(/ASIA|AWS4/);
  });
});
