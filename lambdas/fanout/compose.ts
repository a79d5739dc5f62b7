import type { Logger } from '@aws-lambda-powertools/logger';
import type * as z from 'zod';
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createDeliveryLedger } from '../../adapters/dynamodb/deliveries.ts';
import { createEventLedger } from '../../adapters/dynamodb/events.ts';
import { createSubscriptionReader } from '../../adapters/dynamodb/subscriptions.ts';
import { createThreadedFilters } from '../../adapters/jmespath/threaded-engine.ts';
import { createPayloadStore, createS3 } from '../../adapters/s3/payload-store.ts';
import { createSqs } from '../../adapters/sqs/client.ts';
import { createDeliveryQueue } from '../../adapters/sqs/delivery-queue.ts';
import { createPageQueue, createTallyQueue } from '../../adapters/sqs/queues.ts';
import { systemClock, systemRandom, systemTimer, systemWait } from '../../adapters/system/system.ts';
import type { FanoutPorts } from '../../core/fanout/fan-out.ts';
import type { SendTalliesPorts } from '../../core/stats/send.ts';
import { describeFault } from '../runtime/logger.ts';
import type { fanoutEnv } from './config.ts';

/** The fan-out Lambda's ports on AWS, for the life of an execution environment. */
export function composePorts(
  env: z.output<typeof fanoutEnv>,
  logger: Logger,
): FanoutPorts & Omit<SendTalliesPorts, 'remainingMs'> {
  const [client, sqs, clock, wait] = [createDynamoDb(), createSqs(), systemClock, systemWait];
  return {
    subscriptions: createSubscriptionReader({ client, table: env.REGISTRY_TABLE, clock }),
    ledger: createEventLedger({ client, table: env.LEDGER_TABLE, clock, wait }),
    records: createDeliveryLedger({
      client,
      ledgerTable: env.LEDGER_TABLE,
      registryTable: env.REGISTRY_TABLE,
      shards: { list: env.LIST_SHARDS, waiting: env.WAITING_SHARDS },
      clock,
      wait,
      uncounted: (fault) => logger.warn('A death is not counted.', describeFault(fault)),
    }),
    payloads: createPayloadStore({ client: createS3(), bucket: env.PAYLOAD_BUCKET }),
    // The bundle has the thread's module beside it.
    filters: createThreadedFilters(new URL('./filters.mjs', import.meta.url)),
    deliveries: createDeliveryQueue({
      client: sqs,
      queueUrls: { fast: env.DELIVERY_QUEUE_URL, bulk: env.BULK_DELIVERY_QUEUE_URL },
      wait,
      random: systemRandom,
    }),
    pages: createPageQueue({
      client: sqs,
      queueUrls: { fanout: env.FANOUT_QUEUE_URL, bulk: env.BULK_FANOUT_QUEUE_URL },
      wait,
    }),
    tallies: createTallyQueue({ client: sqs, queueUrl: env.STATS_QUEUE_URL }),
    filterFailed: (fault) => logger.error('A filter could not be evaluated: an error on our side.', { fault }),
    uncounted: (count, fault) =>
      logger.warn('Filter results are missing from the statistics.', { count, ...describeFault(fault) }),
    after: systemTimer,
    clock,
  };
}
