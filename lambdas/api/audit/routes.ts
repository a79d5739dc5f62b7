import { listAudit } from '../../../core/audit/list.ts';
import { listRangeOf } from '../common-schemas.ts';
import { listRoute } from '../list-route.ts';
import type { ApiPorts } from '../ports.ts';
import type { Route } from '../route.ts';
import { listedTenant } from '../scope.ts';
import * as operations from './operations.ts';
import { auditOnWire } from './schemas.ts';

/** The route of the audit trail. */
export function auditRoutes(ports: ApiPorts): Route[] {
  return [
    listRoute(operations.listAudit, async ({ key, query }) => {
      const { object, actor, action, limit, cursor } = query;
      const seesAll = key.tenant === null;
      // Ids are unique across tenants: search all of them for a given id, unless the key or the query names one.
      const tenant = listedTenant(key, query.tenant ?? (object !== undefined && seesAll ? '*' : undefined));
      const { items, next } = await listAudit(
        { tenant, seesAll, object, actor, action, range: listRangeOf(query), limit, cursor },
        ports,
      );
      return { data: items.map(auditOnWire), next };
    }),
  ];
}
