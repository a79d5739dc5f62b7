import type { Logger } from '@aws-lambda-powertools/logger';
import type * as z from 'zod';
import { createAuditTrail } from '../../adapters/dynamodb/audit.ts';
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createDeliveryLedger } from '../../adapters/dynamodb/deliveries.ts';
import { createEndpointStore } from '../../adapters/dynamodb/endpoints.ts';
import { createHealthStore } from '../../adapters/dynamodb/health.ts';
import { createRateSlots } from '../../adapters/dynamodb/rate-slots.ts';
import { createSubscriptionWriter } from '../../adapters/dynamodb/subscriptions.ts';
import { createEgressPolicy } from '../../adapters/http/egress-policy.ts';
import { createSender } from '../../adapters/http/sender.ts';
import { createKeyService, createKms } from '../../adapters/kms/key-service.ts';
import { createPayloadStore, createS3 } from '../../adapters/s3/payload-store.ts';
import { createSqs } from '../../adapters/sqs/client.ts';
import { createDeliveryQueue } from '../../adapters/sqs/delivery-queue.ts';
import { createTallyQueue, createVisibility } from '../../adapters/sqs/queues.ts';
import { systemClock, systemRandom, systemTimer, systemWait } from '../../adapters/system/system.ts';
import { bodyBytesAtOnce } from '../../core/deliveries/body-room.ts';
import type { EndpointCache } from '../../core/deliveries/endpoint-cache.ts';
import type { DeliverPorts } from '../../core/deliveries/ports.ts';
import { DAY_MS } from '../../core/durations.ts';
import { disableAndNotify } from '../../core/endpoints/change.ts';
import { createHealthTracker } from '../../core/endpoints/health-tracker.ts';
import { createRateLimiter } from '../../core/rate/limiter.ts';
import { Room } from '../../core/room.ts';
import { createSecretOpener } from '../../core/secrets/vault.ts';
import type { SendTalliesPorts } from '../../core/stats/send.ts';
import { describeFault } from '../runtime/logger.ts';
import { USER_AGENT } from '../runtime/version.ts';
import type { deliverEnv } from './config.ts';
import { logFields, logObserver } from './observer.ts';

/** The deliver Lambda's ports on AWS, for the life of an execution environment. `cache` gets the health that is written here. */
export function composePorts(
  env: z.output<typeof deliverEnv>,
  cache: EndpointCache,
  logger: Logger,
): Omit<DeliverPorts & SendTalliesPorts, 'remainingMs'> {
  const [client, sqs, clock, wait, random] = [createDynamoDb(), createSqs(), systemClock, systemWait, systemRandom];
  const registry = { client, table: env.REGISTRY_TABLE, wait };
  const queueUrls = {
    fast: env.DELIVERY_QUEUE_URL,
    slow: env.SLOW_DELIVERY_QUEUE_URL,
    bulk: env.BULK_DELIVERY_QUEUE_URL,
  };
  const health = createHealthStore(registry);
  const changes = {
    endpoints: createEndpointStore(registry),
    subscriptions: createSubscriptionWriter(registry),
    audit: createAuditTrail({ ...registry, retentionDays: env.AUDIT_RETENTION_DAYS }),
    health,
    clock,
    random,
  };
  const rules = {
    openAfterFailures: env.CIRCUIT_OPENS_AFTER_FAILURES,
    disableAfterMs: env.DISABLED_AFTER_DAYS * DAY_MS,
    disableAfterFailures: env.DISABLED_AFTER_FAILURES,
  };
  const policy = createEgressPolicy({ allowedCidrs: env.EGRESS_ALLOWED_CIDRS, allowHttp: env.EGRESS_ALLOW_HTTP });
  const changeVisibility = createVisibility({ client: sqs, queueUrls });
  return {
    ledger: createDeliveryLedger({
      client,
      ledgerTable: env.LEDGER_TABLE,
      registryTable: env.REGISTRY_TABLE,
      shards: { list: env.LIST_SHARDS, waiting: env.WAITING_SHARDS },
      clock,
      wait,
      uncounted: (fault) => logger.warn('A death is not counted.', describeFault(fault)),
    }),
    queue: createDeliveryQueue({ client: sqs, queueUrls, wait, random }),
    payloads: createPayloadStore({ client: createS3(), bucket: env.PAYLOAD_BUCKET }),
    secrets: createSecretOpener(createKeyService({ client: createKms(), keyArn: env.SECRETS_KEY_ARN }), clock),
    sender: createSender({ policy, clock, canary: env.DNS_CANARY || null }),
    endpoints: {
      disable: (endpoint, reason) => disableAndNotify(endpoint, reason, clock(), changes),
    },
    health: createHealthTracker({ store: health, noteHealth: cache.noteHealth, rules, clock, random }),
    rate: createRateLimiter(createRateSlots(registry), clock),
    bodies: new Room(bodyBytesAtOnce(env.FUNCTION_MEMORY_MB)),
    changeVisibility: (message, seconds) =>
      changeVisibility(message.lane, message.receiptHandle, seconds).catch((fault: unknown) =>
        logger.warn('A message becomes visible again later than intended.', {
          ...logFields(message),
          ...describeFault(fault),
        }),
      ),
    observer: logObserver(logger, env.LOG_ONE_IN),
    tallies: createTallyQueue({ client: sqs, queueUrl: env.STATS_QUEUE_URL }),
    uncounted: (attempts, fault) =>
      logger.warn('Attempts are missing from the statistics.', { attempts, ...describeFault(fault) }),
    clock,
    random,
    wait,
    after: systemTimer,
    unrecordedResults: new Map(),
    functionTimeoutMs: env.FUNCTION_TIMEOUT_SECONDS * 1000,
    userAgent: USER_AGENT,
  };
}
