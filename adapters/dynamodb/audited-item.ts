import { DeleteItemCommand, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { AuditEntry, Audited } from '../../core/audit/audit.ts';
import type { PendingEntries } from '../../core/audit/trail.ts';
import { walkEntries } from './audit-query.ts';
import { conditionally, type Item, text } from './client.ts';
import { keyAttributes } from './keys.ts';

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
  const json = item.audit?.S;
  return { pendingEntry: json === undefined ? undefined : JSON.parse(json), changeId: item.audit_sk?.S };
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
        const entry: AuditEntry = JSON.parse(text(item, 'audit'));
        return { entry, remove: () => remove(item, entry) };
      }),
  };
}
