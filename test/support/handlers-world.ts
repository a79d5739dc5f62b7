import { KMSClient } from '@aws-sdk/client-kms';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { vi } from 'vitest';
import { createKeyService } from '../../adapters/kms/key-service.ts';
import { systemRandom } from '../../adapters/system/system.ts';
import { startOf } from '../../core/deliveries/advance.ts';
import { type DeliveryMessage, deliveryBody } from '../../core/deliveries/message.ts';
import type { DeliveryRecord } from '../../core/deliveries/record.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { type EndpointHealth, freshHealth } from '../../core/endpoints/health.ts';
import { currentSeal } from '../../core/secrets/vault.ts';
import { BUCKET, KEY_ARN, type LocalAws, startLocalAws } from '../contract/local-aws.ts';
import { createDynamoDbWorld, type DynamoDbWorld } from '../contract/stores/dynamodb-world.ts';
import { aMessage, anEndpoint, DAY, SECRET } from './delivery-world.ts';
import { loopbackClient } from './dynamodb.ts';
import { watchConsole } from './emitted.ts';
import { context, record as sqsRecord } from './lambda.ts';

type Handler = (input: unknown, context: Context) => Promise<unknown>;

const QUEUES = {
  ...{ DELIVERY_QUEUE_URL: 'delivery', SLOW_DELIVERY_QUEUE_URL: 'slow', BULK_DELIVERY_QUEUE_URL: 'bulk' },
  ...{ FANOUT_QUEUE_URL: 'fanout', BULK_FANOUT_QUEUE_URL: 'bulk-fanout', DEAD_LETTER_QUEUE_URL: 'dead' },
  ...{ FANOUT_DEAD_LETTER_QUEUE_URL: 'fanout-dead', RULE_DEAD_LETTER_QUEUE_URL: 'rule-dead' },
  ...{ JOBS_QUEUE_URL: 'jobs', STATS_QUEUE_URL: 'stats', CONTINUATIONS_QUEUE_URL: 'continuations' },
};

/** The handlers of deliver and redrive as deployed, over the AWS engines of a local run. Always close it. */
export class HandlersWorld {
  /** What the handlers have written since `watch`. */
  lines: string[] = [];
  #handlers: { deliver: Handler; redrive: Handler } | undefined;
  readonly #aws: LocalAws;
  readonly #stores: DynamoDbWorld;
  readonly #sqs: SQSClient;
  readonly #kms: KMSClient;

  private constructor(aws: LocalAws, stores: DynamoDbWorld) {
    this.#aws = aws;
    this.#stores = stores;
    this.#sqs = new SQSClient(aws.clientOptions);
    this.#kms = new KMSClient(aws.clientOptions);
  }

  static async open(): Promise<HandlersWorld> {
    const aws = await startLocalAws();
    const stores = await createDynamoDbWorld({ client: loopbackClient(aws.port), port: aws.port });
    stores.now = Date.now();
    const world = new HandlersWorld(aws, stores);
    watchConsole();
    await world.#setEnvironment();
    await world.#load();
    return world;
  }

  async #setEnvironment(): Promise<void> {
    const queues = await Promise.all(
      Object.entries(QUEUES).map(async ([variable, QueueName]) => {
        const { QueueUrl = '' } = await this.#sqs.send(new CreateQueueCommand({ QueueName }));
        return [variable, QueueUrl] as const;
      }),
    );
    const { registry, ledger } = this.#stores.tables;
    const variables = {
      ...Object.fromEntries(queues),
      ...{ AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: this.#aws.clientOptions.endpoint },
      ...{ AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
      ...{ REGISTRY_TABLE: registry, LEDGER_TABLE: ledger, PAYLOAD_BUCKET: BUCKET, SECRETS_KEY_ARN: KEY_ARN },
      ...{ EVENT_BUS: 'bus', RETENTION_DAYS: '30', DEAD_LETTER_RETENTION_DAYS: '14', AUDIT_RETENTION_DAYS: '' },
      ...{ LIST_SHARDS: String(this.#stores.listShards), WAITING_SHARDS: String(this.#stores.waitingShards) },
      ...{ FUNCTION_TIMEOUT_SECONDS: '60', DELIVER_TIMEOUT_SECONDS: '60', FUNCTION_MEMORY_MB: '512' },
      ...{ CIRCUIT_OPENS_AFTER_FAILURES: '10', DISABLED_AFTER_DAYS: '5', DISABLED_AFTER_FAILURES: '10' },
      ...{ RELEASE_PER_SECOND: '100', DNS_CANARY: '', EGRESS_ALLOWED_CIDRS: '127.0.0.0/8', EGRESS_ALLOW_HTTP: 'true' },
      ...{ METRICS_STAGE: 'test', LOG_ONE_IN: '1' },
    };
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  }

  /** Once, as in a cold start. */
  async #load(): Promise<void> {
    const { handler: deliver } = await import('../../lambdas/deliver/handler.ts');
    const { handler: redrive } = await import('../../lambdas/redrive/handler.ts');
    this.#handlers = { deliver: callable(deliver), redrive: callable(redrive) };
  }

  /** Forgets what was written. For each test anew: what a test stubs ends with it. */
  watch(): void {
    this.lines = watchConsole();
  }

  /** Stores an endpoint at a URL, with its secret. */
  async endpoint(id: string, changes: Partial<Endpoint>, health: Partial<EndpointHealth> = {}): Promise<void> {
    const tenant = changes.tenant ?? 'acme';
    const seal = await currentSeal({
      keys: createKeyService({ client: this.#kms, keyArn: KEY_ARN }),
      store: this.#stores.dataKeys,
      clock: Date.now,
      random: systemRandom,
    });
    const secret = seal(SECRET, { purpose: 'signing', tenant, endpointId: id, version: 1 });
    await this.#stores.endpoints.put(anEndpoint({ id, secret, ...changes }), null, null);
    await this.#stores.health.put({ ...freshHealth(id), lane: 'fast', ...health, revision: 1 }, 0);
  }

  /** Stores the record of a delivery. */
  async delivery(eventId: string, changes: Partial<DeliveryRecord>): Promise<void> {
    const record = startOf(this.message({ eventId }), Date.now());
    await this.#stores.deliveries.put({ ...record, revision: 1, ...changes }, null);
  }

  /** A message of an event that was accepted just now. */
  message(changes: Partial<DeliveryMessage> = {}): DeliveryMessage {
    const acceptedAt = Date.now();
    return aMessage({ acceptedAt, expiresAt: acceptedAt + 30 * DAY, ...changes });
  }

  /** Puts a text into the dead-letter queue. */
  async deadLetter(message: DeliveryMessage | string): Promise<void> {
    const MessageBody = typeof message === 'string' ? message : deliveryBody(message, systemRandom);
    await this.#sqs.send(new SendMessageCommand({ QueueUrl: process.env.DEAD_LETTER_QUEUE_URL, MessageBody }));
  }

  /** One invocation of deliver with a batch. */
  async deliver(...messages: DeliveryMessage[]): Promise<unknown> {
    const Records = messages.map((message, at) => sqsRecord(`m${at}`, deliveryBody(message, systemRandom)));
    return this.#handlers?.deliver({ Records }, context);
  }

  /** One tick of a scheduled task. */
  async tick(task: string): Promise<unknown> {
    return this.#handlers?.redrive({ task }, context);
  }

  async close(): Promise<void> {
    this.#sqs.destroy();
    this.#kms.destroy();
    this.#stores.client.destroy();
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    await this.#aws.stop();
  }
}

/** A handler is typed for its trigger; here it gets what AWS would send. */
function callable(handler: unknown): Handler {
  return (input, lambdaContext) => Promise.resolve(Reflect.apply(Object(handler), undefined, [input, lambdaContext]));
}
