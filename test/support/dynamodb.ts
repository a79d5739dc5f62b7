import { setTimeout } from 'node:timers/promises';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  type ProjectionType,
} from '@aws-sdk/client-dynamodb';

/** A DynamoDB engine, accessed by the SDK. */
export interface DynamoDbEngine {
  readonly client: DynamoDBClient;
  /** On loopback. */
  readonly port: number;
  stop(): Promise<void>;
}

/** The names of the product's two tables. */
export interface TableNames {
  readonly registry: string;
  readonly ledger: string;
}

type Index = readonly [name: string, partitionKey: string, sortKey: string, projection: ProjectionType];

/** Creates the product's two tables, as lib/stacks/state-stack.ts declares them, under new names. */
export async function createTables(client: DynamoDBClient, prefix: string): Promise<TableNames> {
  const registry = `${prefix}-registry`;
  const ledger = `${prefix}-ledger`;
  const registryIndexes: Index[] = [
    ['by_tenant', 'tenant_pk', 'list_sk', 'ALL'],
    ['by_kind', 'kind_pk', 'list_sk', 'ALL'],
    ['by_audit', 'audit_pk', 'audit_sk', 'ALL'],
    ['by_mark', 'mark_pk', 'mark_sk', 'KEYS_ONLY'],
  ];
  const ledgerIndexes: Index[] = [
    ['listing', 'list_pk', 'list_sk', 'KEYS_ONLY'],
    ['sparse', 'sparse_pk', 'sparse_sk', 'KEYS_ONLY'],
  ];
  await create(client, table(registry, registryIndexes));
  await create(client, table(ledger, ledgerIndexes));
  return { registry, ledger };
}

/** A table that is still CREATING cannot be used. */
async function create(client: DynamoDBClient, command: CreateTableCommand): Promise<void> {
  await client.send(command);
  const describe = new DescribeTableCommand({ TableName: command.input.TableName });
  while ((await client.send(describe)).Table?.TableStatus !== 'ACTIVE') await setTimeout(5);
}

function table(TableName: string, indexes: readonly Index[]): CreateTableCommand {
  const names = new Set(['pk', 'sk', ...indexes.flatMap(([, partition, sort]) => [partition, sort])]);
  const keys = (partition: string, sort: string) => [
    { AttributeName: partition, KeyType: 'HASH' as const },
    { AttributeName: sort, KeyType: 'RANGE' as const },
  ];
  return new CreateTableCommand({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [...names].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: keys('pk', 'sk'),
    GlobalSecondaryIndexes: indexes.map(([IndexName, partition, sort, ProjectionType]) => ({
      IndexName,
      KeySchema: keys(partition, sort),
      Projection: { ProjectionType },
    })),
  });
}

/** A client for an engine on a loopback port. */
export function loopbackClient(port: number): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
}
