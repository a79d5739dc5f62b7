import { beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../../../core/jobs/job.ts';
import { ApiWorld } from '../../support/api-world.ts';
import { DAY } from '../../support/delivery-world.ts';

let world: ApiWorld;
let endpoint: string;
beforeEach(async () => {
  world = new ApiWorld();
  endpoint = await world.endpoint();
});

const at = (ms: number) => new Date(ms).toISOString();
const stored = (id: string) => world.jobs.jobs.get(id) ?? expect.fail(`there is no job ${id}`);

/** A job that was started by the API, then changed as a runner would. */
async function started(changes: Partial<Job> = {}, body: unknown = {}): Promise<string> {
  world.now += 1;
  const id = (await world.post('/v1/redrives', body)).field('id');
  world.jobs.jobs.set(id, { ...stored(id), ...changes });
  return id;
}

describe.each([
  ['recover', 'recover'],
  ['replay-missing', 'replay_missing'],
])('POST /v1/endpoints/{id}/%s', (path, kind) => {
  const post = (body: unknown, key?: string, id = endpoint) => world.post(`/v1/endpoints/${id}/${path}`, body, key);

  it('starts a job of the endpoint, stored before its message is sent', async () => {
    world.ports.jobQueue.send = async (message, delaySeconds) => {
      expect(stored(message.jobId).status).toBe('running');
      world.jobMessages.push({ message, delaySeconds });
    };
    const since = world.now - DAY;
    const reply = await post({ since: at(since) });
    expect(reply.status).toBe(202);
    const now = at(world.now);
    expect(reply.body).toEqual({
      id: expect.stringMatching(/^job_[0-9a-z]{26}$/),
      kind,
      status: 'running',
      tenant: 'default',
      endpoint_id: endpoint,
      type: null,
      from: at(since),
      to: now,
      created_by: { kind: 'api_key', id: expect.stringMatching(/^key_/), name: 'test' },
      expected: null,
      found: 0,
      sent: 0,
      skipped: 0,
      created_at: now,
      updated_at: now,
      error: null,
    });
    const { id: jobId, tenant, params } = stored(reply.field('id'));
    expect({ tenant, params }).toEqual({
      tenant: 'default',
      params: { endpointId: endpoint, eventType: null, range: { from: since, to: world.now } },
    });
    expect(world.jobMessages).toEqual([{ message: { v: 1, jobId, turn: 0 }, delaySeconds: 2 }]);
  });

  it('accepts an end of the range, but none in the future', async () => {
    const until = world.now - 1_000;
    const early = await post({ since: at(world.now - DAY), until: at(until) });
    const late = await post({ since: at(world.now - DAY), until: at(world.now + DAY) });
    expect(stored(early.field('id')).params.range.to).toBe(until);
    expect(stored(late.field('id')).params.range.to).toBe(world.now);
  });

  it('refuses an empty or invalid range, naming the field', async () => {
    const faults = async (body: unknown) => {
      const reply = await post(body);
      return [reply.status, ...reply.faults];
    };
    expect(await faults({ since: at(world.now + 1) })).toEqual([422, 'since']);
    expect(await faults({ since: at(world.now - 1), until: at(world.now - 2) })).toEqual([422, 'since']);
    expect(await faults({})).toEqual([422, 'since']);
    expect(await faults({ since: 'yesterday', until: 5 })).toEqual([422, 'since', 'until']);
    expect(await faults({ since: at(world.now), colour: 'red' })).toEqual([422, 'colour']);
    expect((await post('')).status).toBe(400);
    expect(world.jobMessages).toEqual([]);
  });

  it('is 404 for an unknown endpoint, or one of another tenant', async () => {
    const body = { since: at(world.now) };
    const acme = world.key({ tenant: 'acme' });
    expect((await post(body, undefined, `${endpoint.slice(0, -1)}z`)).status).toBe(404);
    expect((await post(body, acme)).status).toBe(404);
    const own = await world.endpoint({ tenant: 'acme' });
    expect((await post(body, acme, own)).status).toBe(202);
  });

  it('is 409 while the endpoint is disabled, but not while it is paused', async () => {
    const set = (state: string) => world.request('PATCH', `/v1/endpoints/${endpoint}`, { body: { state } });
    await set('paused');
    expect((await post({ since: at(world.now) })).status).toBe(202);
    await set('disabled');
    expect((await post({ since: at(world.now) })).body).toMatchObject({
      status: 409,
      detail: expect.stringContaining('disabled'),
    });
  });
});

describe('POST /v1/redrives', () => {
  it('accepts all of its filters', async () => {
    const [from, to] = [world.now - DAY, world.now - 5];
    const body = { endpoint_id: endpoint, type: 'order.created', from: at(from), to: at(to) };
    const reply = await world.post('/v1/redrives', body);
    expect([reply.status, reply.field('kind')]).toEqual([202, 'redrive']);
    expect(stored(reply.field('id'))).toMatchObject({
      tenant: 'default',
      params: { endpointId: endpoint, eventType: 'order.created', range: { from, to } },
    });
  });

  it('without filters covers all dead deliveries of a tenant until now', async () => {
    for (const body of ['', {}]) {
      const reply = await world.post('/v1/redrives', body);
      const params = { endpointId: null, eventType: null, range: { from: null, to: world.now } };
      expect(stored(reply.field('id'))).toMatchObject({ tenant: 'default', params });
    }
  });

  it("covers the key's tenant, the one that an unbound key names, or all", async () => {
    const acme = world.key({ tenant: 'acme' });
    const tenantOf = async (body: unknown, key?: string) => {
      const reply = await world.post('/v1/redrives', body, key);
      return reply.status === 202 ? stored(reply.field('id')).tenant : reply.status;
    };
    expect(await tenantOf({}, acme)).toBe('acme');
    expect(await tenantOf({ tenant: 'acme' }, acme)).toBe('acme');
    expect(await tenantOf({ tenant: 'default' }, acme)).toBe(403);
    expect(await tenantOf({ tenant: '*' }, acme)).toBe(403);
    expect(await tenantOf({ tenant: 'acme' })).toBe('acme');
    expect(await tenantOf({ tenant: '*' })).toBeNull();
    expect(await tenantOf({ tenant: 'a b' })).toBe(422);
  });

  it('covers the tenant of the endpoint that it names', async () => {
    const other = await world.endpoint({ tenant: 'acme' });
    for (const body of [{ endpoint_id: other }, { endpoint_id: other, tenant: '*' }]) {
      expect(stored((await world.post('/v1/redrives', body)).field('id')).tenant).toBe('acme');
    }
  });

  it('refuses an endpoint of another tenant, and a disabled one', async () => {
    const other = await world.endpoint({ tenant: 'acme' });
    const acme = world.key({ tenant: 'acme' });
    for (const [body, key] of [
      [{ endpoint_id: `${endpoint.slice(0, -1)}z` }, undefined],
      [{ endpoint_id: 'x' }, undefined],
      [{ endpoint_id: other, tenant: 'default' }, undefined],
      [{ endpoint_id: endpoint }, acme],
    ] as const) {
      const reply = await world.post('/v1/redrives', body, key);
      expect([reply.status, reply.faults]).toEqual([422, ['endpoint_id']]);
    }
    await world.request('PATCH', `/v1/endpoints/${endpoint}`, { body: { state: 'disabled' } });
    expect((await world.post('/v1/redrives', { endpoint_id: endpoint })).status).toBe(409);
    expect(world.jobMessages).toEqual([]);
  });

  it('names what is wrong', async () => {
    const body = { type: 'order.*', from: at(world.now + 5), to: 'x', until: at(world.now) };
    expect((await world.post('/v1/redrives', body)).faults.toSorted()).toEqual(['to', 'type', 'until']);
    expect((await world.post('/v1/redrives', { from: at(world.now + 5) })).faults).toEqual(['from']);
  });
});

describe('jobs', () => {
  it('show their progress, and why they failed', async () => {
    const id = await started({
      status: 'failed',
      found: 5,
      sent: 3,
      skipped: 2,
      error: 'It failed.',
      updatedAt: world.now,
    });
    expect((await world.get(`/v1/jobs/${id}`)).body).toMatchObject({
      ...{ id, status: 'failed', found: 5, sent: 3, skipped: 2, error: 'It failed.' },
    });
  });

  it('are listed newest first, page by page, of one tenant or all', async () => {
    const [one, two, three] = [await started(), await started(), await started()];
    const other = await started({}, { tenant: 'acme' });
    const all = await started({}, { tenant: '*' });
    const first = (await world.get('/v1/jobs?limit=2')).list;
    expect(first.ids).toEqual([three, two]);
    const second = (await world.get(`/v1/jobs?limit=2&cursor=${first.next}`)).list;
    expect([second.ids, second.next]).toEqual([[one], null]);
    expect((await world.get('/v1/jobs?tenant=*')).list.ids).toEqual([all, other, three, two, one]);
    expect((await world.get('/v1/jobs?tenant=acme')).list.ids).toEqual([other]);
    expect((await world.get(`/v1/jobs?tenant=acme&cursor=${first.next}`)).faults).toEqual(['cursor']);
  });

  it('of another tenant, or of all, are unknown to a bound key', async () => {
    const acme = world.key({ tenant: 'acme' });
    const own = await started({}, { tenant: 'acme' });
    for (const foreign of [await started(), await started({}, { tenant: '*' })]) {
      expect((await world.get(`/v1/jobs/${foreign}`, acme)).status).toBe(404);
      expect((await world.post(`/v1/jobs/${foreign}/cancel`, undefined, acme)).status).toBe(404);
      expect(stored(foreign).status).toBe('running');
    }
    expect((await world.get(`/v1/jobs/${own}`, acme)).status).toBe(200);
    expect((await world.get('/v1/jobs', acme)).list.ids).toEqual([own]);
    expect((await world.get('/v1/jobs?tenant=*', acme)).status).toBe(403);
  });

  it('are for admins only', async () => {
    const id = await started();
    for (const key of [world.key({ role: 'viewer' }), world.key({ role: 'producer' })]) {
      for (const path of ['/v1/jobs', `/v1/jobs/${id}`]) expect((await world.get(path, key)).status).toBe(403);
      for (const path of [
        `/v1/jobs/${id}/cancel`,
        '/v1/redrives',
        `/v1/endpoints/${endpoint}/recover`,
        `/v1/endpoints/${endpoint}/replay-missing`,
      ]) {
        expect((await world.post(path, { since: at(world.now) }, key)).status).toBe(403);
      }
    }
  });

  it('treat a malformed id as unknown', async () => {
    for (const id of ['x', endpoint, '__proto__']) expect((await world.get(`/v1/jobs/${id}`)).status).toBe(404);
  });
});

describe('POST /v1/jobs/{id}/cancel', () => {
  const cancel = (id: string) => world.post(`/v1/jobs/${id}/cancel`);

  it('cancels a running job, and leaves a cancelled one as it is', async () => {
    const id = await started({ found: 3, sent: 3 });
    const first = await cancel(id);
    expect([first.status, first.body]).toMatchObject([200, { id, status: 'cancelled', found: 3, sent: 3 }]);
    world.now += 1_000;
    const second = await cancel(id);
    expect([second.status, second.body]).toEqual([200, first.body]);
  });

  it.each(['completed', 'failed'] as const)('refuses one that has %s', async (status) => {
    const id = await started({ status });
    expect((await cancel(id)).body).toMatchObject({ status: 409, detail: expect.stringContaining(status) });
    expect(stored(id).status).toBe(status);
  });
});

describe('a dry run', () => {
  it.each([
    ['recover', (id: string) => `/v1/endpoints/${id}/recover`, { since: at(0) }],
    ['replay-missing', (id: string) => `/v1/endpoints/${id}/replay-missing`, { since: at(0) }],
    ['redrive', () => '/v1/redrives', {}],
  ])('of %s answers 200 with the count, and starts no job', async (name, path, body) => {
    const event = world.event([endpoint]);
    world.delivery(event, endpoint, {
      status: 'dead',
      deathReason: 'exhausted',
      deadLetter: { messageId: 'm', copy: '', firstReceivedAt: world.now, sentAt: world.now },
    });
    world.event([]);
    world.now += 10;
    const reply = await world.post(path(endpoint), { ...body, dry_run: true });
    expect([name, reply.status, reply.body]).toEqual([
      name,
      200,
      { dry_run: true, matched: 1, skipped: 0, complete: true },
    ]);
    expect([world.jobs.jobs.size, world.jobMessages, world.sent]).toEqual([0, [], []]);
    expect((await world.get('/v1/audit?action=job')).list.data).toEqual([]);
  });

  it('is refused like the job itself', async () => {
    const disabled = await world.endpoint({ state: 'disabled' });
    expect((await world.post(`/v1/endpoints/${disabled}/recover`, { since: at(0), dry_run: true })).status).toBe(409);
    const future = { from: at(world.now + DAY), dry_run: true };
    expect((await world.post('/v1/redrives', future)).faults).toEqual(['from']);
    expect((await world.post('/v1/redrives', { dry_run: 'yes' })).faults).toEqual(['dry_run']);
  });
});
