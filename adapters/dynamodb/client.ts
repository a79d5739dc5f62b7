import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import type * as z from 'zod';
import type { Wait } from '../../core/clock.ts';
import { isObject } from '../../core/json.ts';
import { UnreadableItem } from '../../core/unreadable-item.ts';
import { awsClientConfig, prepared, sendUntilDone } from '../aws-client.ts';

export type Item = Record<string, AttributeValue>;

/** A client for the life of an execution environment. */
export function createDynamoDb(): DynamoDBClient {
  return prepared(new DynamoDBClient(awsClientConfig));
}

/** The registry's table. */
export interface RegistryOptions {
  client: DynamoDBClient;
  table: string;
  wait: Wait;
}

/** Runs a conditional write. @returns false if its condition failed. */
export async function conditionally(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (fault) {
    if (fault instanceof ConditionalCheckFailedException) return false;
    throw fault;
  }
}

/** The text of an attribute. @throws UnreadableItem if there is none. */
export function text(item: Item, name: string): string {
  const value = item[name]?.S;
  if (value === undefined) throw new UnreadableItem(`An item lacks the attribute "${name}".`);
  return value;
}

/** Reads a document: the JSON text of an attribute. @throws UnreadableItem as `parseDocument` does. */
export function readDocument<Value extends object>(item: Item, name: string, schema: z.ZodType<Value>): Value {
  return parseDocument(text(item, name), name, schema);
}

/**
 * Parses a document. Members that the schema does not know are kept: a newer version may have written them, and this one
 * writes the whole document back.
 * @param name what errors call it.
 * @throws UnreadableItem when this version cannot read it.
 */
export function parseDocument<Value extends object>(json: string, name: string, schema: z.ZodType<Value>): Value {
  let given: unknown;
  try {
    given = JSON.parse(json);
  } catch {
    // The parser's own message quotes the text.
    throw new UnreadableItem(`The attribute "${name}" of an item is not JSON.`);
  }
  const result = schema.safeParse(given);
  if (!result.success) {
    const members = result.error.issues.map(({ path }) => [name, ...path].join('.'));
    throw new UnreadableItem(`An item has members that this version cannot read: ${members.join(', ')}.`);
  }
  return isObject(given) ? { ...given, ...result.data } : result.data;
}

/** The number of an attribute; undefined if there is none. */
export function number(item: Item, name: string): number | undefined {
  const value = item[name]?.N;
  return value === undefined ? undefined : Number(value);
}

/** Whether an item is not expired. TTL deletes late, so an expired item counts as absent. */
export function isUnexpired(item: Item, nowMs: number): boolean {
  const expiresAt = number(item, 'expires_at');
  return expiresAt === undefined || expiresAt * 1000 > nowMs;
}

/** Every page of a query, one call each. */
export async function* queryPages(
  client: DynamoDBClient,
  input: Omit<QueryCommandInput, 'ExclusiveStartKey'>,
): AsyncGenerator<QueryCommandOutput> {
  let start: Item | undefined;
  do {
    const page: QueryCommandOutput = await client.send(new QueryCommand({ ...input, ExclusiveStartKey: start }));
    yield page;
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
}

/** Keys of one BatchGetItem call. */
const BATCH_KEYS_MAX = 100;

/** How items are read: strongly consistent unless `eventually`, which costs half; all attributes unless some are named. */
export interface BatchGetHow {
  eventually?: boolean;
  attributes?: readonly string[];
}

/**
 * Reads items of any tables by key, in as few calls as possible; duplicate keys are read once.
 * @throws when several rounds in a row make no progress (throttling).
 */
export async function batchGet(
  client: DynamoDBClient,
  wanted: { table: string; pk: string; sk: string }[],
  wait: Wait,
  how: BatchGetHow = {},
): Promise<{ table: string; item: Item }[]> {
  const unique = [...new Map(wanted.map((key) => [`${key.table}/${key.pk}/${key.sk}`, key])).values()];
  const chunks = Array.from({ length: Math.ceil(unique.length / BATCH_KEYS_MAX) }, (_, index) =>
    unique.slice(index * BATCH_KEYS_MAX, (index + 1) * BATCH_KEYS_MAX),
  );
  return (await Promise.all(chunks.map((chunk) => batchGetChunk(client, chunk, wait, how)))).flat();
}

async function batchGetChunk(
  client: DynamoDBClient,
  wanted: { table: string; pk: string; sk: string }[],
  wait: Wait,
  { eventually = false, attributes }: BatchGetHow,
): Promise<{ table: string; item: Item }[]> {
  const found: { table: string; item: Item }[] = [];
  const read = async (entries: KeyIn[]): Promise<KeyIn[]> => {
    const requests: Record<string, { Keys: Item[]; ConsistentRead: boolean; ProjectionExpression?: string }> = {};
    const projection = attributes && { ProjectionExpression: attributes.join(', ') };
    for (const { table, key } of entries) {
      requests[table] ??= { Keys: [], ConsistentRead: !eventually, ...projection };
      requests[table].Keys.push(key);
    }
    const answer = await client.send(new BatchGetItemCommand({ RequestItems: requests }));
    for (const [table, items] of Object.entries(answer.Responses ?? {})) {
      for (const item of items) found.push({ table, item });
    }
    const unread = Object.entries(answer.UnprocessedKeys ?? {});
    return unread.flatMap(([table, { Keys = [] }]) => Keys.map((key) => ({ table, key })));
  };
  await sendUntilDone(
    wanted.map(({ table, pk, sk }) => ({ table, key: { pk: { S: pk }, sk: { S: sk } } })),
    read,
    // A response ends at 16 MB: if it returned something, it may just have been full.
    { wait, unavailable: 'DynamoDB left keys unread (throttling): try again.', untilFruitless: true },
  );
  return found;
}

interface KeyIn {
  table: string;
  key: Item;
}
