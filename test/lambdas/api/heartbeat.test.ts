import { beforeEach, describe, expect, it } from 'vitest';
import { HEARTBEAT_ENDPOINT_ID, keepHeartbeatEndpoint } from '../../../core/heartbeat/endpoint.ts';
import { HEARTBEAT_TENANT } from '../../../core/tenant.ts';
import { ApiWorld, ENDPOINT } from '../../support/api-world.ts';

const path = `/v1/endpoints/${HEARTBEAT_ENDPOINT_ID}`;
const reserved = { tenant: 'postrider.mine' };

let world: ApiWorld;
beforeEach(async () => {
  world = new ApiWorld();
  await keepHeartbeatEndpoint('https://api.example.com/heartbeat', world.ports);
});

describe('a tenant whose name begins with "postrider."', () => {
  it('can have no endpoints and no keys, and the answer says why', async () => {
    const answers = [
      await world.post('/v1/endpoints', { ...ENDPOINT, ...reserved }),
      await world.post('/v1/keys', { name: 'n', role: 'producer', ...reserved }),
    ];

    for (const answer of answers) {
      expect([answer.status, answer.faults]).toEqual([422, ['tenant']]);
      expect(answer.text).toContain('Names of tenants that begin with \\"postrider.\\" are reserved');
    }
  });

  it('keeps those that it had before', async () => {
    const key = world.key({ ...reserved, role: 'admin' });

    expect((await world.get('/v1/endpoints', key)).list.ids).toEqual([]);
    expect((await world.post('/v1/endpoints', ENDPOINT, key)).faults).toEqual(['tenant']);
  });
});

describe("the heartbeat's endpoint", () => {
  it('is in no list but that of its own tenant', async () => {
    expect((await world.get('/v1/endpoints?tenant=*')).list.ids).toEqual([]);
    expect((await world.get('/v1/endpoints')).list.ids).toEqual([]);
    expect((await world.get(`/v1/endpoints?tenant=${HEARTBEAT_TENANT}`)).list.ids).toEqual([HEARTBEAT_ENDPOINT_ID]);
  });

  it('can be read by its id, by keys of no tenant', async () => {
    expect((await world.get(path)).status).toBe(200);
    expect((await world.get(path, world.key({ tenant: 'acme' }))).status).toBe(404);
  });

  it('cannot be changed by anybody', async () => {
    const answers = [
      await world.request('PATCH', path, { body: { state: 'disabled' } }),
      await world.request('PUT', path, { body: ENDPOINT }),
      await world.request('DELETE', path),
      await world.post(`${path}/secret/rotate`, {}),
      await world.post(`${path}/test`),
    ];

    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    expect(world.registry.endpoints.get(HEARTBEAT_ENDPOINT_ID)).toMatchObject({ state: 'active', version: 1 });
  });
});
