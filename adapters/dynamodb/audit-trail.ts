import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { AuditTrail } from '../../core/audit/audit.ts';
import { DEFAULT_TENANT } from '../../core/events/input.ts';
import { auditKey, keyAttributes, tenantAudit } from './keys.ts';

/** The audit trail in the registry: by object; its indexes list by tenant and across all. Ids sort by time. */
export function createAuditTrail({ client, table }: { client: DynamoDBClient; table: string }): AuditTrail {
  return {
    async append(entry) {
      const Item = {
        ...keyAttributes(auditKey(entry.object, entry.id)),
        // What belongs to no tenant stands with the default tenant's; only who may see all tenants is shown it there.
        tenant_pk: { S: tenantAudit(entry.tenant ?? DEFAULT_TENANT) },
        kind_pk: { S: 'AUDIT' },
        list_sk: { S: entry.id },
        doc: { S: JSON.stringify(entry) },
      };
      await client.send(new PutItemCommand({ TableName: table, Item }));
    },
  };
}
