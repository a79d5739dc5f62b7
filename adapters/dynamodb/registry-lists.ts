import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { merged } from '../../core/listing/merge.ts';
import type { Page, Segment } from '../../core/listing/page.ts';
import { type Item, text } from './client.ts';
import { registryPartitions } from './keys.ts';

/** The keys of the registry and of its indexes, which project whole items. */
const KEYS = {
  table: ['pk', 'sk'],
  by_tenant: ['tenant_pk', 'list_sk'],
  by_kind: ['kind_pk', 'list_sk'],
  by_audit: ['audit_pk', 'audit_sk'],
} as const;

export interface RegistryWalk {
  client: DynamoDBClient;
  table: string;
  /** The index to walk, eventually consistent; `table` is the table itself, strongly consistent. */
  index: keyof typeof KEYS;
  partitions: string[];
  /** The first and last sort key, both inclusive; all by default. */
  bounds?: { low: string; high: string };
  after: string | null;
  limit: number;
}

/** The lowest and highest sort key there is. */
const EVERYTHING = { low: ' ', high: '~' };

/**
 * Walks a list of the registry, newest first, over all its partitions. A position is a sort key.
 * @param read returns undefined for an item that counts as absent.
 */
export async function walkRegistry<Found>(
  list: RegistryWalk,
  read: (item: Item) => Found | undefined,
): Promise<Segment<Found>> {
  const parts = await Promise.all(list.partitions.map((partition) => newest(list, partition)));
  const { found, ...segment } = merged(parts, list.limit);
  const readable = found.map(({ item, position }) => ({ item: read(item), position }));
  return {
    ...segment,
    found: readable.flatMap(({ item, position }) => (item === undefined ? [] : { item, position })),
  };
}

async function newest(list: RegistryWalk, partition: string): Promise<Omit<Segment<Item>, 'examined'>> {
  const { client, table, index, partitions, bounds: { low, high } = EVERYTHING, after, limit } = list;
  const [pkName, skName] = KEYS[index];
  const end = after !== null && after < high ? after : high;
  // DynamoDB refuses a BETWEEN whose end is before its beginning.
  if (end < low) return { found: [], next: null };
  const answer = await client.send(
    new QueryCommand({
      TableName: table,
      ...(index === 'table' ? { ConsistentRead: true } : { IndexName: index }),
      KeyConditionExpression: `${pkName} = :partition AND ${skName} BETWEEN :low AND :high`,
      ExpressionAttributeValues: { ':partition': { S: partition }, ':low': { S: low }, ':high': { S: end } },
      ScanIndexForward: false,
      // The bound includes the entry that the last page ended with.
      Limit: shareOf(limit, partitions.length) + 1,
    }),
  );
  const found = (answer.Items ?? [])
    .map((item) => ({ item, position: text(item, skName) }))
    .filter(({ position }) => position !== after);
  return { found, next: answer.LastEvaluatedKey === undefined ? null : (found.at(-1)?.position ?? after) };
}

/**
 * How many entries of each partition are read for a page: twice its share and some, since items are read whole. Where one
 * partition has more of the newest than that, the page ends there.
 */
function shareOf(limit: number, partitions: number): number {
  return Math.min(limit, Math.ceil((2 * limit) / partitions) + 8);
}

interface RegistryList<Listed> {
  client: DynamoDBClient;
  table: string;
  /** The list across tenants. */
  all: string;
  /** The tenant's list; null lists across tenants. */
  ofTenant: string | null;
  limit: number;
  /** The position after which to continue. */
  after: string | null;
  read: (item: Item) => Listed | undefined;
}

/** A page of objects of one kind, newest first. Eventually consistent. */
export async function listRegistry<Listed>(list: RegistryList<Listed>): Promise<Page<Listed>> {
  const { all, ofTenant, read, ...rest } = list;
  const index = ofTenant === null ? 'by_kind' : 'by_tenant';
  const { found, next } = await walkRegistry({ ...rest, index, partitions: registryPartitions(ofTenant ?? all) }, read);
  return { items: found.map(({ item }) => item), next };
}
