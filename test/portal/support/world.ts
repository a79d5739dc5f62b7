import { expect } from 'vitest';
import { eventually } from '../../e2e/support/eventually.ts';
import { always, type Hook } from '../../e2e/support/receivers.ts';
import type { Portal } from './portal.ts';

/** What nobody may read otherwise than as text, with a number that JavaScript cannot hold and names in an order of their own. */
export const HOSTILE = '{"n":12345678901234567890,"h":"<img src=x onerror=alert(1)>","b":1,"a":2}';

/** An endpoint of a tenant that answers with a status, and gets everything. */
export async function endpointThat(
  { api, receivers }: Pick<Portal, 'api' | 'receivers'>,
  tenant: string,
  status: number,
  description = '',
): Promise<{ id: string; hook: Hook }> {
  const hook = receivers.hook(always({ status }));
  const body = { tenant, url: hook.url, description, event_types: ['*'], retry_policy: { max_attempts: 1 } };
  const { text } = await api.request('POST', '/v1/endpoints', { body });
  return { id: JSON.parse(text).id, hook };
}

/** Publishes an event and waits until all of its deliveries have ended. */
export async function publishAndWait(
  { api }: Pick<Portal, 'api'>,
  tenant: string,
  { type = 'order.created', data = HOSTILE } = {},
): Promise<string> {
  const { id } = await api.publish(`{"tenant":"${tenant}","type":"${type}","data":${data}}`);
  await eventually(async () => {
    const { deliveries } = await api.event(id);
    expect(deliveries).not.toEqual([]);
    for (const { status } of deliveries) expect(['delivered', 'dead', 'discarded']).toContain(status);
  });
  return id;
}

/** A tenant with one of everything that a page may show: each state, and each status. */
export async function busyTenant(portal: Portal, tenant: string): Promise<{ endpointId: string; eventId: string }> {
  const { api } = portal;
  const good = await endpointThat(portal, tenant, 204, 'Orders <b>of</b> the shop & its branches');
  await endpointThat(portal, tenant, 500, 'A receiver that fails');
  const paused = await endpointThat(portal, tenant, 204, 'Paused for the night');
  await api.request('PUT', `/v1/event-types/${tenant}.order.created`, {
    body: '{"description":"An order <i>was</i> placed.","schema":{"type":"object"},"example":{"n":12345678901234567890}}',
  });
  const eventId = await publishAndWait(portal, tenant);
  await api.request('PATCH', `/v1/endpoints/${paused.id}`, {
    body: { state: 'paused' },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  return { endpointId: good.id, eventId };
}
