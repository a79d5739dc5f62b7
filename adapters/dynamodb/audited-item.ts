import { DeleteItemCommand, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { AuditEntry, Audited } from '../../core/audit/audit.ts';
import type { AuditCarriers } from '../../core/audit/trail.ts';
import { walkEntries } from './audit-query.ts';
import { conditionally, type Item, text } from './client.ts';
import { keyAttributes } from './keys.ts';

/** The partition of the registry's `by_audit` index: items that carry an entry which is not in the trail yet. */
const UNSETTLED = 'UNSETTLED';

/** The attributes by which an item carries the audit entry of the change that wrote it. */
export function auditAttributes(entry: AuditEntry): Item {
  return { audit_pk: { S: UNSETTLED }, audit_sk: { S: entry.id }, audit: { S: JSON.stringify(entry) } };
}

/** What takes the place of an item that is deleted: its key and the entry of its end, and no `doc`. */
export function tombstone(key: { pk: string; sk: string }, entry: AuditEntry): Item {
  return { ...keyAttributes(key), ...auditAttributes(entry) };
}

/** Whether an item is what is left of one that was deleted: every reader takes it for absent. */
export const isTombstone = (item: Item): boolean => item.doc === undefined;

/** The entry that an item carries, and which one that was once the minute tick has taken it. */
export function auditOf(item: Item): Audited {
  const json = item.audit?.S;
  return { pendingEntry: json === undefined ? undefined : JSON.parse(json), changeId: item.audit_sk?.S };
}

/** The registry's items that carry an entry, whatever they are. */
export function createAuditCarriers({ client, table }: { client: DynamoDBClient; table: string }): AuditCarriers {
  const release = async (item: Item, entry: AuditEntry) => {
    const same = {
      TableName: table,
      Key: keyAttributes({ pk: text(item, 'pk'), sk: text(item, 'sk') }),
      ExpressionAttributeValues: { ':id': { S: entry.id } },
    };
    // A change since then has brought another entry: that one's turn comes.
    await conditionally(
      isTombstone(item)
        ? client.send(
            new DeleteItemCommand({ ...same, ConditionExpression: 'audit_sk = :id AND attribute_not_exists(doc)' }),
          )
        : client.send(
            new UpdateItemCommand({
              ...same,
              // The id stays, and tells whose write the item's last one was.
              UpdateExpression: 'REMOVE audit_pk, audit',
              ConditionExpression: 'audit_sk = :id AND attribute_exists(doc)',
            }),
          ),
    );
  };
  return {
    carried: (range, after, limit) =>
      walkEntries({ client, table, index: 'by_audit', partition: UNSETTLED, range, after, limit }, (item) => {
        const entry: AuditEntry = JSON.parse(text(item, 'audit'));
        return { entry, release: () => release(item, entry) };
      }),
  };
}
