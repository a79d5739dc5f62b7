import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createKeyStore } from '../../../adapters/dynamodb/api-keys.ts';
import { createAuditReader, createAuditTrail, createPendingEntries } from '../../../adapters/dynamodb/audit.ts';
import { createDataKeyStore } from '../../../adapters/dynamodb/data-key.ts';
import { createDeathCounts, createReconciliationStore } from '../../../adapters/dynamodb/death-counts.ts';
import {
  createDeliveryLedger,
  createDeliveryLists,
  createEndedDeliveries,
  createWaitingRoom,
} from '../../../adapters/dynamodb/deliveries.ts';
import { createEndpointStore, createMarkedEndpoints } from '../../../adapters/dynamodb/endpoints.ts';
import { createEventTypeReader, createEventTypeStore } from '../../../adapters/dynamodb/event-types.ts';
import { createEventLedger, createEventLists } from '../../../adapters/dynamodb/events.ts';
import { createHealthStore } from '../../../adapters/dynamodb/health.ts';
import { createStatsReader, createStatsWriter } from '../../../adapters/dynamodb/hourly-stats.ts';
import { createJobStore } from '../../../adapters/dynamodb/jobs.ts';
import { createPortalSettingsStore } from '../../../adapters/dynamodb/portal-settings.ts';
import { createRateSlots } from '../../../adapters/dynamodb/rate-slots.ts';
import { createSessionStore } from '../../../adapters/dynamodb/sessions.ts';
import { createSubscriptionReader, createSubscriptionWriter } from '../../../adapters/dynamodb/subscriptions.ts';
import { createTenantStore } from '../../../adapters/dynamodb/tenants.ts';
import { createTicks } from '../../../adapters/dynamodb/ticks.ts';
import { createUnfinishedEvents } from '../../../adapters/dynamodb/unfinished-events.ts';
import { START } from '../../support/delivery-world.ts';
import { createTables, type DynamoDbEngine, loopbackClient, type TableNames } from '../../support/dynamodb.ts';
import { startLocalAws } from '../local-aws.ts';
import type { StoreEngine } from './contract.ts';
import { AUDIT_RETENTION_DAYS, STATS_RETENTION_MS, type StoreWorld } from './world.ts';

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
    deliveries: createDeliveryLedger({
      ...{ client, ledgerTable: table, registryTable, shards: SHARDS, clock, wait },
      uncounted: (fault) => {
        throw fault;
      },
    }),
    deaths: createDeathCounts({ client, table, shards: SHARDS.waiting }),
    reconciliation: createReconciliationStore({ client, table }),
    waitingRoom: createWaitingRoom({ client, table }),
    ended: createEndedDeliveries({ client, table }),
    waitingShards: SHARDS.waiting,
    events: createEventLedger(ledger),
    unfinished: createUnfinishedEvents(ledger),
    listShards: SHARDS.list,
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
    sessions: createSessionStore(registry),
    dataKeys: createDataKeyStore(registry),
    tenants: createTenantStore(registry),
    portalSettings: createPortalSettingsStore(registry),
    ticks: createTicks(ledger),
    audit: {
      ...createAuditTrail({ ...registry, retentionDays: AUDIT_RETENTION_DAYS }),
      ...createAuditReader(registry),
      ...createPendingEntries(registry),
    },
  };
  return world;
}

/** The DynamoDB of a local run. */
export async function startEmbedded(): Promise<StoreEngine<DynamoDbWorld>> {
  const { port, stop } = await startLocalAws();
  const client = loopbackClient(port);
  return {
    createWorld: () => createDynamoDbWorld({ client, port }),
    async stop() {
      client.destroy();
      await stop();
    },
  };
}
