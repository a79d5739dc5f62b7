import { createRequire } from 'node:module';
import type { Stream } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import * as z from 'zod';
import { AwsError, notLocal } from './aws-error.ts';
import { openRows, type Rows } from './dynamodb-rows.ts';
import type { JsonService } from './exchange.ts';
import { type ExpressionParser, rememberExpressions } from './expression-cache.ts';
import type { TurnFile } from './turn-file.ts';

/**
 * DynamoDB on disk: the logic of dynalite over rows in a SQLite file.
 *
 * dynalite is an HTTP server over LevelDB. Its parts are called directly instead, and its rows stored elsewhere; see
 * docs/adr/020-local-engines.md.
 */
export interface DynamoDb extends JsonService {
  /** Creates a table unless it exists. */
  ensureTable(table: TableDefinition): Promise<void>;
}

/** A table, as input of CreateTable. */
export interface TableDefinition {
  readonly TableName: string;
  readonly AttributeDefinitions: readonly object[];
  readonly KeySchema: readonly object[];
  readonly GlobalSecondaryIndexes?: readonly { readonly IndexName: string }[] | undefined;
}

const described = z.object({
  Table: z.object({
    TableStatus: z.string(),
    GlobalSecondaryIndexes: z.array(z.object({ IndexName: z.string() })).default([]),
  }),
});

type Callback = (error: unknown, output?: unknown) => void;

interface Store {
  readonly tableDb: Pick<Rows, 'get' | 'put' | 'del'> & {
    awsAccountId: string;
    awsRegion: string;
    createKeyStream: () => Stream;
  };
  readonly db: object;
}

interface Validations {
  checkTypes(input: unknown, types: unknown): unknown;
  checkValidations(input: unknown, types: unknown, custom: unknown, store: Store): void;
}

const require = createRequire(import.meta.url);
const database: { create(options: object): Store } = require('dynalite/db');
const validations: Validations = require('dynalite/validations');
const parsers: readonly ExpressionParser[] = ['condition', 'projection', 'update'].map((kind) =>
  require(`dynalite/db/${kind}Parser`),
);
parsers.forEach(rememberExpressions);

const operations = [
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'ListTables',
  'PutItem',
  'Query',
  'Scan',
  'UpdateItem',
] as const;

type Operation = (store: Store, input: unknown) => Promise<unknown>;

const handlers = new Map<string, Operation>(operations.map((name) => [name, operation(name)]));

/** Opens the tables in a file. */
export function openDynamoDb(file: TurnFile, place: { accountId: string; region: string }): DynamoDb {
  const store = createStore(file, place);
  const handle = async (name: string, input: unknown): Promise<unknown> => {
    const handler = handlers.get(name);
    if (handler === undefined) throw notLocal('DynamoDB', name);
    const output = await handler(store, input);
    await file.committed();
    return output;
  };
  return { handle, ensureTable: (table) => ensureTable(handle, table) };
}

/** A dynalite store with its rows in the file: without a path it is in memory, and then its methods are replaced. */
function createStore(file: TurnFile, place: { accountId: string; region: string }): Store {
  const rows = openRows(file);
  const store = database.create({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  Object.assign(store.db, rows);
  store.tableDb.awsAccountId = place.accountId;
  store.tableDb.awsRegion = place.region;
  // dynalite's own version searches the keys of all items for table names.
  store.tableDb.createKeyStream = () => rows.createKeyStream('table~');
  rememberTables(store.tableDb);
  return store;
}

/** Each request reads its table's definition, which rarely changes. */
function rememberTables(tableDb: Store['tableDb']): void {
  const known = new Map<string, unknown>();
  const { get, put, del } = tableDb;
  tableDb.get = (name, done) => {
    const table = known.get(name);
    if (table !== undefined) return process.nextTick(done, null, table);
    get(name, (error, found) => {
      if (found !== undefined) known.set(name, found);
      done(error, found);
    });
  };
  // Only once it has changed: a read before may still be about to keep what it found.
  const changed = (name: string, done: (error: Error | null) => void) => (error: Error | null) => {
    known.delete(name);
    done(error);
  };
  tableDb.put = (name, table, done) => put(name, table, changed(name, done));
  tableDb.del = (name, done) => del(name, changed(name, done));
}

async function ensureTable(handle: JsonService['handle'], table: TableDefinition): Promise<void> {
  try {
    await handle('CreateTable', { ...table, BillingMode: 'PAY_PER_REQUEST' });
    await untilActive(handle, table.TableName);
  } catch (error) {
    if (!(error instanceof AwsError && error.code.endsWith('ResourceInUseException'))) throw error;
    const { Table } = described.parse(await handle('DescribeTable', { TableName: table.TableName }));
    const present = new Set(Table.GlobalSecondaryIndexes.map(({ IndexName }) => IndexName));
    const missing = (table.GlobalSecondaryIndexes ?? []).filter(({ IndexName }) => !present.has(IndexName));
    if (missing.length === 0) return;
    throw new Error(
      `Table ${table.TableName} in the data folder was created by another version: it lacks the index ` +
        `${missing.map(({ IndexName }) => IndexName).join(', ')}. Start with another POSTRIDER_DATA, or remove the folder.`,
      { cause: error },
    );
  }
}

async function untilActive(handle: JsonService['handle'], name: string): Promise<void> {
  for (;;) {
    const { Table } = described.parse(await handle('DescribeTable', { TableName: name }));
    if (Table.TableStatus === 'ACTIVE') return;
    await setImmediate();
  }
}

function operation(name: string): Operation {
  const file = name.charAt(0).toLowerCase() + name.slice(1);
  const act: (store: Store, input: unknown, callback: Callback) => void = require(`dynalite/actions/${file}`);
  const { types, custom }: { types: unknown; custom: unknown } = require(`dynalite/validations/${file}`);
  return (store, given) =>
    new Promise((resolve, reject) => {
      try {
        const input = validations.checkTypes(given, types);
        validations.checkValidations(input, types, custom, store);
        act(store, input, (error, output) => (error ? reject(awsError(error)) : resolve(output)));
      } catch (error) {
        reject(awsError(error));
      }
    });
}

/** dynalite throws its responses as errors with `statusCode` and `body`. Any other error is a bug in it. */
function awsError(error: unknown): unknown {
  if (!(error instanceof Error && 'statusCode' in error && 'body' in error)) return error;
  const { statusCode, body } = error;
  if (typeof statusCode !== 'number' || typeof body !== 'object' || body === null) return error;
  const message = 'message' in body ? body.message : 'Message' in body ? body.Message : '';
  const code = '__type' in body ? String(body.__type) : 'InternalServerError';
  return new AwsError(code, String(message), statusCode);
}
