import { type Caller, tenantFor } from '../../../core/keys/authenticate.ts';
import { actorOf } from '../../../core/keys/key.ts';
import { createKey, revokeKey } from '../../../core/keys/manage.ts';
import { readCursor, writeCursor } from '../../../core/listing/cursor.ts';
import { listPage } from '../../../core/listing/page.ts';
import { Problem } from '../../../core/problem.ts';
import { msOf } from '../../../core/time.ts';
import { listRoute } from '../list-route.ts';
import type { ApiPorts } from '../ports.ts';
import { type Route, route } from '../route.ts';
import { listedTenant, visibleTo } from '../scope.ts';
import * as operations from './operations.ts';
import { keyOnWire, meOnWire } from './schemas.ts';

const KEY_ID = /^key_[0-9a-z]{26}$/;

/** The routes of API keys. An admin key bound to a tenant sees and creates only keys of that tenant. */
export function keyRoutes(ports: ApiPorts): Route[] {
  const find = async (admin: Caller, id: string) => {
    const found = await ports.keys.find(id);
    return { ...found, key: visibleTo(admin, found?.key, 'API key') };
  };

  return [
    route(operations.createKey, async ({ key: admin, body }) => {
      const { name, role } = body;
      const wanted = { name, role, tenant: boundTenant(admin, body.tenant), expiresAt: expiry(body.expires_at, ports) };
      if (wanted.tenant !== null) await ports.tenants.note({ name: wanted.tenant, createdAt: ports.clock() });
      const { key, secret } = await createKey(wanted, actorOf(admin), ports);
      return { value: { ...keyOnWire(key), key: secret }, location: `/v1/keys/${key.id}` };
    }),

    listRoute(operations.listKeys, async ({ key, query: { tenant: named, limit, cursor } }) => {
      const tenant = named === undefined ? key.tenant : listedTenant(key, named);
      const query = ['keys', tenant];
      const after = readCursor(query, cursor, KEY_ID);
      const { items, next } = await listPage((count) => ports.keys.list(tenant, count, after), limit);
      return { data: items.map(keyOnWire), next: writeCursor(query, next) };
    }),

    route(operations.getMe, async ({ key }) => ({ value: meOnWire(key) })),

    route(operations.getKey, async ({ key, id }) => ({ value: keyOnWire((await find(key, id)).key) })),

    route(operations.deleteKey, async ({ key, id }) => {
      await revokeKey(await find(key, id), actorOf(key), ports);
      return { empty: true };
    }),
  ];
}

function boundTenant(admin: Caller, named: string | null | undefined): string | null {
  if (admin.tenant === null) return named ?? null;
  if (named === null)
    throw new Problem('forbidden', 'This API key is bound to a tenant: it can only create keys of that tenant.');
  return tenantFor(admin, named, admin.tenant);
}

function expiry(text: string | null | undefined, { clock }: ApiPorts): number | null {
  if (text === null || text === undefined) return null;
  const expiresAt = msOf(text);
  if (expiresAt > clock()) return expiresAt;
  throw new Problem('invalid', 'The key would already be expired.', {
    faults: [{ path: 'expires_at', message: 'Use a time in the future.' }],
  });
}
