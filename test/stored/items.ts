import type { AuditEntry } from '../../core/audit/audit.ts';
import { startOf } from '../../core/deliveries/advance.ts';
import { findByIds } from '../../core/deliveries/ledger.ts';
import type { DeliveryRecord } from '../../core/deliveries/record.ts';
import { HOUR_MS } from '../../core/durations.ts';
import { freshHealth } from '../../core/endpoints/health.ts';
import { payloadKey } from '../../core/events/envelope.ts';
import type { EventRecord } from '../../core/events/event.ts';
import type { Job } from '../../core/jobs/job.ts';
import type { Session } from '../../core/sessions/session.ts';
import type { StoreWorld } from '../contract/stores/world.ts';
import { aMessage, anEndpoint, DAY, START } from '../support/delivery-world.ts';

/** A stored thing of a kind: how it is written and read, by the product's own code. */
interface Case {
  /** What `read` names: a former item is read as its kind is. */
  kind: Kind;
  write(world: StoreWorld): Promise<unknown>;
}

/** Reads what is stored under the samples' keys, as the product sees it. */
export const READERS = {
  endpoint: ({ endpoints }) => endpoints.find(ENDPOINT_ID),
  health: ({ health }) => health.find(ENDPOINT_ID),
  subscription: ({ subscriptions }) => subscriptions.all('acme'),
  'event type': ({ eventTypes }) => eventTypes.find('order.created'),
  'API key': async ({ keys }) => ({ byId: await keys.find(KEY_ID), byHash: await keys.findByHash('hash') }),
  'ends of scheduled tasks': async ({ ticks }) => [...(await ticks.last())],
  session: ({ sessions }) => sessions.find(SESSION_ID),
  'end of sessions': ({ sessions }) => sessions.ending('acme'),
  'settings of the portal': ({ portalSettings }) => portalSettings.find(),
  tenant: ({ tenants }) => tenants.find('acme'),
  'data key': ({ dataKeys }) => dataKeys.current(),
  'audit entry': ({ audit }) => audit.ofObject(ENDPOINT_ID, { from: null, to: null }, null, 10),
  'rate slots': ({ otherRateSlots }) => otherRateSlots.take(ENDPOINT_ID, 'line', SLOTS),
  event: async ({ events }) => (await events.find([EVENT_ID])).get(EVENT_ID),
  delivery: async ({ deliveries }) => {
    const record = await findByIds({ eventId: EVENT_ID, endpointId: ENDPOINT_ID }, deliveries);
    return record && { ...record, attempts: await deliveries.attemptsOf(record) };
  },
  job: ({ jobs }) => jobs.find(JOB_ID),
  'unfinished event': async ({ unfinished, listShards }) => {
    const shards = Array.from({ length: listShards }, (_, shard) => unfinished.due(shard, START + DAY, null, 10));
    return (await Promise.all(shards)).flatMap(({ entries }) => entries);
  },
  'how far events were searched': ({ unfinished }) => unfinished.searchedTo(0, 'fan-outs'),
  'hour of statistics': ({ stats }) => stats.hours(ENDPOINT_ID, START, START + HOUR_MS),
  "hour of a tenant's statistics": ({ stats }) => stats.sums('acme', START, START + HOUR_MS),
  'count of deaths': async ({ deaths }) => [...(await deaths.since(START))],
  reconciliation: ({ reconciliation }) => reconciliation.find(),
} satisfies Record<string, (world: StoreWorld) => Promise<unknown>>;
export type Kind = keyof typeof READERS;

export const ENDPOINT_ID = 'ep_01kapj1b6g2h4k6m8n0q3s5v7x';
const EVENT_ID = 'evt_01kapj3m40e7c1p3d9t5v8x2zq';
const KEY_ID = 'key_01kapj0r5t9w2x4y6z8a1b3c5d';
const SESSION_ID = 'ses_01kapj6w3x5y7z9a1b2c4d6e8f';
const JOB_ID = 'job_01kapk9d2s7v3w5x8y1z4a6b0c';

const SLOTS = { count: 3, perSecond: 10, nowMs: START, latestMs: START + 60_000 };
const SEALED = { keyId: 'dk_1', wrappedKey: 'd3JhcHBlZA==', nonce: 'bm9uY2U=', box: 'Ym94' };

const ENTRY: AuditEntry = {
  id: 'aud_01kapj4q7n3r5t8v0x2z4b6d8f',
  at: START,
  actor: { kind: 'api_key', id: KEY_ID, name: 'shop backend' },
  action: 'endpoint.updated',
  object: ENDPOINT_ID,
  tenant: 'acme',
  before: { state: 'active', headers: { 'x-team': '[redacted]' } },
  after: { state: 'paused', headers: { 'x-team': '[redacted, changed]' } },
};

const ENDPOINT = anEndpoint({ id: ENDPOINT_ID });
/** JSON text as a producer may send it: with the names of Object's own members. */
const ODD_NAMES = JSON.parse('{"x-team":"billing","__proto__":"kept","constructor":"kept"}');

const ODD_HEADERS = Object.keys(ODD_NAMES).map((name, at) => ({ name, since: at + 5 }));

const EVENT: EventRecord = {
  id: EVENT_ID,
  tenant: 'acme',
  type: 'order.created',
  timestamp: '2026-11-22T10:00:00.000Z',
  acceptedAt: START,
  sizeBytes: 148,
  payload: { key: payloadKey('acme', EVENT_ID, '{}'), offset: 0, length: 148 },
  requestHash: 'request-hash',
  nonce: 'nonce',
  traceId: '0af7651916cd43dd8448eb211c80319c',
  expiresAt: START + 30 * DAY,
  fanout: {},
};

const RECORD: DeliveryRecord = {
  ...startOf(aMessage({ eventId: EVENT_ID, endpointId: ENDPOINT_ID, payload: EVENT.payload }), START),
  revision: 1,
};

const ATTEMPT = {
  number: 1,
  cycle: 1,
  at: START,
  durationMs: 17,
  statusCode: 503,
  errorCode: 'http_status',
  url: 'https://hooks.example.com/orders',
  remoteIp: '203.0.113.20',
  responseHeaders: { 'content-type': 'text/plain', server: 'nginx' },
  responseExcerpt: 'upstream is starting',
} as const;

/** An answer with quotes, as JSON has. */
const LONG = '{"error":"upstream is starting"}'.repeat(25);

const TLS = { statusCode: null, errorCode: 'tls_error', responseExcerpt: '' } as const;

const SESSION: Session = {
  id: SESSION_ID,
  role: 'portal',
  tenant: 'acme',
  subject: 'jo@acme.example',
  capabilities: ['view', 'replay'],
  createdBy: ENTRY.actor,
  parent: { kind: 'api_key', id: 'hash' },
  ...{ returnUrl: 'https://shop.example.com/settings', next: '/endpoints/new', theme: 'system', locale: 'de-AT' },
  ...{ codeHash: 'code-hash', codeExpiresAt: START + 300_000, tokenHash: 'token-hash', redeemedAt: START + 1 },
  ...{ createdAt: START, expiresAt: START + 3_600_000 },
};

const JOB: Job = {
  id: JOB_ID,
  kind: 'redrive',
  tenant: 'acme',
  params: { endpointId: ENDPOINT_ID, eventType: 'order.created', range: { from: START - DAY, to: START } },
  createdBy: ENTRY.actor,
  expected: 240,
  status: 'running',
  cursor: { part: 1, after: 'position' },
  found: 120,
  sent: 118,
  skipped: 2,
  error: null,
  faults: 1,
  lease: { token: 'token', until: START + 60_000 },
  turn: 3,
  createdAt: START,
  updatedAt: START,
  expiresAt: START + 30 * DAY,
  revision: 1,
};

/** Every kind of stored thing, plain and with all that it may hold. The name is the file's. */
export const CASES: Readonly<Record<string, Case>> = {
  endpoint: {
    kind: 'endpoint',
    write: ({ endpoints }) => endpoints.put(ENDPOINT, null, null),
  },
  'endpoint-changed': {
    kind: 'endpoint',
    write: ({ endpoints }) =>
      endpoints.put(
        {
          ...ENDPOINT,
          description: 'Billing',
          filter: 'data.amount > `100`',
          state: 'disabled',
          disabledReason: 'failing',
          sealedHeaders: { names: ODD_HEADERS, values: SEALED },
          signatureProfile: 'stripe:X-Signature',
          rateLimitPerSecond: 100,
          metadata: ODD_NAMES,
          secret: SEALED,
          secretVersion: 2,
          previousSecrets: [{ sealed: SEALED, version: 1, expiresAt: START + DAY }],
          version: 7,
        },
        null,
        ENTRY,
      ),
  },
  'endpoint-deleted': {
    kind: 'endpoint',
    async write({ endpoints }) {
      await endpoints.put(ENDPOINT, null, null);
      await endpoints.remove(ENDPOINT_ID, 1, { ...ENTRY, action: 'endpoint.deleted', after: null });
    },
  },
  health: {
    kind: 'health',
    write: ({ health }) => health.put({ ...freshHealth(ENDPOINT_ID), lane: 'fast', stamp: 'stamp', revision: 1 }, 0),
  },
  'health-failing': {
    kind: 'health',
    write: ({ health }) =>
      health.put(
        {
          endpointId: ENDPOINT_ID,
          consecutiveFailures: 12,
          failingSince: START - DAY,
          lastFailureAt: START,
          circuit: {
            openUntil: START + 60_000,
            intervalMs: 60_000,
            releasedFor: START,
            probe: { token: 'token', until: START + 60_000 },
          },
          lane: 'slow',
          slowSince: START - DAY,
          holding: { id: 'hold_1', emptySince: START },
          outbox: [
            { type: 'circuit_opened', at: START, failures: 10 },
            { type: 'circuit_closed', at: START },
            { type: 'disabled', at: START, reason: 'gone' },
            { type: 'filter_failing', at: START, reason: 'contains() takes an array' },
          ],
          releasedUntil: START + 30_000,
          filterToldHour: START,
          stamp: 'stamp',
          revision: 1,
        },
        0,
      ),
  },
  subscription: {
    kind: 'subscription',
    write: ({ subscriptions }) =>
      subscriptions.put([
        {
          tenant: 'acme',
          pattern: 'order.*',
          endpointId: ENDPOINT_ID,
          patterns: ['order.*'],
          filter: null,
          version: 1,
          createdAt: START,
        },
      ]),
  },
  'subscription-changed': {
    kind: 'subscription',
    write: ({ subscriptions }) =>
      subscriptions.put([
        {
          tenant: 'acme',
          pattern: 'order.*',
          endpointId: ENDPOINT_ID,
          patterns: ['order.*', 'invoice.paid'],
          filter: 'data.amount > `100`',
          formerFilter: 'data.amount > `50`',
          version: 2,
          createdAt: START - DAY,
          changedAt: START,
        },
      ]),
  },
  'event-type': {
    kind: 'event type',
    write: ({ eventTypes }) =>
      eventTypes.put(
        {
          name: 'order.created',
          description: 'An order was placed.',
          group: 'Orders',
          deprecated: true,
          versions: [
            { version: '1', createdAt: START - DAY },
            { version: '2', schema: { type: 'object', default: ODD_NAMES }, example: { id: 1 }, createdAt: START },
            { version: '3', schema: false, example: null, createdAt: START },
          ],
          createdAt: START - DAY,
          updatedAt: START,
        },
        undefined,
        { ...ENTRY, object: 'order.created', tenant: null, before: null },
      ),
  },
  'settings-of-the-portal': {
    kind: 'settings of the portal',
    write: ({ portalSettings }) =>
      portalSettings.put(
        {
          name: 'Acme',
          logo: 'data:image/png;base64,iVBORw0KGgo=',
          brand_color: { light: '#3b5bdb', dark: '#8ea5ff' },
          radius: 8,
          theme: 'system',
          links: [{ label: 'Guide', url: 'https://docs.example.com/' }],
          hidden_navigation: ['jobs'],
          updatedAt: START,
        },
        undefined,
        { ...ENTRY, action: 'portal_settings.updated', object: 'postrider.portal_settings', tenant: null },
      ),
  },
  'api-key': {
    kind: 'API key',
    async write({ keys }) {
      const key = { name: 'shop backend', role: 'producer', tenant: 'acme', prefix: 'pr_3Yp0tXa' } as const;
      const stored = { ...key, id: KEY_ID, createdAt: START, expiresAt: START + 30 * DAY, lastUsedOn: null };
      await keys.put(stored, 'hash', { ...ENTRY, action: 'key.created', object: KEY_ID });
      await keys.noteUse('hash', '2026-11-22');
    },
  },
  ticks: { kind: 'ends of scheduled tasks', write: ({ ticks }) => ticks.note('sweep', START) },
  session: {
    kind: 'session',
    write: ({ sessions }) =>
      sessions.put(SESSION, undefined, { ...ENTRY, action: 'session.redeemed', object: SESSION_ID }),
  },
  'session-of-an-operator': {
    kind: 'session',
    write: ({ sessions }) =>
      sessions.put(
        {
          ...SESSION,
          ...{ role: 'admin', tenant: null, subject: 'jo', capabilities: [], parent: null },
          createdBy: { kind: 'iam', id: 'arn:aws:iam::123456789012:role/on-call', name: 'jo' },
          ...{ returnUrl: null, next: null, theme: null, locale: null, tokenHash: null, redeemedAt: null },
        },
        undefined,
        { ...ENTRY, action: 'session.created', object: SESSION_ID, tenant: null },
      ),
  },
  'session-ended': {
    kind: 'session',
    async write({ sessions }) {
      await sessions.put(SESSION, undefined, { ...ENTRY, action: 'session.created', object: SESSION_ID });
      await sessions.remove(SESSION, ENTRY.id, { ...ENTRY, action: 'session.ended', object: SESSION_ID, after: null });
    },
  },
  'end-of-sessions': {
    kind: 'end of sessions',
    write: ({ sessions }) =>
      sessions.putEnding('acme', START, undefined, { ...ENTRY, action: 'sessions.ended', object: 'acme' }),
  },
  tenant: { kind: 'tenant', write: ({ tenants }) => tenants.note({ name: 'acme', createdAt: START }) },
  'api-key-of-all-tenants': {
    kind: 'API key',
    write: ({ keys }) =>
      keys.put(
        {
          id: KEY_ID,
          name: 'first',
          role: 'admin',
          tenant: null,
          prefix: 'pr_3Yp0tXa',
          createdAt: START,
          expiresAt: null,
          lastUsedOn: null,
        },
        'hash',
        { ...ENTRY, action: 'key.created', object: KEY_ID, tenant: null, before: null, after: null },
      ),
  },
  'data-key': {
    kind: 'data key',
    write: ({ dataKeys }) => dataKeys.replace({ id: 'dk_1', wrapped: 'd3JhcHBlZA==', createdAt: START }, null),
  },
  'audit-entry': {
    kind: 'audit entry',
    write: ({ audit }) => audit.append(ENTRY),
  },
  'rate-slots': {
    kind: 'rate slots',
    async write({ rateSlots }) {
      await rateSlots.take(ENDPOINT_ID, 'line', SLOTS);
      await rateSlots.take(ENDPOINT_ID, 'gate', SLOTS);
    },
  },
  event: {
    kind: 'event',
    write: ({ events }) => events.create(EVENT),
  },
  'event-fanned-out': {
    kind: 'event',
    async write({ events }) {
      await events.create({ ...EVENT, version: '2', metadata: ODD_NAMES, resourceUrl: 'https://example.com/orders/1' });
      await events.notePage(EVENT_ID, 0, {
        ...{ matched: 200, endpointIds: [ENDPOINT_ID], last: false },
        next: '0#order.*#ep_2',
      });
      await events.notePage(EVENT_ID, 1, { matched: 3, endpointIds: [], last: true, from: '0#order.*#ep_2' });
    },
  },
  'unfinished-event': {
    kind: 'unfinished event',
    write: ({ unfinished }) =>
      unfinished.update([{ eventId: EVENT_ID, announced: 2, dueAt: START, expiresAt: START + 30 * DAY }], []),
  },
  'search-for-unfinished-events': {
    kind: 'how far events were searched',
    write: ({ unfinished }) => unfinished.noteSearched(0, 'fan-outs', `2026-11-22T10:00:00.000Z#${EVENT_ID}`),
  },
  'event-wide': {
    kind: 'event',
    async write({ events }) {
      await events.create(EVENT);
      await events.markWide(EVENT_ID, true);
    },
  },
  'delivery-of-a-wide-event': {
    kind: 'delivery',
    write: ({ deliveries }) => deliveries.put({ ...RECORD, wide: true }, null),
  },
  'delivery-delivered': {
    kind: 'delivery',
    write: ({ deliveries }) =>
      deliveries.put(
        {
          ...RECORD,
          status: 'delivered',
          attemptCount: 1,
          attempts: [{ ...ATTEMPT, statusCode: 200, errorCode: null, responseExcerpt: '' }],
          deliveredAt: START,
        },
        null,
      ),
  },
  'delivery-retrying': {
    kind: 'delivery',
    write: ({ deliveries }) =>
      deliveries.put(
        {
          ...RECORD,
          status: 'retrying',
          next: { cycle: 2, step: 3 },
          attemptCount: 1,
          nextAttemptAt: START + 5_000,
          lastError: 'http_status 503',
          adoptedMessageId: 'adopted',
          adoptedCopy: 'copy',
          adoptedSentAt: START,
          claim: { messageId: 'message', cycle: 2, step: 3, until: START + 60_000, token: 'token' },
          recovering: true,
          forced: true,
          rounds: 3,
          payload: { key: 'acme/batch/hash', offset: 1_024, length: 148 },
          attempts: [ATTEMPT, { ...ATTEMPT, number: 2, statusCode: null, errorCode: 'timeout', responseExcerpt: '' }],
        },
        null,
      ),
  },
  'delivery-retrying-after-a-tls-error': {
    kind: 'delivery',
    write: ({ deliveries }) =>
      deliveries.put(
        {
          ...RECORD,
          status: 'retrying',
          attemptCount: 2,
          lastError: 'tls_error',
          attempts: [
            { ...ATTEMPT, errorDetail: 'incomplete_chain', ...TLS },
            { ...ATTEMPT, number: 2 },
            { ...ATTEMPT, number: 3, ...TLS },
          ],
        },
        null,
      ),
  },
  'delivery-waiting': {
    kind: 'delivery',
    write: ({ deliveries }) =>
      deliveries.put(
        { ...RECORD, status: 'waiting', waitingFor: 'rate_limit', nextAttemptAt: START, slot: START + 1_000 },
        null,
      ),
  },
  'delivery-held': {
    kind: 'delivery',
    write: ({ deliveries }) => deliveries.put({ ...RECORD, status: 'waiting', waitingFor: 'paused' }, null),
  },
  'delivery-dead': {
    kind: 'delivery',
    write: ({ deliveries }) =>
      deliveries.put(
        {
          ...RECORD,
          status: 'dead',
          attemptCount: 1,
          lastError: 'permanent_failure: http_status 404',
          deathReason: 'permanent_failure',
          deadLetter: { messageId: 'message', copy: 'copy', firstReceivedAt: START, sentAt: START },
          outbox: [{ kind: 'dead', cycle: 1, at: START }],
          attempts: [{ ...ATTEMPT, statusCode: 404 }],
        },
        null,
      ),
  },
  'delivery-long-answers': {
    kind: 'delivery',
    async write({ deliveries }) {
      const attempts = [1, 2].map((number) => ({ ...ATTEMPT, number, at: START + number, responseExcerpt: LONG }));
      const tls = { ...ATTEMPT, ...TLS, number: 3, at: START + 3, errorDetail: 'expired' } as const;
      await deliveries.put({ ...RECORD, attemptCount: 2, attempts }, null);
      await deliveries.put({ ...RECORD, attemptCount: 3, attempts: [tls], revision: 2 }, 1);
    },
  },
  'delivery-discarded': {
    kind: 'delivery',
    write: ({ deliveries }) =>
      deliveries.put({ ...RECORD, status: 'discarded', discardReason: 'endpoint_deleted' }, null),
  },
  job: {
    kind: 'job',
    write: ({ jobs }) => jobs.put(JOB, null),
  },
  'job-failed': {
    kind: 'job',
    write: ({ jobs }) =>
      jobs.put(
        {
          ...JOB,
          kind: 'replay_missing',
          tenant: null,
          params: { endpointId: null, eventType: null, range: { from: null, to: START } },
          status: 'failed',
          error: 'The job made no progress.',
          lease: null,
        },
        null,
      ),
  },
  'hour-of-statistics': {
    kind: 'hour of statistics',
    write: ({ stats }) =>
      stats.add({
        endpointId: ENDPOINT_ID,
        hour: START,
        delivered: 3,
        failed: 1,
        latency: { 40: 3, 75: 1 },
        filterErrors: 2,
        filterError: 'contains() takes an array',
        undecided: 1,
      }),
  },
  'hour-of-a-tenants-statistics': {
    kind: "hour of a tenant's statistics",
    write: ({ stats }) =>
      stats.addSum({ tenant: 'acme', hour: START, delivered: 3, failed: 1, latency: { 40: 3, 75: 1 } }),
  },
  'count-of-deaths': {
    kind: 'count of deaths',
    write: ({ deliveries }) =>
      deliveries.countDeaths([
        { eventId: EVENT_ID, endpointId: ENDPOINT_ID, hour: START, by: 1 },
        { eventId: EVENT_ID, endpointId: ENDPOINT_ID, hour: START + HOUR_MS, by: -1 },
      ]),
  },
  reconciliation: {
    kind: 'reconciliation',
    write: ({ reconciliation }) =>
      reconciliation.put({ recountedAt: null, recounting: null, lookedAt: START, looked: 0, rest: null }),
  },
  'reconciliation-under-way': {
    kind: 'reconciliation',
    write: ({ reconciliation }) =>
      reconciliation.put({
        recountedAt: START,
        recounting: START + DAY,
        lookedAt: START,
        looked: 4_000,
        rest: { difference: -2, until: START + HOUR_MS },
      }),
  },
};
