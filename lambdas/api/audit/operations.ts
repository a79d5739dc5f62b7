import * as z from 'zod';
import { noBody, pageQuery, rangeQuery, tenantQuery } from '../common-schemas.ts';
import { operation } from '../operation.ts';
import { auditExample } from './examples.ts';
import { auditAction, auditActor, auditObject, auditPage } from './schemas.ts';

export const listAudit = operation({
  name: 'listAudit',
  method: 'get',
  path: '/v1/audit',
  tag: 'Audit',
  role: 'admin',
  summary: 'List audit entries, newest first',
  description:
    'Changes of endpoints, API keys and event types, and reveals of secrets and headers, test events, replays and jobs. Entries without a tenant (event types, and keys and jobs for all tenants) are visible only to keys bound to no tenant, in lists of the tenant `default` and across tenants. A change appears shortly after it is made.',
  query: z.strictObject({
    ...tenantQuery,
    object: auditObject,
    actor: auditActor,
    action: auditAction,
    ...rangeQuery,
    ...pageQuery,
  }),
  body: noBody,
  bodyIs: 'none',
  success: {
    status: 200,
    description: 'A page of audit entries.',
    schema: auditPage,
    example: { data: [auditExample], next: null },
  },
});
