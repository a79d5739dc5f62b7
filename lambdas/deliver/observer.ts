import type { Logger } from '@aws-lambda-powertools/logger';
import type { ReceivedDelivery } from '../../core/deliveries/message.ts';
import type { DeliveryObserver } from '../../core/deliveries/ports.ts';
import { deliveryId } from '../../core/ids.ts';
import { type Tally, tallyOf } from '../../core/stats/tally.ts';
import { describeFault } from '../runtime/logger.ts';

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

/** One log line per attempt, and one per message that ends without. */
export function logObserver(logger: Logger): DeliveryObserver {
  return {
    attempted(received, { statusCode, errorCode, errorDetail, durationMs, at }, decision) {
      logger.info('delivery attempted', {
        ...logFields(received),
        outcome: OUTCOMES[decision.do],
        ...('delayMs' in decision && { retryInSeconds: Math.ceil(decision.delayMs / 1000) }),
        ...('reason' in decision && { reason: decision.reason }),
        statusCode,
        errorCode,
        ...(errorDetail && { errorDetail }),
        durationMs,
        sinceAcceptedMs: at - received.message.acceptedAt,
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
  };
}

/** An observer of one invocation, which also tallies its attempts. */
export function tallying(observer: DeliveryObserver, seen: Tally[]): DeliveryObserver {
  return {
    ...observer,
    attempted(received, result, decision, endpoint) {
      observer.attempted(received, result, decision, endpoint);
      seen.push(tallyOf(endpoint.id, result));
    },
  };
}
