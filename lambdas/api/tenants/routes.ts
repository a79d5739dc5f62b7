import { readCursor, writeCursor } from '../../../core/listing/cursor.ts';
import { listPage } from '../../../core/listing/page.ts';
import { TENANT_POSITION, tenantPosition } from '../../../core/tenants/store.ts';
import { listRoute } from '../list-route.ts';
import type { ApiPorts } from '../ports.ts';
import type { Route } from '../route.ts';
import * as operations from './operations.ts';
import { tenantOnWire } from './schemas.ts';

/** The route of tenants. */
export function tenantRoutes({ tenants }: ApiPorts): Route[] {
  return [
    listRoute(operations.listTenants, async ({ key, query: { limit, cursor } }) => {
      const query = ['tenants', key.tenant];
      const after = readCursor(query, cursor, TENANT_POSITION);
      if (key.tenant !== null) {
        const own = await tenants.find(key.tenant);
        return { data: own === undefined || after !== null ? [] : [tenantOnWire(own)], next: null };
      }
      const { items, next } = await listPage(async (count) => {
        const page = await tenants.list(count, after);
        return { ...page, items: page.items.map((tenant) => ({ id: tenantPosition(tenant), tenant })) };
      }, limit);
      return { data: items.map(({ tenant }) => tenantOnWire(tenant)), next: writeCursor(query, next) };
    }),
  ];
}
