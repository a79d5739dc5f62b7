import type { Context } from 'aws-lambda';
import { systemClock } from '../../adapters/system/system.ts';
import { deliverBatch } from '../../core/deliveries/deliver-batch.ts';
import { createEndpointCache } from '../../core/deliveries/endpoint-cache.ts';
import { type DeliveryMessage, deliveryMessage } from '../../core/deliveries/message.ts';
import { sendTallies } from '../../core/stats/send.ts';
import type { Tally } from '../../core/stats/tally.ts';
import { readEnv } from '../runtime/env.ts';
import { createLogger, describeFault } from '../runtime/logger.ts';
import { Meter } from '../runtime/meter.ts';
import { createMetrics } from '../runtime/metrics.ts';
import { type ParsedRecord, sqsHandler } from '../runtime/sqs.ts';
import { composePorts } from './compose.ts';
import { deliverEnv } from './config.ts';
import { logFields, metering, tallying } from './observer.ts';
import { received } from './received.ts';

// Once per cold start.
const env = readEnv(deliverEnv);
const logger = createLogger('deliver');
const cache = createEndpointCache(systemClock);
const queueUrls = {
  fast: env.DELIVERY_QUEUE_URL,
  slow: env.SLOW_DELIVERY_QUEUE_URL,
  bulk: env.BULK_DELIVERY_QUEUE_URL,
};
const ports = composePorts(env, cache, logger);
const emit = createMetrics(env.METRICS_STAGE);

// Once per batch: one read for all, then each message independently, and finally one message with the tallies.
async function deliverAll(batch: ParsedRecord<DeliveryMessage>[], context: Context): Promise<string[]> {
  const remainingMs = () => context.getRemainingTimeInMillis();
  const seen: Tally[] = [];
  const meter = new Meter();
  const tallied = tallying(ports.observer, seen);
  const handled = await deliverBatch(
    batch.map((record) => received(record, queueUrls)),
    cache,
    { ...ports, observer: emit ? metering(tallied, meter) : tallied, remainingMs },
  );
  emit?.(meter.measured);
  for (const { received: message, fault } of handled) {
    if (fault === undefined) continue;
    logger.error('A delivery failed on our side; its message is received again.', {
      ...logFields(message),
      ...describeFault(fault),
    });
  }
  await sendTallies(seen, { ...ports, remainingMs });
  return handled.filter(({ verdict }) => verdict === 'try_again').map(({ received: { messageId } }) => messageId);
}

// Called by AWS.
export const handler = sqsHandler(deliveryMessage, deliverAll, logger);
