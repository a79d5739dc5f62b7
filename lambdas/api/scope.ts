import { type Caller, tenantFor } from '../../core/keys/authenticate.ts';
import { Problem } from '../../core/problem.ts';
import { DEFAULT_TENANT } from '../../core/tenant.ts';

/**
 * The tenant to list; null for all tenants.
 * @throws Problem `forbidden` when the key is bound to another tenant, or bound at all and `*` is asked for.
 */
export function listedTenant(key: Caller, named: string | undefined): string | null {
  if (named !== '*') return tenantFor(key, named, DEFAULT_TENANT);
  if (key.tenant === null) return null;
  throw new Problem('forbidden', 'This API key or session is bound to a tenant: omit the tenant or use its own.');
}

/** Whether a key may see a tenant's objects. Those of no tenant (null) are visible only to keys bound to none. */
export function maySee(key: Caller, tenant: string | null): boolean {
  return key.tenant === null || key.tenant === tenant;
}

/**
 * The object that was found, if the key may see it: another tenant's looks like one that does not exist.
 * @throws Problem `not_found`.
 */
export function visibleTo<Found extends { tenant: string | null }>(
  key: Caller,
  found: Found | undefined,
  what: string,
): Found {
  if (found !== undefined && maySee(key, found.tenant)) return found;
  throw notFound(what);
}

/** The problem of an unknown id. */
export function notFound(what: string): Problem {
  return new Problem('not_found', `There is no ${what} with this id.`);
}
