import {
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type AuditEntry, type Audited, type AuditTrail, storedAuditEntry } from '../../core/audit/audit.ts';
import { type AuditReader, boundsOf, type PendingEntries } from '../../core/audit/trail.ts';
import type { Segment, TimeRange } from '../../core/listing/page.ts';
import { DEFAULT_TENANT } from '../../core/tenant.ts';
import { conditionally, type Item, readDocument, text } from './client.ts';
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
  return readDocument(item, 'doc', storedAuditEntry);
}

/** The partition of the registry's `by_audit` index: items with a pending audit entry. */
const PENDING = 'UNSETTLED';

/** The attributes of an item that hold the audit entry of the change that wrote it. */
export function auditAttributes(entry: AuditEntry): Item {
  return { audit_pk: { S: PENDING }, audit_sk: { S: entry.id }, audit: { S: JSON.stringify(entry) } };
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
    list: (range, after, limit) =>
      walkEntries({ client, table, index: 'by_audit', partition: PENDING, range, after, limit }, (item) => {
        const entry = readDocument(item, 'audit', storedAuditEntry);
        return { entry, remove: () => remove(item, entry) };
      }),
  };
}

interface EntryList {
  client: DynamoDBClient;
  table: string;
  /** The index to walk; by default the table itself, strongly consistent. */
  index?: 'by_tenant' | 'by_kind' | 'by_audit';
  partition: string;
  range: TimeRange;
  after: string | null;
  limit: number;
}

const KEYS = {
  table: ['pk', 'sk'],
  by_tenant: ['tenant_pk', 'list_sk'],
  by_kind: ['kind_pk', 'list_sk'],
  by_audit: ['audit_pk', 'audit_sk'],
} as const;

/** Walks a partition whose sort key is the id of an audit entry, newest first. */
async function walkEntries<Found>(list: EntryList, read: (item: Item) => Found): Promise<Segment<Found>> {
  const { client, table, index, partition, range, after, limit } = list;
  const [pkName, skName] = KEYS[index ?? 'table'];
  const { low, high } = boundsOf(range, after);
  // DynamoDB refuses a BETWEEN whose end is before its beginning.
  if (high < low) return { found: [], examined: 0, next: null };
  const answer = await client.send(
    new QueryCommand({
      TableName: table,
      ...(index === undefined ? { ConsistentRead: true } : { IndexName: index }),
      KeyConditionExpression: `${pkName} = :partition AND ${skName} BETWEEN :low AND :high`,
      ExpressionAttributeValues: { ':partition': { S: partition }, ':low': { S: low }, ':high': { S: high } },
      ScanIndexForward: false,
      // The bound includes the entry that the last page ended with.
      Limit: limit + 1,
    }),
  );
  const items = (answer.Items ?? []).filter((item) => text(item, skName) !== after);
  const kept = items.slice(0, limit);
  const found = kept.map((item) => ({ item: read(item), position: text(item, skName) }));
  const hasMore = items.length > kept.length || answer.LastEvaluatedKey !== undefined;
  return { found, examined: kept.length, next: hasMore ? (found.at(-1)?.position ?? after) : null };
}
