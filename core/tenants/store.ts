import * as z from 'zod';
import type { Page } from '../listing/page.ts';

/** A tenant that has had an endpoint or a key, as stored. A tenant is only a name: nothing else is known of it. */
export const storedTenant = z.object({
  name: z.string(),
  /** When it was first noted, in ms since the epoch. */
  createdAt: z.number(),
});
export type Tenant = z.output<typeof storedTenant>;

/** The tenants in the registry. */
export interface TenantStore {
  /** Notes a tenant, unless it is noted already. */
  note(tenant: Tenant): Promise<void>;
  /** Strongly consistent; undefined if it was never noted. */
  find(name: string): Promise<Tenant | undefined>;
  /** Newest first; eventually consistent. A position matches `TENANT_POSITION`. */
  list(limit: number, after: string | null): Promise<Page<Tenant>>;
}

/** The position of a tenant in the list. */
export function tenantPosition({ createdAt, name }: Tenant): string {
  return `${new Date(createdAt).toISOString()}#${name}`;
}

/** Matches every position. */
export const TENANT_POSITION = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[A-Za-z0-9_.-]{1,64}$/;
