import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createEventLedger } from '../../adapters/dynamodb/event-ledger.ts';
import { createSubscriptionReader } from '../../adapters/dynamodb/subscription-index.ts';
import { jmespathFilters } from '../../adapters/jmespath/filter-engine.ts';
import { createPayloadStore, createS3 } from '../../adapters/s3/payload-store.ts';
import { createSqs } from '../../adapters/sqs/client.ts';
import { createDeliveryQueue } from '../../adapters/sqs/delivery-queue.ts';
import { createPageQueue } from '../../adapters/sqs/fanout-queue.ts';
import { systemClock, systemRandom, systemWait } from '../../adapters/system/system.ts';
import { type FanoutPorts, fanOut } from '../../core/fanout/fan-out.ts';
import { type FanoutMessage, fanoutMessage } from '../../core/fanout/message.ts';
import { shareReads } from '../../core/fanout/share-reads.ts';
import { readEnv } from '../runtime/env.ts';
import { createLogger, describeFault } from '../runtime/logger.ts';
import { type ParsedRecord, sqsHandler } from '../runtime/sqs.ts';
import { fanoutEnv } from './config.ts';

// Once per cold start.
const env = readEnv(fanoutEnv);
const logger = createLogger('fanout');
const [client, sqs, clock, wait] = [createDynamoDb(), createSqs(), systemClock, systemWait];
const ports: FanoutPorts = {
  subscriptions: createSubscriptionReader({ client, table: env.REGISTRY_TABLE, clock }),
  ledger: createEventLedger({ client, table: env.LEDGER_TABLE, clock, wait }),
  payloads: createPayloadStore({ client: createS3(), bucket: env.PAYLOAD_BUCKET }),
  filters: jmespathFilters,
  deliveries: createDeliveryQueue({
    client: sqs,
    queueUrls: { fast: env.DELIVERY_QUEUE_URL },
    wait,
    random: systemRandom,
  }),
  pages: createPageQueue({ client: sqs, queueUrl: env.FANOUT_QUEUE_URL, wait }),
};

// Once per batch: its messages share reads and sends, and succeed or fail alone.
async function fanOutBatch(batch: ParsedRecord<FanoutMessage>[]): Promise<string[]> {
  const shared = { ...ports, subscriptions: shareReads(ports.subscriptions) };
  const outcomes = await Promise.all(
    batch.map(async ({ record, message }) => {
      try {
        const redelivered = Number(record.attributes.ApproximateReceiveCount) > 1;
        const fannedOut = await fanOut(message, redelivered, shared);
        logger.info('fanned out', { ...fannedOut, tenant: message.tenant });
        return undefined;
      } catch (fault) {
        logger.error('A fan-out failed; it is tried again.', { messageId: record.messageId, ...describeFault(fault) });
        return record.messageId;
      }
    }),
  );
  return outcomes.filter((messageId) => messageId !== undefined);
}

// Called by AWS.
export const handler = sqsHandler(fanoutMessage, fanOutBatch, logger);
