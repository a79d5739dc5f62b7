import type { Logger } from '@aws-lambda-powertools/logger';
import type * as z from 'zod';
import { createPublisher } from '../../adapters/api/publisher.ts';
import { createAuditTrail } from '../../adapters/dynamodb/audit.ts';
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createDataKeyStore } from '../../adapters/dynamodb/data-key.ts';
import { createDeliveryLedger } from '../../adapters/dynamodb/deliveries.ts';
import { createEndpointStore } from '../../adapters/dynamodb/endpoints.ts';
import { createSubscriptionWriter } from '../../adapters/dynamodb/subscriptions.ts';
import { createKeyService, createKms } from '../../adapters/kms/key-service.ts';
import { systemClock, systemRandom, systemWait } from '../../adapters/system/system.ts';
import { beat, type Heartbeat } from '../../core/heartbeat/beat.ts';
import { createHeartbeatSecret, type HeartbeatSecret } from '../../core/heartbeat/receive.ts';
import { createSecretOpener } from '../../core/secrets/vault.ts';
import { describeFault } from '../runtime/logger.ts';
import type { heartbeatEnv } from './config.ts';

/** The heartbeat on AWS, for the life of an execution environment: sending one, and the secret to check it with. */
export function composeHeartbeat(
  env: z.output<typeof heartbeatEnv>,
  logger: Logger,
): { send: () => Promise<Heartbeat>; secret: HeartbeatSecret } {
  const [client, clock, wait, random] = [createDynamoDb(), systemClock, systemWait, systemRandom];
  const registry = { client, table: env.REGISTRY_TABLE, wait };
  const endpoints = createEndpointStore(registry);
  const keys = createKeyService({ client: createKms(), keyArn: env.SECRETS_KEY_ARN });
  const { region, credentials } = client.config;
  const ports = {
    endpoint: {
      endpoints,
      subscriptions: createSubscriptionWriter(registry),
      audit: createAuditTrail({ ...registry, retentionDays: env.AUDIT_RETENTION_DAYS }),
      sealer: { keys, store: createDataKeyStore(registry), clock, random },
      clock,
      random,
    },
    publish: createPublisher({ url: env.PUBLISH_URL, region, credentials }),
    ledger: createDeliveryLedger({
      ...{ client, clock, wait, ledgerTable: env.LEDGER_TABLE, registryTable: env.REGISTRY_TABLE },
      shards: { list: env.LIST_SHARDS, waiting: env.WAITING_SHARDS },
      uncounted: (fault) => logger.warn('A death is not counted.', describeFault(fault)),
    }),
    withinMs: env.ARRIVES_WITHIN_SECONDS * 1_000,
    clock,
    wait,
  };
  return {
    send: () => beat(env.HEARTBEAT_URL, ports),
    secret: createHeartbeatSecret({ endpoints, opener: createSecretOpener(keys, clock), clock }),
  };
}
