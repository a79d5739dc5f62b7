import * as z from 'zod';
import { noBody, pageQuery } from '../common-schemas.ts';
import { operation } from '../operation.ts';
import { tenantPage } from './schemas.ts';

export const listTenants = operation({
  name: 'listTenants',
  method: 'get',
  path: '/v1/tenants',
  tag: 'Service',
  role: 'viewer',
  summary: 'List the tenants that have had an endpoint or a key, newest first',
  description:
    'For a key bound to a tenant, that tenant alone. A tenant is only a name, so one that only publishes is not listed.',
  query: z.strictObject(pageQuery),
  body: noBody,
  bodyIs: 'none',
  success: {
    status: 200,
    description: 'A page of tenants.',
    schema: tenantPage,
    example: { data: [{ name: 'acme', created_at: '2026-11-22T09:55:00.000Z' }], next: null },
  },
});
