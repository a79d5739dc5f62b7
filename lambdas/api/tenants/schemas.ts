import * as z from 'zod';
import { isoTime } from '../../../core/clock.ts';
import type { Tenant } from '../../../core/tenants/store.ts';
import { pageOf, responseSchemas, time } from '../common-schemas.ts';

export const tenantAnswer = z
  .object({
    name: z.string(),
    created_at: time.meta({ description: 'When its first endpoint or key was created.' }),
  })
  .register(responseSchemas, { id: 'Tenant' });
export const tenantPage = pageOf(tenantAnswer, 'TenantPage');

/** A tenant in the API's format. */
export function tenantOnWire({ name, createdAt }: Tenant): z.output<typeof tenantAnswer> {
  return { name, created_at: isoTime(createdAt) };
}
