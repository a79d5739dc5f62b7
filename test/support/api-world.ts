import * as z from 'zod';
import { createSchemaExaminer } from '../../adapters/ajv/schema-examiner.ts';
import { createEgressPolicy } from '../../adapters/http/egress-policy.ts';
import { jmespathFilters } from '../../adapters/jmespath/filter-engine.ts';
import type { OutgoingDelivery } from '../../core/deliveries/message.ts';
import type { DeliveryRecord } from '../../core/deliveries/record.ts';
import type { EventRecord } from '../../core/events/event.ts';
import { deliveryId, newId } from '../../core/ids.ts';
import type { JobMessage } from '../../core/jobs/job.ts';
import { keyHash, mintKey, type NewKey } from '../../core/keys/key.ts';
import { createSecretOpener } from '../../core/secrets/vault.ts';
import {
  DEAD_LETTER_QUEUES,
  type DeadLetterQueueName,
  type QueueDepth,
  WORK_QUEUES,
} from '../../core/system/system.ts';
import { createApp } from '../../lambdas/api/app.ts';
import type { ApiPorts, RequestLine } from '../../lambdas/api/ports.ts';
import { problemOf } from '../../lambdas/runtime/problem-of.ts';
import { MemoryKeyStore } from '../fakes/api-keys.ts';
import { MemoryAudit } from '../fakes/audit.ts';
import { createMemoryDeathCounts } from '../fakes/death-counts.ts';
import { MemoryDeliveryLedger } from '../fakes/deliveries.ts';
import { createMemoryEndedDeliveries } from '../fakes/ended-deliveries.ts';
import { MemoryEndpointStore } from '../fakes/endpoints.ts';
import { MemoryEventTypeStore } from '../fakes/event-types.ts';
import { MemoryEventLedger } from '../fakes/events.ts';
import { createMemoryHourlyStats } from '../fakes/hourly-stats.ts';
import { MemoryJobStore } from '../fakes/jobs.ts';
import { createMemoryLists } from '../fakes/ledger-lists.ts';
import { MemoryPayloadStore } from '../fakes/payload-store.ts';
import { MemoryPortalSettings } from '../fakes/portal-settings.ts';
import { MemorySessionStore } from '../fakes/sessions.ts';
import { MemorySubscriptionIndex } from '../fakes/subscriptions.ts';
import { MemoryTenants } from '../fakes/tenants.ts';
import { MemoryUnreadableLetters } from '../fakes/unreadable-letters.ts';
import { createMemoryDataKeyStore, createMemoryKeyService } from '../fakes/vault.ts';
import { DAY, START } from './delivery-world.ts';
import { seededRandom } from './seeded-random.ts';

const depthsOf = <Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, { waiting: 0, inFlight: 0, delayed: 0 }])) as Record<Name, QueueDepth>;

const listBody = z.object({ data: z.array(z.looseObject({ id: z.string() })), next: z.string().nullable() });
const refusalBody = z.object({ errors: z.array(z.object({ path: z.string(), message: z.string() })).default([]) });

/** A response. */
export class Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;

  constructor({ status, headers }: Response, text: string) {
    this.status = status;
    this.headers = headers;
    this.text = text;
  }

  get body(): unknown {
    return JSON.parse(this.text);
  }

  /** A string member of the body. */
  field(name: string): string {
    return z.string().parse(z.record(z.string(), z.unknown()).parse(this.body)[name]);
  }

  /** A list's items by id, and its cursor. */
  get list() {
    const { data, next } = listBody.parse(this.body);
    return { data, ids: data.map(({ id }) => id), next };
  }

  /** The paths of a problem document's errors. */
  get faults(): string[] {
    return refusalBody.parse(this.body).errors.map(({ path }) => path);
  }
}

/** A minimal endpoint. */
export const ENDPOINT = { url: 'https://example.com/hook', event_types: ['order.*'] };

/** The management API over memory fakes, in virtual time. */
export class ApiWorld {
  now = START;
  readonly random = seededRandom(11);
  readonly audit = new MemoryAudit();
  readonly registry = new MemoryEndpointStore(this.audit);
  readonly keys = new MemoryKeyStore(this.audit);
  readonly sessions = new MemorySessionStore(this.audit);
  readonly signInRoles = {
    viewer: ['arn:aws:iam::123456789012:role/support'],
    admin: ['arn:aws:iam::123456789012:role/people/on-call'],
  };
  readonly ledger = new MemoryDeliveryLedger(this.registry);
  readonly eventLedger = new MemoryEventLedger(() => this.now);
  readonly payloads = new MemoryPayloadStore();
  readonly tenants = new MemoryTenants();
  readonly portalSettings = new MemoryPortalSettings(this.audit);
  /** The ends of scheduled tasks, and depths of dead-letter queues that are not empty. */
  readonly ticks = new Map<string, number>();
  deadLetterDepths: Partial<Record<DeadLetterQueueName, QueueDepth>> = {};
  readonly eventTypes = new MemoryEventTypeStore(this.audit);
  readonly jobs = new MemoryJobStore(() => this.now);
  readonly jobMessages: { message: JobMessage; delaySeconds: number }[] = [];
  readonly sent: OutgoingDelivery[] = [];
  readonly stats = createMemoryHourlyStats({ clock: () => this.now, retentionMs: 30 * DAY });
  readonly unreadable = new MemoryUnreadableLetters();
  readonly lines: RequestLine[] = [];
  /** Faults that kept header values from being sealed. */
  readonly unsealed: unknown[] = [];
  readonly ports: ApiPorts;
  readonly app;
  readonly admin: string;

  constructor() {
    const clock = () => this.now;
    const keyService = createMemoryKeyService(this.random);
    const lists = createMemoryLists({ events: this.eventLedger.events, records: this.ledger.records, clock });
    this.ports = {
      keys: this.keys,
      sessions: this.sessions,
      publicUrl: 'https://postrider.example.com',
      signInRoles: this.signInRoles,
      endpoints: this.registry,
      health: this.registry.healthStore,
      subscriptions: new MemorySubscriptionIndex(200),
      audit: this.audit,
      pendingEntries: this.audit,
      sealer: { keys: keyService, store: createMemoryDataKeyStore(), clock, random: this.random },
      opener: createSecretOpener(keyService, clock),
      egress: createEgressPolicy({ allowedCidrs: [], allowHttp: false }),
      filters: jmespathFilters,
      ledger: this.ledger,
      events: {
        find: this.eventLedger.find,
        create: this.eventLedger.create,
        notePage: this.eventLedger.notePage,
        walk: lists.walk,
      },
      deliveries: lists,
      payloads: this.payloads,
      queue: { send: async (messages) => void this.sent.push(...messages) },
      tenants: this.tenants,
      portalSettings: this.portalSettings,
      depths: {
        work: async () => depthsOf(WORK_QUEUES),
        deadLetters: async () => ({ ...depthsOf(DEAD_LETTER_QUEUES), ...this.deadLetterDepths }),
      },
      ticks: { last: async () => this.ticks },
      deaths: createMemoryDeathCounts(this.ledger.deaths, () => this.ledger.records.values()),
      stage: { name: 'test', requestsPerSecond: 500, burst: 250, heartbeat: true },
      eventTypes: this.eventTypes,
      schemas: createSchemaExaminer(),
      ended: createMemoryEndedDeliveries(this.ledger.records),
      shards: 1,
      jobs: this.jobs,
      stats: this.stats,
      unreadable: this.unreadable,
      jobQueue: { send: async (message, delaySeconds) => void this.jobMessages.push({ message, delaySeconds }) },
      clock,
      wait: async (ms) => {
        this.now += ms;
      },
      random: this.random,
      retentionMs: 30 * DAY,
      deadLetterRetentionMs: 14 * DAY,
      log: (line) => this.lines.push(line),
      headersNotSealed: (fault) => this.unsealed.push(fault),
      refusalOf: problemOf,
    };
    this.app = createApp(this.ports);
    this.admin = this.key({});
  }

  /** Stores a key, by default an unbound admin's. @returns the key itself. */
  key(changes: Partial<NewKey>): string {
    this.now += 1;
    const wanted: NewKey = { name: 'test', role: 'admin', tenant: null, expiresAt: null, ...changes };
    const { key, secret } = mintKey(wanted, this.now, this.random);
    this.keys.keys.set(keyHash(secret), key);
    return secret;
  }

  /** Creates a session of the portal, by default as the unbound admin, and begins it. */
  async session(body: Record<string, unknown> = {}, key?: string) {
    this.now += 1;
    return this.begin(await this.post('/v1/portal-sessions', body, key));
  }

  /** Begins a session that was created. */
  async begin(made: Reply) {
    if (made.status !== 201) throw new Error(made.text);
    const code = made.field('url').split('#code=')[1] ?? '';
    const begun = await this.request('POST', '/v1/portal-sessions/redeem', { body: { code }, key: null });
    if (begun.status !== 200) throw new Error(begun.text);
    return { id: made.field('id'), code, token: begun.field('token') };
  }

  /** One request, by default as the unbound admin. A text body is sent unchanged. */
  async request(method: string, path: string, options: { body?: unknown; key?: string | null } = {}): Promise<Reply> {
    const { body, key = this.admin } = options;
    const response = await this.app.request(path, {
      method,
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return new Reply(response, await response.text());
  }

  get = (path: string, key?: string | null) => this.request('GET', path, key === undefined ? {} : { key });
  post = (path: string, body?: unknown, key?: string) =>
    this.request('POST', path, { body, ...(key !== undefined && { key }) });

  /** Creates an endpoint. @returns its id. */
  async endpoint(changes: Record<string, unknown> = {}): Promise<string> {
    this.now += 1;
    const reply = await this.post('/v1/endpoints', { ...ENDPOINT, ...changes });
    if (reply.status !== 201) throw new Error(reply.text);
    return reply.field('id');
  }

  /** Stores an event, accepted now and fanned out to the given endpoints. */
  event(endpointIds: string[] = [], changes: Partial<EventRecord> = {}): EventRecord {
    this.now += 1;
    const event: EventRecord = {
      id: newId('evt', this.now, this.random),
      tenant: 'default',
      type: 'order.created',
      timestamp: new Date(this.now).toISOString(),
      acceptedAt: this.now,
      sizeBytes: 2,
      payload: { key: 'p', offset: 0, length: 2 },
      requestHash: '',
      nonce: 'n',
      traceId: 'a'.repeat(32),
      expiresAt: this.now + 30 * DAY,
      fanout: { 0: { matched: endpointIds.length, endpointIds, last: true } },
      ...changes,
    };
    this.eventLedger.events.set(event.id, event);
    return event;
  }

  /** Stores the record of a delivery, by default delivered now. @returns its id. */
  delivery(event: EventRecord, endpointId: string, changes: Partial<DeliveryRecord> = {}): string {
    const { id: eventId, tenant, type: eventType, payload, acceptedAt, expiresAt, traceId } = event;
    this.ledger.records.set(`${eventId}/${endpointId}`, {
      ...{ eventId, endpointId, tenant, eventType, payload, acceptedAt, expiresAt, traceId },
      status: 'delivered',
      waitingFor: null,
      next: { cycle: 1, step: 1 },
      attemptCount: 1,
      nextAttemptAt: null,
      lastError: null,
      discardReason: null,
      deathReason: null,
      deadLetter: null,
      adoptedMessageId: null,
      adoptedCopy: null,
      adoptedSentAt: null,
      claim: null,
      slot: null,
      rounds: 0,
      recovering: false,
      outbox: [],
      forced: false,
      wide: event.wide === true,
      attempts: [],
      revision: 1,
      createdAt: this.now,
      updatedAt: this.now,
      deliveredAt: this.now,
      ...changes,
    });
    return deliveryId(eventId, endpointId);
  }
}
