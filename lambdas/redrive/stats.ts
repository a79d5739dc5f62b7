import type { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type * as z from 'zod';
import { createAuditTrail } from '../../adapters/dynamodb/audit.ts';
import { createEndpointStore } from '../../adapters/dynamodb/endpoints.ts';
import { createHealthStore } from '../../adapters/dynamodb/health.ts';
import { createStatsWriter } from '../../adapters/dynamodb/hourly-stats.ts';
import { createSubscriptionWriter } from '../../adapters/dynamodb/subscriptions.ts';
import { systemClock, systemRandom, systemWait } from '../../adapters/system/system.ts';
import { DAY_MS } from '../../core/durations.ts';
import { collectTallies } from '../../core/stats/collect.ts';
import { createFilterReporter } from '../../core/stats/filter-trouble.ts';
import type { TallyMessage } from '../../core/stats/message.ts';
import { describeFault } from '../runtime/logger.ts';
import type { ParsedRecord } from '../runtime/sqs.ts';
import type { redriveEnv } from './config.ts';

export interface StatsOptions {
  env: z.output<typeof redriveEnv>;
  logger: Logger;
  client: DynamoDBClient;
}

/** The redrive Lambda's collection of statistics on AWS, for the life of an execution environment. */
export function composeStats({ env, logger, client }: StatsOptions) {
  const registry = { client, table: env.REGISTRY_TABLE, wait: systemWait };
  const changes = {
    endpoints: createEndpointStore(registry),
    subscriptions: createSubscriptionWriter(registry),
    audit: createAuditTrail({ ...registry, retentionDays: env.AUDIT_RETENTION_DAYS }),
    health: createHealthStore(registry),
    clock: systemClock,
    random: systemRandom,
  };
  const ports = {
    stats: createStatsWriter({ client, table: env.LEDGER_TABLE, retentionMs: env.RETENTION_DAYS * DAY_MS }),
    trouble: createFilterReporter(changes),
    wait: systemWait,
    failed: (fault: unknown) =>
      logger.warn('Statistics could not be written, or a filter problem not reported.', describeFault(fault)),
    uncounted: (events: number) =>
      logger.warn('Attempts or filter failures are missing from the statistics.', { events }),
    unsummed: (hours: number) =>
      logger.warn('Attempts are missing from the statistics of tenants, or of all tenants.', { hours }),
  };
  return (batch: readonly ParsedRecord<TallyMessage>[], remainingMs: () => number): Promise<string[]> => {
    const messages = batch.map(({ record, message }) => ({ messageId: record.messageId, tallies: message.tallies }));
    return collectTallies(messages, { ...ports, remainingMs });
  };
}
