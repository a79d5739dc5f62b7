import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { AuditTrail } from '../../core/audit/audit.ts';
import { auditKey, keyAttributes } from './keys.ts';

/** The audit trail in the registry, by tenant and time (ids sort by it). */
export function createAuditTrail({ client, table }: { client: DynamoDBClient; table: string }): AuditTrail {
  return {
    async append(entry) {
      const Item = { ...keyAttributes(auditKey(entry.tenant, entry.id)), doc: { S: JSON.stringify(entry) } };
      await client.send(new PutItemCommand({ TableName: table, Item }));
    },
  };
}
