import type { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type * as z from 'zod';
import { createStatsWriter } from '../../adapters/dynamodb/hourly-stats.ts';
import { systemWait } from '../../adapters/system/system.ts';
import { collectTallies } from '../../core/stats/collect.ts';
import type { TallyMessage } from '../../core/stats/tally.ts';
import { describeFault } from '../runtime/logger.ts';
import type { ParsedRecord } from '../runtime/sqs.ts';
import type { redriveEnv } from './config.ts';

const DAY_MS = 86_400_000;

export interface StatsOptions {
  env: z.output<typeof redriveEnv>;
  logger: Logger;
  client: DynamoDBClient;
}

/** The redrive Lambda's collection of statistics on AWS, for the life of a container. */
export function composeStats({ env, logger, client }: StatsOptions) {
  const ports = {
    stats: createStatsWriter({ client, table: env.LEDGER_TABLE, retentionMs: env.RETENTION_DAYS * DAY_MS }),
    wait: systemWait,
    refused: (fault: unknown) => logger.warn('Statistics could not be written.', describeFault(fault)),
    uncounted: (attempts: number) => logger.warn('Attempts are missing in the statistics.', { attempts }),
  };
  return (batch: readonly ParsedRecord<TallyMessage>[], remainingMs: () => number): Promise<string[]> => {
    const messages = batch.map(({ record, message }) => ({ messageId: record.messageId, tallies: message.tallies }));
    return collectTallies(messages, { ...ports, remainingMs });
  };
}
