import { DeleteItemCommand, type DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type AuditEntry, type Audited, type AuditTrail, storedAuditEntry } from '../../core/audit/audit.ts';
import { type AuditReader, boundsOf, type PendingEntries } from '../../core/audit/trail.ts';
import type { Clock } from '../../core/clock.ts';
import { DAY_MS } from '../../core/durations.ts';
import type { TimeRange } from '../../core/listing/page.ts';
import { DEFAULT_TENANT } from '../../core/tenant.ts';
import { conditionally, type Item, isUnexpired, readDocument, text } from './client.ts';
import {
  ALL_AUDIT,
  auditKey,
  keyAttributes,
  PENDING_AUDIT,
  registryPartition,
  registryPartitions,
  tenantAudit,
} from './keys.ts';
import { type RegistryWalk, walkRegistry } from './registry-lists.ts';

interface AuditTrailOptions {
  client: DynamoDBClient;
  table: string;
  /** How long an entry is kept; null keeps it for ever. */
  retentionDays: number | null;
}

/**
 * The audit trail in the registry: by object; its indexes list by tenant and across all. Ids sort by time. TTL deletes
 * entries; those of version 0.1.0 have no expiry, and stay.
 */
export function createAuditTrail({ client, table, retentionDays }: AuditTrailOptions): AuditTrail {
  return {
    append(entry) {
      const Item = {
        ...keyAttributes(auditKey(entry.object, entry.id)),
        // Entries without a tenant are stored with the default tenant's; only keys that see all tenants get them.
        tenant_pk: { S: registryPartition(tenantAudit(entry.tenant ?? DEFAULT_TENANT), entry.id) },
        kind_pk: { S: registryPartition(ALL_AUDIT, entry.id) },
        list_sk: { S: entry.id },
        ...(retentionDays !== null && { expires_at: { N: expiryOf(entry, retentionDays) } }),
        doc: { S: JSON.stringify(entry) },
      };
      const put = new PutItemCommand({ TableName: table, Item, ConditionExpression: 'attribute_not_exists(pk)' });
      return conditionally(client.send(put));
    },
  };
}

/** The audit trail, as lists read it. */
export function createAuditReader(options: { client: DynamoDBClient; table: string; clock: Clock }): AuditReader {
  const { clock, ...registry } = options;
  const read = (item: Item) => (isUnexpired(item, clock()) ? readEntry(item) : undefined);
  const walk = (list: Pick<RegistryWalk, 'index' | 'partitions' | 'after' | 'limit'>, range: TimeRange) =>
    walkRegistry({ ...registry, ...list, bounds: boundsOf(range) }, read);
  return {
    ofObject: (object, range, after, limit) =>
      walk({ index: 'table', partitions: [auditKey(object, '').pk], after, limit }, range),
    ofTenant(tenant, range, after, limit) {
      const [index, list] =
        tenant === null ? (['by_kind', ALL_AUDIT] as const) : (['by_tenant', tenantAudit(tenant)] as const);
      return walk({ index, partitions: registryPartitions(list), after, limit }, range);
    },
  };
}

const expiryOf = ({ at }: AuditEntry, days: number) => String(Math.floor((at + days * DAY_MS) / 1000));

function readEntry(item: Item): AuditEntry {
  return readDocument(item, 'doc', storedAuditEntry);
}

/** The attributes of an item that hold the audit entry of the change that wrote it. */
export function auditAttributes(entry: AuditEntry): Item {
  return {
    audit_pk: { S: registryPartition(PENDING_AUDIT, entry.id) },
    audit_sk: { S: entry.id },
    audit: { S: JSON.stringify(entry) },
  };
}

/** Replaces a deleted item: its key and the audit entry of the deletion, without a `doc`. */
export function tombstone(key: { pk: string; sk: string }, entry: AuditEntry): Item {
  return { ...keyAttributes(key), ...auditAttributes(entry) };
}

/** Whether an item is the tombstone of a deleted one: every reader treats it as absent. */
export const isTombstone = (item: Item): boolean => item.doc === undefined;

/** An item's pending entry, and the id of its last entry, which remains after the entry is copied. */
export function auditOf(item: Item): Audited {
  const pendingEntry = item.audit === undefined ? undefined : readDocument(item, 'audit', storedAuditEntry);
  return { pendingEntry, changeId: item.audit_sk?.S };
}

/** The registry's items of any kind with a pending entry. */
export function createPendingEntries({ client, table }: { client: DynamoDBClient; table: string }): PendingEntries {
  const remove = async (item: Item, entry: AuditEntry) => {
    const same = {
      TableName: table,
      Key: keyAttributes({ pk: text(item, 'pk'), sk: text(item, 'sk') }),
      ExpressionAttributeValues: { ':id': { S: entry.id } },
    };
    // If the item has changed since, it carries another entry, which is copied later.
    await conditionally(
      isTombstone(item)
        ? client.send(
            new DeleteItemCommand({ ...same, ConditionExpression: 'audit_sk = :id AND attribute_not_exists(doc)' }),
          )
        : client.send(
            new UpdateItemCommand({
              ...same,
              // The id stays, and identifies the item's last write.
              UpdateExpression: 'REMOVE audit_pk, audit',
              ConditionExpression: 'audit_sk = :id AND attribute_exists(doc)',
            }),
          ),
    );
  };
  return {
    list: (range, after, limit) => {
      const partitions = registryPartitions(PENDING_AUDIT);
      const list = { client, table, index: 'by_audit', partitions, bounds: boundsOf(range), after, limit } as const;
      return walkRegistry(list, (item) => {
        const entry = readDocument(item, 'audit', storedAuditEntry);
        return { entry, remove: () => remove(item, entry) };
      });
    },
  };
}
