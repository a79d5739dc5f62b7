import type { AuditTrail } from '../../../core/audit/audit.ts';
import type { AuditReader, PendingEntries } from '../../../core/audit/trail.ts';
import type { ReconciliationStore } from '../../../core/dead-letters/reconciliation.ts';
import type { DeathCounts } from '../../../core/dead-letters/recount.ts';
import type { AttemptHistory, DeliveryLedger } from '../../../core/deliveries/ledger.ts';
import type { EndedDeliveries, WaitingRoom } from '../../../core/deliveries/work-lists.ts';
import type { EndpointHealth, HealthStore } from '../../../core/endpoints/health.ts';
import type { EndpointStore, MarkedEndpoints } from '../../../core/endpoints/store.ts';
import type { EventTypeReader, EventTypeStore } from '../../../core/event-types/store.ts';
import type { EventWriter } from '../../../core/events/accept.ts';
import type { FanoutLedger } from '../../../core/events/event.ts';
import type { UnfinishedEvents } from '../../../core/fanout/unfinished.ts';
import type { DeliveryReader, EventReader } from '../../../core/history/readers.ts';
import type { JobStore } from '../../../core/jobs/store.ts';
import type { KeyReader } from '../../../core/keys/authenticate.ts';
import type { KeyStore } from '../../../core/keys/store.ts';
import type { PortalSettingsStore } from '../../../core/portal-settings/store.ts';
import type { RateSlots } from '../../../core/rate/slots.ts';
import type { DataKeyStore } from '../../../core/secrets/vault.ts';
import type { SessionStore } from '../../../core/sessions/store.ts';
import type { StatsReader, StatsWriter } from '../../../core/stats/store.ts';
import type { SubscriptionReader, SubscriptionWriter } from '../../../core/subscriptions/subscription.ts';
import type { Ticks } from '../../../core/system/system.ts';
import type { TenantStore } from '../../../core/tenants/store.ts';

/** How long an hour of statistics is kept after its end. */
export const STATS_RETENTION_MS = 30 * 86_400_000;

/** How long an entry of the audit trail is kept. */
export const AUDIT_RETENTION_DAYS = 400;

/** All ports on the two tables, empty, over one engine. */
export interface StoreWorld {
  /** The current time, for expiry: epoch milliseconds. */
  now: number;
  readonly deliveries: DeliveryLedger & AttemptHistory;
  readonly waitingRoom: WaitingRoom;
  readonly ended: EndedDeliveries;
  /** How many shards the waiting room and the ended deliveries have. */
  readonly waitingShards: number;
  readonly deaths: DeathCounts;
  readonly reconciliation: ReconciliationStore;
  readonly events: EventWriter & FanoutLedger;
  readonly unfinished: UnfinishedEvents;
  /** How many shards the events have. */
  readonly listShards: number;
  readonly lists: DeliveryReader & Pick<EventReader, 'walk'>;
  readonly endpoints: EndpointStore;
  readonly health: HealthStore & MarkedEndpoints & { remove(health: EndpointHealth): Promise<void> };
  readonly eventTypes: EventTypeStore & EventTypeReader;
  readonly jobs: JobStore;
  readonly rateSlots: RateSlots;
  /** The port of another container, over the same marks. */
  readonly otherRateSlots: RateSlots;
  readonly stats: StatsReader & StatsWriter;
  readonly subscriptions: SubscriptionReader & SubscriptionWriter;
  readonly keys: KeyReader & KeyStore;
  readonly sessions: SessionStore;
  readonly dataKeys: DataKeyStore;
  readonly tenants: TenantStore;
  readonly portalSettings: PortalSettingsStore;
  readonly ticks: Ticks;
  readonly audit: AuditTrail & AuditReader & PendingEntries;
}

/** Reads a list to its end, page by page. */
export async function toTheEnd<Page extends { next: string | null }>(
  read: (after: string | null) => Promise<Page>,
): Promise<Page[]> {
  const pages: Page[] = [];
  let after: string | null = null;
  do {
    const page: Page = await read(after);
    pages.push(page);
    after = page.next;
  } while (after !== null);
  return pages;
}
