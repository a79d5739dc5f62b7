import type { Context } from 'aws-lambda';
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createDeliveryLedger } from '../../adapters/dynamodb/delivery-ledger.ts';
import { createEndpointStore, createHoldingMarks } from '../../adapters/dynamodb/endpoint-store.ts';
import { createSubscriptionWriter } from '../../adapters/dynamodb/subscription-index.ts';
import { createEgressPolicy } from '../../adapters/http/egress-policy.ts';
import { createSender } from '../../adapters/http/sender.ts';
import { createKeyService, createKms } from '../../adapters/kms/key-service.ts';
import { createPayloadStore, createS3 } from '../../adapters/s3/payload-store.ts';
import { createSqs } from '../../adapters/sqs/client.ts';
import { createDeliveryQueue } from '../../adapters/sqs/delivery-queue.ts';
import { createVisibility } from '../../adapters/sqs/visibility.ts';
import { systemClock, systemRandom, systemWait } from '../../adapters/system/system.ts';
import { deliverBatch } from '../../core/deliveries/deliver-batch.ts';
import { createEndpointCache } from '../../core/deliveries/endpoint-cache.ts';
import { type DeliveryMessage, deliveryMessage } from '../../core/deliveries/message.ts';
import type { DeliverPorts } from '../../core/deliveries/ports.ts';
import { disableEndpoint } from '../../core/endpoints/change.ts';
import { newId } from '../../core/ids.ts';
import { createOpener } from '../../core/secrets/vault.ts';
import { readEnv } from '../runtime/env.ts';
import { createLogger, describeFault } from '../runtime/logger.ts';
import { type ParsedRecord, sqsHandler } from '../runtime/sqs.ts';
import { USER_AGENT } from '../runtime/version.ts';
import { deliverEnv } from './config.ts';
import { logObserver, names } from './observer.ts';
import { received } from './received.ts';

// Once per cold start.
const env = readEnv(deliverEnv);
const logger = createLogger('deliver');
const [client, sqs, clock, wait, random] = [createDynamoDb(), createSqs(), systemClock, systemWait, systemRandom];
const registry = { client, table: env.REGISTRY_TABLE, wait };
const queue = { client: sqs, queueUrl: env.DELIVERY_QUEUE_URL, wait };
const changes = { endpoints: createEndpointStore(registry), subscriptions: createSubscriptionWriter(registry) };
const marks = createHoldingMarks(registry);
const policy = createEgressPolicy({ allowedCidrs: env.EGRESS_ALLOWED_CIDRS, allowHttp: env.EGRESS_ALLOW_HTTP });
const cache = createEndpointCache(clock);
const changeVisibility = createVisibility(queue);
const ports: Omit<DeliverPorts, 'remainingMs'> = {
  ledger: createDeliveryLedger({
    client,
    ledgerTable: env.LEDGER_TABLE,
    registryTable: env.REGISTRY_TABLE,
    shards: { list: env.LIST_SHARDS, waiting: env.WAITING_SHARDS },
    clock,
    wait,
  }),
  queue: createDeliveryQueue(queue),
  payloads: createPayloadStore({ client: createS3(), bucket: env.PAYLOAD_BUCKET }),
  secrets: createOpener(createKeyService({ client: createKms(), keyArn: env.SECRETS_KEY_ARN }), clock),
  sender: createSender({ policy, clock }),
  endpoints: {
    disable: (endpoint, reason) => disableEndpoint(endpoint, reason, clock(), changes),
    hold: async ({ endpointId, holding }) => {
      if (holding === null) await marks.ensure(endpointId, newId('hold', clock(), random));
    },
  },
  showAgain: (message, seconds) =>
    changeVisibility(message.receiptHandle, seconds).catch((fault: unknown) =>
      logger.warn('A message is visible again later than it could be.', { ...names(message), ...describeFault(fault) }),
    ),
  observer: logObserver(logger),
  clock,
  random,
  wait,
  remembered: new Map(),
  functionTimeoutMs: env.FUNCTION_TIMEOUT_SECONDS * 1000,
  userAgent: USER_AGENT,
};

// Once per batch: one read for all, then each message on its own.
async function deliverAll(batch: ParsedRecord<DeliveryMessage>[], context: Context): Promise<string[]> {
  const remainingMs = () => context.getRemainingTimeInMillis();
  const settled = await deliverBatch(batch.map(received), cache, { ...ports, remainingMs });
  for (const { received: message, fault } of settled) {
    if (fault === undefined) continue;
    logger.error('A delivery failed on our side; it is tried again.', { ...names(message), ...describeFault(fault) });
  }
  return settled.filter(({ verdict }) => verdict === 'try_again').map(({ received: { messageId } }) => messageId);
}

// Called by AWS.
export const handler = sqsHandler(deliveryMessage, deliverAll, logger);
