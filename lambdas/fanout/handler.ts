import type { Context } from 'aws-lambda';
import { fanOut, shareReads } from '../../core/fanout/fan-out.ts';
import { type FanoutMessage, fanoutMessage } from '../../core/fanout/message.ts';
import { sendTallies } from '../../core/stats/send.ts';
import type { Tally } from '../../core/stats/tally.ts';
import { readEnv } from '../runtime/env.ts';
import { createLogger, describeFault } from '../runtime/logger.ts';
import { type ParsedRecord, sqsHandler } from '../runtime/sqs.ts';
import { composePorts } from './compose.ts';
import { fanoutEnv } from './config.ts';

// Once per cold start.
const logger = createLogger('fanout');
const ports = composePorts(readEnv(fanoutEnv), logger);

// Once per batch: its messages share reads and sends, but succeed or fail individually.
async function fanOutBatch(batch: ParsedRecord<FanoutMessage>[], context: Context): Promise<string[]> {
  const shared = { ...ports, subscriptions: shareReads(ports.subscriptions) };
  const seen: Tally[] = [];
  const outcomes = await Promise.all(
    batch.map(async ({ record, message }) => {
      try {
        const redelivered = Number(record.attributes.ApproximateReceiveCount) > 1;
        const { tallies, ...counts } = await fanOut(message, redelivered, shared);
        seen.push(...tallies);
        logger.info('fanned out', { ...counts, filterTroubles: tallies.length, tenant: message.tenant });
        return undefined;
      } catch (fault) {
        logger.error('A fan-out failed; it will be retried.', { messageId: record.messageId, ...describeFault(fault) });
        return record.messageId;
      }
    }),
  );
  await sendTallies(seen, { ...ports, remainingMs: () => context.getRemainingTimeInMillis() });
  return outcomes.filter((messageId) => messageId !== undefined);
}

// Called by AWS.
export const handler = sqsHandler(fanoutMessage, fanOutBatch, logger);
