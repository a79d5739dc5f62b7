import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Page } from '../../core/listing/page.ts';
import type { Item } from './client.ts';

export interface RegistryList<Thing> {
  client: DynamoDBClient;
  table: string;
  /** What is listed, as `kind_pk` names it. */
  kind: string;
  /** The tenant's partition of `by_tenant`; null lists across tenants. */
  tenantPartition: string | null;
  limit: number;
  /** The id after which to go on. */
  after: string | null;
  read: (item: Item) => Thing;
}

/** A page of things of one kind, newest first: their ids sort by creation. Eventually consistent. */
export async function listRegistry<Thing extends { id: string }>(list: RegistryList<Thing>): Promise<Page<Thing>> {
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
