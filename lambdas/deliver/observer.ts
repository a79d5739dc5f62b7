import type { Logger } from '@aws-lambda-powertools/logger';
import type { ReceivedDelivery } from '../../core/deliveries/message.ts';
import type { DeliveryObserver } from '../../core/deliveries/ports.ts';
import { startDelayMs } from '../../core/deliveries/start-delay.ts';
import { deliveryId, shardOf } from '../../core/ids.ts';
import { type Tally, tallyOf } from '../../core/stats/tally.ts';
import { HEARTBEAT_TENANT } from '../../core/tenant.ts';
import { describeFault } from '../runtime/logger.ts';
import type { Meter } from '../runtime/meter.ts';

/** The fields of a log line about a message. */
export function logFields({ message, messageId, receiveCount }: ReceivedDelivery) {
  return {
    deliveryId: deliveryId(message.eventId, message.endpointId),
    eventType: message.eventType,
    tenant: message.tenant,
    cycle: message.cycle,
    attempt: message.attempt,
    traceId: message.traceId,
    messageId,
    receiveCount,
  };
}

const OUTCOMES = { recordDelivered: 'delivered', retry: 'retry', retryLater: 'retry', die: 'dead' } as const;

/**
 * One log line per attempt, and one per message that ends without.
 * @param oneIn of so many acknowledged attempts one is logged, which says so. By the delivery, not by chance or count: whoever
 * looks for one finds all of its lines or only its failures, and an environment that makes few deliveries logs its share too.
 */
export function logObserver(logger: Logger, oneIn: number): DeliveryObserver {
  return {
    attempted(received, { statusCode, errorCode, errorDetail, durationMs, at }, decision) {
      const fields = logFields(received);
      const isSampled = oneIn > 1 && errorCode === null;
      if (isSampled && shardOf(fields.deliveryId, oneIn) !== 0) return;
      logger.info('delivery attempted', {
        ...fields,
        outcome: OUTCOMES[decision.do],
        ...('delayMs' in decision && { retryInSeconds: Math.ceil(decision.delayMs / 1000) }),
        ...('reason' in decision && { reason: decision.reason }),
        statusCode,
        errorCode,
        ...(errorDetail && { errorDetail }),
        durationMs,
        sinceAcceptedMs: at - received.message.acceptedAt,
        ...(isSampled && { sampled: oneIn }),
      });
    },
    retrying(received, fault) {
      logger.warn('a call failed and is retried', { ...logFields(received), ...describeFault(fault) });
    },
    healthNotUpdated(received, fault) {
      logger.warn("an endpoint's health could not be updated", { ...logFields(received), ...describeFault(fault) });
    },
    notAttempted(received, why) {
      logger.info('delivery not attempted', { ...logFields(received), why });
    },
    // The line of its attempt says it.
    ended() {},
  };
}

/** An observer of one invocation, which also tallies its attempts. */
export function tallying(observer: DeliveryObserver, seen: Tally[]): DeliveryObserver {
  return {
    ...observer,
    attempted(received, result, decision, endpoint) {
      observer.attempted(received, result, decision, endpoint);
      seen.push(tallyOf(endpoint, result));
    },
  };
}

/** An observer of one invocation, which also counts for the metrics. The heartbeat has its own. */
export function metering(observer: DeliveryObserver, meter: Meter): DeliveryObserver {
  return {
    ...observer,
    attempted(received, result, decision, endpoint) {
      observer.attempted(received, result, decision, endpoint);
      if (received.message.tenant === HEARTBEAT_TENANT) return;
      meter.count('Attempts');
      if (result.errorCode === null) meter.count('Acknowledged');
      if (decision.delivery.attempt > 1) meter.count('Retries');
      meter.value('AttemptMs', result.durationMs);
      const startDelay = startDelayMs(received, decision.delivery, result);
      if (startDelay !== undefined) meter.value('StartDelayMs', startDelay);
    },
    ended(received, how) {
      observer.ended(received, how);
      if (received.message.tenant === HEARTBEAT_TENANT) return;
      if (how === 'delivered') meter.count('Delivered');
      if (how === 'dead') meter.count('Dead');
    },
  };
}
