import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import type { Api } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import type { Target } from '../support/target.ts';
import { openTenant } from '../support/tenant.ts';

const LIFE = [
  'endpoint.deleted',
  'endpoint.updated',
  'endpoint.tested',
  'endpoint.headers_revealed',
  'endpoint.secret_revealed',
  'endpoint.secret_rotated',
  'endpoint.updated',
  'endpoint.created',
];

/** Every change of an endpoint and a key shows at once, and still does after the scheduled task has moved it to the trail. */
export async function everyChangeIsAudited(target: Target, { withinMs = 30_000 } = {}): Promise<void> {
  await using tenant = await openTenant(target, 'audited');
  const { api, name } = tenant;
  const { endpoint, secret } = await tenant.subscribe({ event_types: ['a'], headers: { authorization: 'hush' } });
  await api.patchEndpoint(endpoint.id, { state: 'paused', headers: { authorization: 'silence' } });
  const rotated = await api.rotateSecret(endpoint.id, {});
  await api.request('GET', `/v1/endpoints/${endpoint.id}/secret`);
  await api.request('GET', `/v1/endpoints/${endpoint.id}/headers`);
  await api.testEndpoint(endpoint.id);
  await api.deleteEndpoint(endpoint.id);
  const made = await api.createKey({ name: 'audited', role: 'viewer', tenant: name });
  await api.revokeKey(made.id);
  expect((await api.request('GET', '/v1/events', { key: made.key })).status).toBe(401);

  await expectLife(api, { object: endpoint.id, tenant: name });
  const { text } = await api.request('GET', `/v1/audit?tenant=${name}`);
  for (const hidden of ['hush', 'silence', secret, rotated.secret, made.key]) expect(text).not.toContain(hidden);

  await untilSettled(target, new Set([endpoint.id, made.id]), withinMs);
  await expectLife(api, { object: endpoint.id, tenant: name });
  expect((await api.audit({ tenant: name })).map(({ action }) => action)).toEqual([
    'key.revoked',
    'key.created',
    ...LIFE,
  ]);
}

async function expectLife(api: Api, { object, tenant }: { object: string; tenant: string }): Promise<void> {
  // The index is eventually consistent.
  const entries = await eventually(async () => {
    const found = await api.audit({ object });
    expect(found.map(({ action }) => action)).toEqual(LIFE);
    return found;
  });
  for (const { actor, ...entry } of entries) {
    expect(actor.kind).toBe('api_key');
    expect(entry).toMatchObject({ object, tenant });
  }
  const [deleted, , , , , rotation, patched, created] = entries;
  expect(created).toMatchObject({ before: null, after: { state: 'active', headers: { authorization: '[redacted]' } } });
  expect([patched?.before, patched?.after]).toEqual([
    { state: 'active', headers: { authorization: '[redacted]' } },
    { state: 'paused', headers: { authorization: '[redacted, changed]' } },
  ]);
  expect([rotation?.before, rotation?.after]).toEqual([{ secret_version: 1 }, { secret_version: 2 }]);
  expect(deleted).toMatchObject({ before: { state: 'disabled', secret_version: 2 }, after: null });
}

/** Waits until the scheduled task has removed the entries from these items. */
async function untilSettled(target: Target, objects: ReadonlySet<string>, withinMs: number): Promise<void> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ endpoint: target.awsEndpoint, region: 'us-east-1', credentials });
  const pendingEntries = new ScanCommand({ TableName: target.outputs.RegistryTableName, IndexName: 'by_audit' });
  await eventually(
    async () => {
      const { Items = [] } = await client.send(pendingEntries);
      const left: { object: string }[] = Items.map(({ audit }) => JSON.parse(audit?.S ?? ''));
      expect(left.filter(({ object }) => objects.has(object))).toEqual([]);
    },
    { withinMs },
  );
  client.destroy();
}
