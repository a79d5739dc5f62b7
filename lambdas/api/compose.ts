import type { Logger } from '@aws-lambda-powertools/logger';
import type * as z from 'zod';
import { createSchemaExaminer } from '../../adapters/ajv/schema-examiner.ts';
import { createKeyStore } from '../../adapters/dynamodb/api-keys.ts';
import { createAuditReader, createAuditTrail, createPendingEntries } from '../../adapters/dynamodb/audit.ts';
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createDataKeyStore } from '../../adapters/dynamodb/data-key.ts';
import { createDeathCounts } from '../../adapters/dynamodb/death-counts.ts';
import {
  createDeliveryLedger,
  createDeliveryLists,
  createEndedDeliveries,
} from '../../adapters/dynamodb/deliveries.ts';
import { createEndpointStore } from '../../adapters/dynamodb/endpoints.ts';
import { createEventTypeStore } from '../../adapters/dynamodb/event-types.ts';
import { createEventLedger, createEventLists } from '../../adapters/dynamodb/events.ts';
import { createHealthStore } from '../../adapters/dynamodb/health.ts';
import { createStatsReader } from '../../adapters/dynamodb/hourly-stats.ts';
import { createJobStore } from '../../adapters/dynamodb/jobs.ts';
import { createPortalSettingsStore } from '../../adapters/dynamodb/portal-settings.ts';
import { createSessionStore } from '../../adapters/dynamodb/sessions.ts';
import { createSubscriptionWriter } from '../../adapters/dynamodb/subscriptions.ts';
import { createTenantStore } from '../../adapters/dynamodb/tenants.ts';
import { createTicks } from '../../adapters/dynamodb/ticks.ts';
import { createEgressPolicy } from '../../adapters/http/egress-policy.ts';
import { jmespathFilters } from '../../adapters/jmespath/filter-engine.ts';
import { createKeyService, createKms } from '../../adapters/kms/key-service.ts';
import { createPayloadStore, createS3 } from '../../adapters/s3/payload-store.ts';
import { createUnreadableLetters } from '../../adapters/s3/unreadable-letters.ts';
import { createSqs } from '../../adapters/sqs/client.ts';
import { createDeliveryQueue } from '../../adapters/sqs/delivery-queue.ts';
import { createQueueDepths } from '../../adapters/sqs/depths.ts';
import { createJobQueue } from '../../adapters/sqs/queues.ts';
import { systemClock, systemRandom, systemWait } from '../../adapters/system/system.ts';
import { DAY_MS } from '../../core/durations.ts';
import { createSecretOpener } from '../../core/secrets/vault.ts';
import { logFault } from '../runtime/http.ts';
import { describeFault } from '../runtime/logger.ts';
import type { apiEnv } from './config.ts';
import type { ApiPorts } from './ports.ts';

/** The management API's ports on AWS, for the life of an execution environment. */
export function composePorts(env: z.output<typeof apiEnv>, logger: Logger): ApiPorts {
  const [client, sqs, clock, wait, random] = [createDynamoDb(), createSqs(), systemClock, systemWait, systemRandom];
  const registry = { client, table: env.REGISTRY_TABLE, wait };
  const ledger = { client, table: env.LEDGER_TABLE, clock, wait, listShards: env.LIST_SHARDS };
  const shards = { list: env.LIST_SHARDS, waiting: env.WAITING_SHARDS };
  const objects = { client: createS3(), bucket: env.PAYLOAD_BUCKET };
  const keyService = createKeyService({ client: createKms(), keyArn: env.SECRETS_KEY_ARN });
  const warn = (message: string, fault: unknown) => logger.warn(message, describeFault(fault));
  return {
    keys: createKeyStore({ ...registry, warn }),
    sessions: createSessionStore(registry),
    publicUrl: env.PUBLIC_URL,
    signInRoles: { viewer: env.VIEWER_ROLES, admin: env.ADMIN_ROLES },
    endpoints: createEndpointStore(registry),
    health: createHealthStore(registry),
    subscriptions: createSubscriptionWriter(registry),
    audit: {
      ...createAuditTrail({ ...registry, retentionDays: env.AUDIT_RETENTION_DAYS }),
      ...createAuditReader({ ...registry, clock }),
    },
    pendingEntries: createPendingEntries(registry),
    sealer: { keys: keyService, store: createDataKeyStore(registry), clock, random },
    opener: createSecretOpener(keyService, clock),
    egress: createEgressPolicy({ allowedCidrs: env.EGRESS_ALLOWED_CIDRS, allowHttp: env.EGRESS_ALLOW_HTTP }),
    filters: jmespathFilters,
    ledger: createDeliveryLedger({
      ...{ client, clock, wait, shards },
      ledgerTable: env.LEDGER_TABLE,
      registryTable: env.REGISTRY_TABLE,
      uncounted: (fault) => warn('A death is not counted.', fault),
    }),
    events: { ...createEventLedger(ledger), ...createEventLists(ledger) },
    deliveries: createDeliveryLists(ledger),
    payloads: createPayloadStore(objects),
    unreadable: createUnreadableLetters(objects),
    queue: createDeliveryQueue({
      client: sqs,
      queueUrls: { fast: env.DELIVERY_QUEUE_URL, bulk: env.BULK_DELIVERY_QUEUE_URL },
      wait,
      random,
    }),
    tenants: createTenantStore(registry),
    portalSettings: createPortalSettingsStore(registry),
    depths: createQueueDepths({
      client: sqs,
      work: {
        fanout: env.FANOUT_QUEUE_URL,
        bulk_fanout: env.BULK_FANOUT_QUEUE_URL,
        delivery: env.DELIVERY_QUEUE_URL,
        slow_delivery: env.SLOW_DELIVERY_QUEUE_URL,
        bulk_delivery: env.BULK_DELIVERY_QUEUE_URL,
        jobs: env.JOBS_QUEUE_URL,
        stats: env.STATS_QUEUE_URL,
        continuations: env.CONTINUATIONS_QUEUE_URL,
      },
      deadLetters: {
        rule: env.RULE_DEAD_LETTER_QUEUE_URL,
        fanout: env.FANOUT_DEAD_LETTER_QUEUE_URL,
        deliveries: env.DEAD_LETTER_QUEUE_URL,
        jobs: env.JOBS_DEAD_LETTER_QUEUE_URL,
        stats: env.STATS_DEAD_LETTER_QUEUE_URL,
        continuations: env.CONTINUATIONS_DEAD_LETTER_QUEUE_URL,
      },
    }),
    ticks: createTicks(ledger),
    deaths: createDeathCounts({ ...ledger, shards: env.WAITING_SHARDS }),
    stage: {
      name: env.STAGE,
      requestsPerSecond: env.REQUESTS_PER_SECOND,
      burst: env.REQUESTS_BURST,
      heartbeat: env.HEARTBEAT,
    },
    eventTypes: createEventTypeStore(registry),
    schemas: createSchemaExaminer(),
    ended: createEndedDeliveries(ledger),
    shards: env.WAITING_SHARDS,
    jobs: createJobStore(ledger),
    jobQueue: createJobQueue({ client: sqs, queueUrl: env.JOBS_QUEUE_URL, wait }),
    stats: createStatsReader(ledger),
    clock,
    wait,
    random,
    retentionMs: env.RETENTION_DAYS * DAY_MS,
    deadLetterRetentionMs: env.DEAD_LETTER_RETENTION_DAYS * DAY_MS,
    log: (line) => logger.info('request', { ...line }),
    headersNotSealed: (fault) => warn('Header values stored in clear could not be sealed.', fault),
    refusalOf: (fault) => logFault(logger, fault),
  };
}
