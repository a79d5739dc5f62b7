import type { RateMarks } from '../../../core/rate/slots.ts';
import { MemoryKeyStore } from '../../fakes/api-keys.ts';
import { MemoryAudit } from '../../fakes/audit.ts';
import { createMemoryDeathCounts, createMemoryReconciliation } from '../../fakes/death-counts.ts';
import { createMemoryWaitingRoom, MemoryDeliveryLedger } from '../../fakes/deliveries.ts';
import { createMemoryEndedDeliveries } from '../../fakes/ended-deliveries.ts';
import { MemoryEndpointStore } from '../../fakes/endpoints.ts';
import { MemoryEventTypeStore } from '../../fakes/event-types.ts';
import { MemoryEventLedger } from '../../fakes/events.ts';
import { createMemoryHourlyStats } from '../../fakes/hourly-stats.ts';
import { MemoryJobStore } from '../../fakes/jobs.ts';
import { createMemoryLists } from '../../fakes/ledger-lists.ts';
import { MemoryPortalSettings } from '../../fakes/portal-settings.ts';
import { createMemoryRateSlots } from '../../fakes/rate-slots.ts';
import { MemorySessionStore } from '../../fakes/sessions.ts';
import { MemorySubscriptionIndex } from '../../fakes/subscriptions.ts';
import { MemoryTenants } from '../../fakes/tenants.ts';
import { createMemoryTicks } from '../../fakes/ticks.ts';
import { MemoryUnfinishedEvents } from '../../fakes/unfinished-events.ts';
import { createMemoryDataKeyStore } from '../../fakes/vault.ts';
import { DAY, START } from '../../support/delivery-world.ts';
import { AUDIT_RETENTION_DAYS, STATS_RETENTION_MS, type StoreWorld } from './world.ts';

export function createMemoryWorld(): StoreWorld {
  const clock = () => world.now;
  const audit = new MemoryAudit(({ at }) => at + AUDIT_RETENTION_DAYS * DAY > clock());
  const endpoints = new MemoryEndpointStore(audit);
  const deliveries = new MemoryDeliveryLedger(endpoints, clock, 2);
  const events = new MemoryEventLedger(clock);
  const rateMarks = new Map<string, RateMarks>();
  const world: StoreWorld = {
    now: START,
    deliveries,
    waitingRoom: createMemoryWaitingRoom(deliveries),
    ended: createMemoryEndedDeliveries(deliveries.records),
    waitingShards: 1,
    deaths: createMemoryDeathCounts(deliveries.deaths, () => deliveries.records.values()),
    reconciliation: createMemoryReconciliation(),
    events,
    unfinished: new MemoryUnfinishedEvents(events.events, deliveries, clock),
    listShards: 1,
    lists: createMemoryLists({ events: events.events, records: deliveries.records, clock }),
    endpoints,
    health: { ...endpoints.healthStore, ...endpoints.marked },
    eventTypes: new MemoryEventTypeStore(audit),
    jobs: new MemoryJobStore(clock),
    rateSlots: createMemoryRateSlots(rateMarks),
    otherRateSlots: createMemoryRateSlots(rateMarks),
    stats: createMemoryHourlyStats({ clock, retentionMs: STATS_RETENTION_MS }),
    subscriptions: new MemorySubscriptionIndex(),
    tenants: new MemoryTenants(),
    portalSettings: new MemoryPortalSettings(audit),
    ticks: createMemoryTicks(),
    audit,
    keys: new MemoryKeyStore(audit),
    sessions: new MemorySessionStore(audit),
    dataKeys: createMemoryDataKeyStore(),
  };
  return world;
}
