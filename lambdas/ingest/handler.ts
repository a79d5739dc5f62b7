import { createSchemaChecker } from '../../adapters/ajv/schema-checker.ts';
import { createKeyStore } from '../../adapters/dynamodb/api-keys.ts';
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createEventTypeReader } from '../../adapters/dynamodb/event-types.ts';
import { createEventLedger } from '../../adapters/dynamodb/events.ts';
import { createSessionReader } from '../../adapters/dynamodb/sessions.ts';
import { createEventBridge, createEventBus } from '../../adapters/eventbridge/event-bus.ts';
import { createPayloadStore, createS3 } from '../../adapters/s3/payload-store.ts';
import { systemClock, systemRandom, systemWait } from '../../adapters/system/system.ts';
import { DAY_MS } from '../../core/durations.ts';
import { createDataValidator } from '../../core/event-types/data-validator.ts';
import { type Published, type PublishPorts, publish } from '../../core/events/publish.ts';
import { createAuthenticator } from '../../core/keys/authenticate.ts';
import { PROBLEMS } from '../../core/problem.ts';
import { HEARTBEAT_TENANT } from '../../core/tenant.ts';
import { readEnv } from '../runtime/env.ts';
import { type HttpRequest, type HttpResponse, httpHandler } from '../runtime/http.ts';
import { createLogger, describeFault } from '../runtime/logger.ts';
import { createMetrics } from '../runtime/metrics.ts';
import { problemOf } from '../runtime/problem-of.ts';
import { traceIdOf } from '../runtime/trace.ts';
import { callerOf } from './caller.ts';
import { ingestEnv } from './config.ts';

// Once per cold start.
const env = readEnv(ingestEnv);
const logger = createLogger('ingest');
const emit = createMetrics(env.METRICS_STAGE);
const client = createDynamoDb();
const [clock, wait, random] = [systemClock, systemWait, systemRandom];
const warn = (message: string, fault: unknown) => logger.warn(message, describeFault(fault));
const keys = createKeyStore({ client, table: env.REGISTRY_TABLE, warn });
const sessions = createSessionReader({ client, table: env.REGISTRY_TABLE, wait });
const authenticate = createAuthenticator({ keys, sessions, clock });
const ports: PublishPorts = {
  payloads: createPayloadStore({ client: createS3(), bucket: env.PAYLOAD_BUCKET }),
  events: createEventLedger({ client, table: env.LEDGER_TABLE, clock, wait, listShards: env.LIST_SHARDS }),
  validateData: createDataValidator({
    eventTypes: createEventTypeReader({ client, table: env.REGISTRY_TABLE, wait }),
    schemas: createSchemaChecker(),
    clock,
  }),
  bus: createEventBus({ client: createEventBridge(), bus: env.EVENT_BUS }),
  clock,
  random,
  wait,
  retentionMs: env.RETENTION_DAYS * DAY_MS,
};

// Once per request.
async function publishRequest(request: HttpRequest): Promise<HttpResponse> {
  const { headers, body } = request;
  const { caller, keyId, principalArn } = await callerOf(request, authenticate);
  const traceId = traceIdOf(headers.traceparent, random);
  const published = await publish({ caller, body, idempotencyKey: headers['idempotency-key'], traceId }, ports).catch(
    (fault: unknown) => {
      const { status } = PROBLEMS[problemOf(fault).kind];
      if (status < 500) logger.info('refused', { status, route: request.routeKey, keyId, principalArn });
      throw fault;
    },
  );
  logger.info('accepted', { events: published.length, firstEventId: published[0]?.id, traceId, principalArn });
  const accepted = countAccepted(published);
  if (accepted > 0) emit?.({ Accepted: accepted });
  const answers = published.map(({ id, duplicate }) => ({ id, duplicate }));
  const isList = body.trimStart().startsWith('[');
  return { status: 202, body: isList ? { events: answers } : answers[0] };
}

/** An event counts once, however often it is published with its idempotency key. The heartbeat has metrics of its own. */
function countAccepted(published: readonly Published[]): number {
  return published.filter(({ tenant, duplicate }) => !duplicate && tenant !== HEARTBEAT_TENANT).length;
}

// Called by AWS.
export const handler = httpHandler(publishRequest, logger);
