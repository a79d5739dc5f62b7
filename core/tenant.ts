import * as z from 'zod';
import { Problem } from './problem.ts';

/** The tenant of events and endpoints that name none. */
export const DEFAULT_TENANT = 'default';

/** What names of our own tenants begin with; nobody else may use such a name. */
const RESERVED_PREFIX = 'postrider.';

/** The tenant of the heartbeat: of its endpoint and its events. */
export const HEARTBEAT_TENANT = `${RESERVED_PREFIX}heartbeat`;

/** The rule for names of tenants, as an error message. */
export const TENANT_NAMES = 'Use 1 to 64 letters, digits, full stops, underscores or hyphens, but not only full stops.';

/** Why nobody may use such a name, as an error message. */
export const RESERVED_TENANTS = `Names of tenants that begin with "${RESERVED_PREFIX}" are reserved: use another first word.`;

/** A name of only full stops would be a path segment (`.` or `..`) in a storage key: nothing can be stored under it. */
export const tenantName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, TENANT_NAMES)
  .refine((name) => !/^\.+$/.test(name), TENANT_NAMES)
  .meta({ not: { pattern: '^\\.+$' } });

/** What the API's document says of names that callers may not use. */
const notReserved = { not: { pattern: '^(\\.+$|postrider\\.)' } };

/** A tenant that a caller names for something new. */
export const ownTenantName = tenantName.refine((name) => !isReservedTenant(name), RESERVED_TENANTS).meta(notReserved);

/** The tenant of an event that somebody publishes: who it is decides whether it may be a reserved one. */
export const publishedTenantName = tenantName.meta(notReserved);

/** Whether only the product itself may use this tenant. */
export function isReservedTenant(tenant: string): boolean {
  return tenant.startsWith(RESERVED_PREFIX);
}

/**
 * Refuses a tenant whose key or endpoint was created when its name was still accepted.
 * @throws Problem `invalid`.
 */
export function refuseTenant(tenant: string, path: string[]): void {
  const message = ownTenantName.safeParse(tenant).error?.issues[0]?.message;
  if (message === undefined) return;
  throw new Problem('invalid', 'This tenant name is not allowed: use another one.', {
    faults: [{ path: [...path, 'tenant'].join('.'), message }],
  });
}
