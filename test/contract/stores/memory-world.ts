import { MemoryAudit } from '../../../adapters/memory/audit.ts';
import { createMemoryWaitingRoom, MemoryDeliveryLedger } from '../../../adapters/memory/delivery-ledger.ts';
import { createMemoryEndedDeliveries } from '../../../adapters/memory/ended-deliveries.ts';
import { MemoryEndpointStore } from '../../../adapters/memory/endpoint-store.ts';
import { MemoryEventLedger } from '../../../adapters/memory/event-ledger.ts';
import { MemoryEventTypeStore } from '../../../adapters/memory/event-type-store.ts';
import { createMemoryHourlyStats } from '../../../adapters/memory/hourly-stats.ts';
import { MemoryJobStore } from '../../../adapters/memory/job-store.ts';
import { MemoryKeyStore } from '../../../adapters/memory/key-store.ts';
import { createMemoryLists } from '../../../adapters/memory/ledger-lists.ts';
import { createMemoryRateSlots } from '../../../adapters/memory/rate-slots.ts';
import { MemorySubscriptionIndex } from '../../../adapters/memory/subscription-index.ts';
import { createMemoryDataKeyStore } from '../../../adapters/memory/vault.ts';
import type { RateMarks } from '../../../core/rate/slots.ts';
import { START } from '../../support/delivery-world.ts';
import { STATS_RETENTION_MS, type StoreWorld } from './world.ts';

export function createMemoryWorld(): StoreWorld {
  const clock = () => world.now;
  const audit = new MemoryAudit();
  const endpoints = new MemoryEndpointStore(audit);
  const deliveries = new MemoryDeliveryLedger(endpoints, clock);
  const events = new MemoryEventLedger(clock);
  const rateMarks = new Map<string, RateMarks>();
  const world: StoreWorld = {
    now: START,
    deliveries,
    waitingRoom: createMemoryWaitingRoom(deliveries),
    ended: createMemoryEndedDeliveries(deliveries.records),
    waitingShards: 1,
    events,
    lists: createMemoryLists({ events: events.events, records: deliveries.records, clock }),
    endpoints,
    health: { ...endpoints.healthStore, ...endpoints.marked },
    eventTypes: new MemoryEventTypeStore(audit),
    jobs: new MemoryJobStore(clock),
    rateSlots: createMemoryRateSlots(rateMarks),
    otherRateSlots: createMemoryRateSlots(rateMarks),
    stats: createMemoryHourlyStats({ clock, retentionMs: STATS_RETENTION_MS }),
    subscriptions: new MemorySubscriptionIndex(),
    audit,
    keys: new MemoryKeyStore(audit),
    dataKeys: createMemoryDataKeyStore(),
  };
  return world;
}
