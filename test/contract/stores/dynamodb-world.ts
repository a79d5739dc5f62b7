import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createAuditReader, createAuditTrail } from '../../../adapters/dynamodb/audit-trail.ts';
import { createPendingEntries } from '../../../adapters/dynamodb/audited-item.ts';
import { createDataKeyStore } from '../../../adapters/dynamodb/data-key-store.ts';
import { createDeliveryLedger } from '../../../adapters/dynamodb/delivery-ledger.ts';
import { createDeliveryLists } from '../../../adapters/dynamodb/delivery-lists.ts';
import { createEndedDeliveries } from '../../../adapters/dynamodb/ended-deliveries.ts';
import { createEndpointStore } from '../../../adapters/dynamodb/endpoint-store.ts';
import { createEventLedger } from '../../../adapters/dynamodb/event-ledger.ts';
import { createEventLists } from '../../../adapters/dynamodb/event-lists.ts';
import { createEventTypeReader } from '../../../adapters/dynamodb/event-type-reader.ts';
import { createEventTypeStore } from '../../../adapters/dynamodb/event-type-store.ts';
import { createHealthStore, createMarkedEndpoints } from '../../../adapters/dynamodb/health-store.ts';
import { createStatsReader, createStatsWriter } from '../../../adapters/dynamodb/hourly-stats.ts';
import { createJobStore } from '../../../adapters/dynamodb/job-store.ts';
import { createKeyStore } from '../../../adapters/dynamodb/key-store.ts';
import { createRateSlots } from '../../../adapters/dynamodb/rate-slots.ts';
import { createSubscriptionReader, createSubscriptionWriter } from '../../../adapters/dynamodb/subscription-index.ts';
import { createWaitingRoom } from '../../../adapters/dynamodb/waiting-room.ts';
import { START } from '../../support/delivery-world.ts';
import { createTables, type DynamoDbEngine, type TableNames } from '../../support/dynamodb.ts';
import { STATS_RETENTION_MS, type StoreWorld } from './world.ts';

/** The stores in a DynamoDB engine, with client and tables for tests that read the items. */
export interface DynamoDbWorld extends StoreWorld {
  readonly client: DynamoDBClient;
  readonly port: number;
  readonly tables: TableNames;
}

const SHARDS = { list: 3, waiting: 2 };
let worlds = 0;

export async function createDynamoDbWorld({
  client,
  port,
}: Pick<DynamoDbEngine, 'client' | 'port'>): Promise<DynamoDbWorld> {
  worlds += 1;
  const tables = await createTables(client, `world-${worlds}`);
  const { ledger: table, registry: registryTable } = tables;
  const clock = () => world.now;
  const wait = async () => undefined;
  const ledger = { client, table, clock, wait, listShards: SHARDS.list };
  const registry = { client, table: registryTable, clock, wait };
  const warn = (message: string, fault: unknown) => {
    throw new Error(message, { cause: fault });
  };
  const world: DynamoDbWorld = {
    now: START,
    client,
    port,
    tables,
    deliveries: createDeliveryLedger({ client, ledgerTable: table, registryTable, shards: SHARDS, clock, wait }),
    waitingRoom: createWaitingRoom({ client, table }),
    ended: createEndedDeliveries({ client, table, shards: SHARDS.waiting }),
    waitingShards: SHARDS.waiting,
    events: createEventLedger(ledger),
    lists: { ...createEventLists(ledger), ...createDeliveryLists(ledger) },
    endpoints: createEndpointStore(registry),
    health: { ...createHealthStore(registry), ...createMarkedEndpoints(registry) },
    eventTypes: { ...createEventTypeStore(registry), ...createEventTypeReader(registry) },
    jobs: createJobStore(ledger),
    rateSlots: createRateSlots(registry),
    otherRateSlots: createRateSlots(registry),
    stats: { ...createStatsReader(ledger), ...createStatsWriter({ ...ledger, retentionMs: STATS_RETENTION_MS }) },
    subscriptions: { ...createSubscriptionReader(registry), ...createSubscriptionWriter(registry) },
    keys: createKeyStore({ ...registry, warn }),
    dataKeys: createDataKeyStore(registry),
    audit: { ...createAuditTrail(registry), ...createAuditReader(registry), ...createPendingEntries(registry) },
  };
  return world;
}
