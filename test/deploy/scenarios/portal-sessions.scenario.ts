import { describe, expect, it } from 'vitest';
import type { Api } from '../../e2e/support/api.ts';
import { eventually } from '../../e2e/support/eventually.ts';
import { openTenant } from '../../e2e/support/tenant.ts';
import { deployedTarget } from '../target.ts';

const target = deployedTarget();

/** Until when everybody has noticed that a session has ended: a minute, and some time for the answers. */
const ENDED_WITHIN_MS = 75_000;

interface Session {
  readonly id: string;
  readonly code: string;
  readonly token: string;
}

describe('a session of the portal', { timeout: 3 * ENDED_WITHIN_MS }, () => {
  it('reads, is refused what it may not do, is named in the audit trail, and ends for good', async () => {
    await using tenant = await openTenant(target, 'visited');
    const { api, name } = tenant;
    const { endpoint } = await tenant.subscribe({ event_types: ['a'] });
    await using other = await openTenant(target, 'unvisited');
    const foreign = (await other.subscribe({ event_types: ['a'] })).endpoint;

    const viewer = await openSession(api, { tenant: name, subject: 'jo', capabilities: ['view'] });
    const manager = await openSession(api, {
      tenant: name,
      subject: 'kim',
      capabilities: ['view', 'manage_endpoints'],
    });
    const status = async ({ token }: Session, method: string, path: string, body?: object) =>
      (await api.request(method, path, { key: token, ...(body && { body }) })).status;
    const pause = { state: 'paused' };

    expect(await status(viewer, 'GET', `/v1/endpoints/${endpoint.id}`)).toBe(200);
    expect(await status(viewer, 'GET', '/v1/stats')).toBe(200);
    expect(await status(viewer, 'GET', '/v1/portal-settings')).toBe(200);
    expect(await status(viewer, 'PATCH', `/v1/endpoints/${endpoint.id}`, pause)).toBe(403);
    expect(await status(viewer, 'GET', '/v1/keys')).toBe(403);
    expect(await status(viewer, 'GET', `/v1/endpoints/${foreign.id}`)).toBe(404);
    expect(await status(viewer, 'GET', '/v1/endpoints?tenant=*')).toBe(403);
    expect(await status(manager, 'PATCH', `/v1/endpoints/${endpoint.id}`, pause)).toBe(200);
    await eventually(async () => expect(await actorsOf(api, endpoint.id)).toEqual(['portal_session kim', 'api_key']));

    const listed = await api.request('GET', `/v1/portal-sessions?tenant=${name}`);
    for (const { id, code, token } of [viewer, manager]) {
      expect(listed.text).toContain(id);
      for (const hidden of [code, token]) expect(listed.text).not.toContain(hidden);
      expect((await api.request('GET', `/v1/portal-sessions/${id}`)).status).toBe(200);
    }

    expect((await api.request('DELETE', `/v1/portal-sessions/${viewer.id}`)).status).toBe(204);
    // A second use of the link of a session, which ends it.
    expect((await redeem(api, manager.code)).status).toBe(410);
    for (const session of [viewer, manager]) await untilRefused(api, session);
    const third = await openSession(api, { tenant: name, subject: 'lee', capabilities: ['view'] });
    expect((await api.request('DELETE', `/v1/portal-sessions?tenant=${name}`)).status).toBe(204);
    await untilRefused(api, third);
  });
});

const redeem = (api: Api, code: string) =>
  api.request('POST', '/v1/portal-sessions/redeem', { key: null, body: { code } });

async function openSession(api: Api, body: object): Promise<Session> {
  const created = await api.request('POST', '/v1/portal-sessions', { body });
  expect(created.status, created.text).toBe(201);
  const { id, url } = JSON.parse(created.text) as { id: string; url: string };
  const code = url.split('#code=')[1] ?? '';
  const redeemed = await redeem(api, code);
  expect(redeemed.status, redeemed.text).toBe(200);
  return { id, code, token: (JSON.parse(redeemed.text) as { token: string }).token };
}

/** Who changed an endpoint, the last one first. */
async function actorsOf(api: Api, object: string): Promise<string[]> {
  const entries = await api.audit({ object });
  return entries.map(({ actor }) => (actor.kind === 'portal_session' ? `${actor.kind} ${actor.name}` : actor.kind));
}

function untilRefused(api: Api, { token }: Session): Promise<void> {
  const asked = async () => (await api.request('GET', '/v1/me', { key: token })).status;
  return eventually(async () => expect(await asked()).toBe(401), { withinMs: ENDED_WITHIN_MS, everyMs: 1_000 });
}
