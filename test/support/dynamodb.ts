import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient, type ProjectionType } from '@aws-sdk/client-dynamodb';

const dynalite: (options: object) => Server = createRequire(import.meta.url)('dynalite');

export interface TestTables {
  client: DynamoDBClient;
  registry: string;
  ledger: string;
  stop(): Promise<void>;
}

function table(name: string, projection: ProjectionType, indexes: [string, string, string][]): CreateTableCommand {
  const names = new Set(['pk', 'sk', ...indexes.flatMap(([, partition, sort]) => [partition, sort])]);
  const keys = (partition: string, sort: string) => [
    { AttributeName: partition, KeyType: 'HASH' as const },
    { AttributeName: sort, KeyType: 'RANGE' as const },
  ];
  return new CreateTableCommand({
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [...names].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: keys('pk', 'sk'),
    GlobalSecondaryIndexes: indexes.map(([IndexName, partition, sort]) => ({
      IndexName,
      KeySchema: keys(partition, sort),
      Projection: { ProjectionType: projection },
    })),
  });
}

/** The product's two tables in an embedded DynamoDB, in memory, on a port of its own. */
export async function startTables(): Promise<TestTables> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await client.send(
    table('registry', 'ALL', [
      ['by_tenant', 'tenant_pk', 'list_sk'],
      ['by_kind', 'kind_pk', 'list_sk'],
    ]),
  );
  await client.send(
    table('ledger', 'KEYS_ONLY', [
      ['listing', 'list_pk', 'list_sk'],
      ['sparse', 'sparse_pk', 'sparse_sk'],
    ]),
  );
  const stop = async () => {
    client.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { client, registry: 'registry', ledger: 'ledger', stop };
}
