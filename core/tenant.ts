import * as z from 'zod';
import { Problem } from './problem.ts';

/** The tenant of events and endpoints that name none. */
export const DEFAULT_TENANT = 'default';

/** The tenant of the heartbeat: an event of our own that goes all the way through the product. */
export const HEARTBEAT_TENANT = 'postrider.heartbeat';

/** The rule for names of tenants, as an error message. */
export const TENANT_NAMES = 'Use 1 to 64 letters, digits, full stops, underscores or hyphens, but not only full stops.';

/** A name of only full stops would be a path segment (`.` or `..`) in a storage key: nothing can be stored under it. */
export const tenantName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, TENANT_NAMES)
  .refine((name) => !/^\.+$/.test(name), TENANT_NAMES)
  .meta({ not: { pattern: '^\\.+$' } });

/**
 * Refuses a tenant whose key or endpoint was created when its name was still accepted.
 * @throws Problem `invalid`.
 */
export function refuseTenant(tenant: string, path: string[]): void {
  if (tenantName.safeParse(tenant).success) return;
  throw new Problem('invalid', 'This tenant name is not allowed: use another one.', {
    faults: [{ path: [...path, 'tenant'].join('.'), message: TENANT_NAMES }],
  });
}
