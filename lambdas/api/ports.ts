import type { AuditTrail } from '../../core/audit/audit.ts';
import type { AuditReader, PendingEntries } from '../../core/audit/trail.ts';
import type { Wait } from '../../core/clock.ts';
import type { DeathCounts } from '../../core/dead-letters/recount.ts';
import type { AttemptHistory, DeliveryLedger } from '../../core/deliveries/ledger.ts';
import type { DeliveryQueue } from '../../core/deliveries/message.ts';
import type { EndedDeliveries } from '../../core/deliveries/work-lists.ts';
import type { ManagePorts } from '../../core/endpoints/manage.ts';
import type { EndpointStore } from '../../core/endpoints/store.ts';
import type { SchemaExaminer } from '../../core/event-types/json-schema.ts';
import type { EventTypeStore } from '../../core/event-types/store.ts';
import type { EventWriter, PayloadWriter } from '../../core/events/accept.ts';
import type { FanoutLedger, PayloadReader } from '../../core/events/event.ts';
import type { UnreadableLetters } from '../../core/fanout/unreadable-letter.ts';
import type { DeliveryReader, EventReader } from '../../core/history/readers.ts';
import type { JobQueue, JobStore } from '../../core/jobs/store.ts';
import type { KeyReader } from '../../core/keys/authenticate.ts';
import type { KeyStore } from '../../core/keys/store.ts';
import type { PortalSettingsStore } from '../../core/portal-settings/store.ts';
import type { Problem } from '../../core/problem.ts';
import type { ConsoleRole } from '../../core/sessions/session.ts';
import type { SessionStore } from '../../core/sessions/store.ts';
import type { StatsReader } from '../../core/stats/store.ts';
import type { QueueDepths, Ticks } from '../../core/system/system.ts';
import type { TenantStore } from '../../core/tenants/store.ts';

/** The log line of one request. No query, headers or bodies: they carry secrets and personal data. */
export interface RequestLine {
  method: string;
  /** The route's pattern. */
  route: string;
  /** Of the API key or session, once it is known. */
  keyId: string | undefined;
  status: number;
  ms: number;
}

/** The ports of the management API. */
export interface ApiPorts extends ManagePorts {
  endpoints: EndpointStore;
  keys: KeyStore & KeyReader;
  sessions: SessionStore;
  /** Where browsers find this API, without a slash at its end. */
  publicUrl: string;
  /** ARNs of the AWS roles that may sign in, by the role that they get. */
  signInRoles: Readonly<Record<ConsoleRole, readonly string[]>>;
  ledger: DeliveryLedger & AttemptHistory;
  events: EventReader & Pick<EventWriter, 'create'> & Pick<FanoutLedger, 'notePage'>;
  deliveries: DeliveryReader;
  payloads: PayloadReader & PayloadWriter;
  queue: DeliveryQueue;
  audit: AuditTrail & AuditReader;
  pendingEntries: PendingEntries;
  tenants: TenantStore;
  portalSettings: PortalSettingsStore;
  eventTypes: EventTypeStore;
  schemas: SchemaExaminer;
  ended: Pick<EndedDeliveries, 'ended'>;
  /** Number of shards of the ended deliveries. */
  shards: number;
  jobs: JobStore;
  jobQueue: JobQueue;
  stats: StatsReader;
  depths: QueueDepths;
  ticks: Pick<Ticks, 'last'>;
  deaths: Pick<DeathCounts, 'since' | 'recount'>;
  /** The stage, and what its gateway lets through. */
  stage: { name: string; requestsPerSecond: number; burst: number; heartbeat: boolean };
  unreadable: Pick<UnreadableLetters, 'list' | 'find'>;
  deadLetterRetentionMs: number;
  wait: Wait;
  log: (line: RequestLine) => void;
  /** Header values that an earlier version stored in clear could not be sealed, and are still in clear. */
  headersNotSealed: (fault: unknown) => void;
  /** Logs what was thrown. @returns the problem that the caller sees. */
  refusalOf: (fault: unknown) => Problem;
}
