import { createServer } from 'node:http';
import type { Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  type ProjectionType,
} from '@aws-sdk/client-dynamodb';
import { AwsError } from '../../local/aws/aws-error.ts';
import { openDynamoDb } from '../../local/aws/dynamodb.ts';
import { TurnFile } from '../../local/aws/turn-file.ts';

/** Some DynamoDB, as the SDK sees it. */
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

type Index = readonly [name: string, partitionKey: string, sortKey: string];

/** Makes the product's two tables, as lib/stacks/state-stack.ts declares them, under names of their own. */
export async function createTables(client: DynamoDBClient, prefix: string): Promise<TableNames> {
  const registry = `${prefix}-registry`;
  const ledger = `${prefix}-ledger`;
  const registryIndexes: Index[] = [
    ['by_tenant', 'tenant_pk', 'list_sk'],
    ['by_kind', 'kind_pk', 'list_sk'],
  ];
  const ledgerIndexes: Index[] = [
    ['listing', 'list_pk', 'list_sk'],
    ['sparse', 'sparse_pk', 'sparse_sk'],
  ];
  await create(client, table(registry, 'ALL', registryIndexes));
  await create(client, table(ledger, 'KEYS_ONLY', ledgerIndexes));
  return { registry, ledger };
}

/** A table that is still CREATING cannot be used. */
async function create(client: DynamoDBClient, command: CreateTableCommand): Promise<void> {
  await client.send(command);
  const describe = new DescribeTableCommand({ TableName: command.input.TableName });
  while ((await client.send(describe)).Table?.TableStatus !== 'ACTIVE') await setTimeout(5);
}

function table(TableName: string, ProjectionType: ProjectionType, indexes: readonly Index[]): CreateTableCommand {
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
    GlobalSecondaryIndexes: indexes.map(([IndexName, partition, sort]) => ({
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

/** The DynamoDB of a local run (`npm start`), in memory, behind a loopback port. */
export async function startEmbeddedDynamoDb(): Promise<DynamoDbEngine> {
  const file = new TurnFile(':memory:');
  const dynamodb = openDynamoDb(file, { accountId: '000000000000', region: 'us-east-1' });
  const server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).replace('DynamoDB_20120810.', '');
    const answer = async () => JSON.stringify(await dynamodb.handle(operation, JSON.parse(await text(request))));
    const [status, body] = await answer().then((body) => [200, body] as const, refusal);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
  });
  const port = await listen(server);
  const client = loopbackClient(port);
  return {
    client,
    port,
    async stop() {
      client.destroy();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await file.close();
    },
  };
}

function refusal(error: unknown): readonly [number, string] {
  if (error instanceof AwsError) {
    return [error.status, JSON.stringify({ __type: error.code, message: error.message })];
  }
  return [500, JSON.stringify({ __type: 'InternalServerError', message: String(error) })];
}

/** Listens on a free loopback port. @returns the port. */
export function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address && typeof address === 'object') resolve(address.port);
      else reject(new Error('The loopback server has no port.'));
    });
  });
}
