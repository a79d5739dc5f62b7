import type { RateMarks } from '../../../core/rate/slots.ts';
import { MemoryAudit } from '../../fakes/audit.ts';
import { createMemoryWaitingRoom, MemoryDeliveryLedger } from '../../fakes/delivery-ledger.ts';
import { createMemoryEndedDeliveries } from '../../fakes/ended-deliveries.ts';
import { MemoryEndpointStore } from '../../fakes/endpoint-store.ts';
import { MemoryEventLedger } from '../../fakes/event-ledger.ts';
import { MemoryEventTypeStore } from '../../fakes/event-type-store.ts';
import { createMemoryHourlyStats } from '../../fakes/hourly-stats.ts';
import { MemoryJobStore } from '../../fakes/job-store.ts';
import { MemoryKeyStore } from '../../fakes/key-store.ts';
import { createMemoryLists } from '../../fakes/ledger-lists.ts';
import { createMemoryRateSlots } from '../../fakes/rate-slots.ts';
import { MemorySubscriptionIndex } from '../../fakes/subscription-index.ts';
import { createMemoryDataKeyStore } from '../../fakes/vault.ts';
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
