import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Page } from '../../core/listing/page.ts';
import type { Item } from './client.ts';

export interface RegistryList<Listed> {
  client: DynamoDBClient;
  table: string;
  /** The kind to list: the value of `kind_pk`. */
  kind: string;
  /** The tenant's partition of `by_tenant`; null lists across tenants. */
  tenantPartition: string | null;
  limit: number;
  /** The id after which to continue. */
  after: string | null;
  read: (item: Item) => Listed;
}

/** A page of objects of one kind, newest first: their ids sort by creation. Eventually consistent. */
export async function listRegistry<Listed extends { id: string }>(list: RegistryList<Listed>): Promise<Page<Listed>> {
  const { client, table, kind, tenantPartition, limit, after, read } = list;
  const ofTenant = tenantPartition !== null;
  const answer = await client.send(
    new QueryCommand({
      TableName: table,
      IndexName: ofTenant ? 'by_tenant' : 'by_kind',
      KeyConditionExpression: `${ofTenant ? 'tenant_pk' : 'kind_pk'} = :partition${after === null ? '' : ' AND list_sk < :after'}`,
      ExpressionAttributeValues: {
        ':partition': { S: tenantPartition ?? kind },
        ...(after !== null && { ':after': { S: after } }),
      },
      ScanIndexForward: false,
      Limit: limit,
    }),
  );
  const items = (answer.Items ?? []).map(read);
  return { items, next: answer.LastEvaluatedKey === undefined ? null : (items.at(-1)?.id ?? null) };
}
