import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { AuditEntry, AuditTrail } from '../../core/audit/audit.ts';
import type { AuditReader } from '../../core/audit/trail.ts';
import { DEFAULT_TENANT } from '../../core/tenant.ts';
import { walkEntries } from './audit-query.ts';
import { conditionally, type Item, text } from './client.ts';
import { auditKey, keyAttributes, tenantAudit } from './keys.ts';

interface AuditTrailOptions {
  client: DynamoDBClient;
  table: string;
}

const AUDIT_KIND = 'AUDIT';

/** The audit trail in the registry: by object; its indexes list by tenant and across all. Ids sort by time. */
export function createAuditTrail({ client, table }: AuditTrailOptions): AuditTrail {
  return {
    append(entry) {
      const Item = {
        ...keyAttributes(auditKey(entry.object, entry.id)),
        // Entries without a tenant are stored with the default tenant's; only keys that see all tenants get them.
        tenant_pk: { S: tenantAudit(entry.tenant ?? DEFAULT_TENANT) },
        kind_pk: { S: AUDIT_KIND },
        list_sk: { S: entry.id },
        doc: { S: JSON.stringify(entry) },
      };
      const put = new PutItemCommand({ TableName: table, Item, ConditionExpression: 'attribute_not_exists(pk)' });
      return conditionally(client.send(put));
    },
  };
}

/** The audit trail, as lists read it. */
export function createAuditReader(options: AuditTrailOptions): AuditReader {
  return {
    ofObject: (object, range, after, limit) =>
      walkEntries({ ...options, partition: auditKey(object, '').pk, range, after, limit }, readEntry),
    ofTenant: (tenant, range, after, limit) =>
      tenant === null
        ? walkEntries({ ...options, index: 'by_kind', partition: AUDIT_KIND, range, after, limit }, readEntry)
        : walkEntries(
            { ...options, index: 'by_tenant', partition: tenantAudit(tenant), range, after, limit },
            readEntry,
          ),
  };
}

function readEntry(item: Item): AuditEntry {
  return JSON.parse(text(item, 'doc'));
}
