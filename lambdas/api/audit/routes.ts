import { listAudit } from '../../../core/audit/list.ts';
import { isId } from '../../../core/ids.ts';
import type { Caller } from '../../../core/keys/authenticate.ts';
import { isSession } from '../../../core/keys/key.ts';
import { Problem } from '../../../core/problem.ts';
import { listRangeOf } from '../common-schemas.ts';
import { listRoute } from '../list-route.ts';
import type { ApiPorts } from '../ports.ts';
import type { Route } from '../route.ts';
import { listedTenant, visibleTo } from '../scope.ts';
import * as operations from './operations.ts';
import { auditOnWire } from './schemas.ts';

/** The route of the audit trail. */
export function auditRoutes(ports: ApiPorts): Route[] {
  return [
    listRoute(operations.listAudit, async ({ key, query }) => {
      const { object, actor, action, limit, cursor } = query;
      await refuseBeyondEndpoints(key, object, ports);
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

/** A session of the portal reads the changes of one endpoint of its tenant: nothing of keys, jobs and other sessions. */
async function refuseBeyondEndpoints(
  caller: Caller,
  object: string | undefined,
  { endpoints }: Pick<ApiPorts, 'endpoints'>,
): Promise<void> {
  if (!isSession(caller) || caller.role !== 'portal') return;
  if (object === undefined || !isId('ep', object)) {
    throw new Problem('forbidden', 'A session of the portal reads the audit trail of one endpoint: name it as object.');
  }
  visibleTo(caller, (await endpoints.find(object))?.endpoint, 'endpoint');
}
