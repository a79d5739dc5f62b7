import type { Context } from 'aws-lambda';
import { fanOutBatch } from '../../core/fanout/fan-out-batch.ts';
import { type FanoutMessage, fanoutMessage } from '../../core/fanout/message.ts';
import { sendTallies } from '../../core/stats/send.ts';
import type { Tally } from '../../core/stats/tally.ts';
import { HEARTBEAT_TENANT } from '../../core/tenant.ts';
import { readEnv } from '../runtime/env.ts';
import { createLogger, describeFault } from '../runtime/logger.ts';
import { createMetrics } from '../runtime/metrics.ts';
import { type ParsedRecord, sqsHandler } from '../runtime/sqs.ts';
import { composePorts } from './compose.ts';
import { fanoutEnv } from './config.ts';

// Once per cold start.
const logger = createLogger('fanout');
const env = readEnv(fanoutEnv);
const ports = composePorts(env, logger);
const emit = createMetrics(env.METRICS_STAGE);

// Once per batch: its messages share reads and sends, but succeed or fail individually.
async function fanOutAll(batch: ParsedRecord<FanoutMessage>[], context: Context): Promise<string[]> {
  const remainingMs = () => context.getRemainingTimeInMillis();
  const received = batch.map(({ record, message }) => ({
    messageId: record.messageId,
    redelivered: Number(record.attributes.ApproximateReceiveCount) > 1,
    message,
  }));
  const failed: string[] = [];
  const seen: Tally[] = [];
  let dead = 0;
  const died = ({ tenant }: { tenant: string }) => {
    if (tenant !== HEARTBEAT_TENANT) dead += 1;
  };
  const all = await fanOutBatch(received, { ...ports, died, remainingMs });
  if (dead > 0) emit?.({ Dead: dead });
  for (const fannedOut of all) {
    const { messageId, message } = fannedOut.received;
    if ('result' in fannedOut) {
      const { tallies, ...counts } = fannedOut.result;
      seen.push(...tallies);
      logger.info('fanned out', { ...counts, filterTroubles: tallies.length, tenant: message.tenant });
    } else {
      logger.error('A fan-out failed; it will be retried.', { messageId, ...describeFault(fannedOut.fault) });
      failed.push(messageId);
    }
  }
  await sendTallies(seen, { ...ports, remainingMs });
  return failed;
}

// Called by AWS.
export const handler = sqsHandler(fanoutMessage, fanOutAll, logger);
