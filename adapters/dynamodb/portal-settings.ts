import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { storedPortalSettings } from '../../core/portal-settings/settings.ts';
import type { PortalSettingsStore } from '../../core/portal-settings/store.ts';
import { auditAttributes, auditOf } from './audit.ts';
import { conditionally, readDocument } from './client.ts';
import { keyAttributes, PORTAL_SETTINGS_KEY } from './keys.ts';

/** The settings of the portal: one item of the registry. */
export function createPortalSettingsStore(options: { client: DynamoDBClient; table: string }): PortalSettingsStore {
  const { client, table } = options;
  const Key = keyAttributes(PORTAL_SETTINGS_KEY);
  return {
    async find() {
      const { Item: item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
      if (item === undefined) return { settings: undefined };
      return { settings: readDocument(item, 'doc', storedPortalSettings), ...auditOf(item) };
    },

    put(settings, expected, entry) {
      const put = new PutItemCommand({
        TableName: table,
        Item: { ...Key, doc: { S: JSON.stringify(settings) }, ...auditAttributes(entry) },
        ...(expected === undefined
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : {
              ConditionExpression: 'audit_sk = :expected',
              ExpressionAttributeValues: { ':expected': { S: expected } },
            }),
      });
      return conditionally(client.send(put));
    },
  };
}
