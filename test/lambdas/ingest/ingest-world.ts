import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { vi } from 'vitest';
import * as z from 'zod';
import { systemRandom } from '../../../adapters/system/system.ts';
import { type ApiKey, keyHash, mintKey, type NewKey } from '../../../core/keys/key.ts';
import { CAPABILITIES } from '../../../core/sessions/capabilities.ts';
import type { Session } from '../../../core/sessions/session.ts';
import { proxyEvent } from '../../../local/gateway/event.ts';
import type { IamCaller } from '../../../local/gateway/iam.ts';
import { context } from '../../support/lambda.ts';
import { begunSession } from '../../support/sessions.ts';

/** A principal as API Gateway names it. */
export const PRINCIPAL: IamCaller = {
  accessKey: 'ASIAEXAMPLE',
  accountId: '123456789012',
  callerId: 'AROAEXAMPLE:orders',
  cognitoIdentity: null,
  principalOrgId: 'aws:PrincipalOrgID',
  userArn: 'arn:aws:sts::123456789012:assumed-role/orders/orders-service',
  userId: 'AROAEXAMPLE:orders',
};

const entries = z.array(z.object({ DetailType: z.string(), Detail: z.string() }));

export interface PublishingRequest {
  path?: string;
  key?: string | null;
  /** The signer that the gateway reports on a route with IAM authorization. */
  iam?: IamCaller | null;
  body?: string;
  headers?: Readonly<Record<string, string>>;
}

/**
 * The ingest Lambda's handler, as deployed, over stubbed AWS clients: keys are known, and every write succeeds.
 */
export class IngestWorld {
  readonly dynamoDb = mockClient(DynamoDBClient);
  readonly s3 = mockClient(S3Client);
  readonly bus = mockClient(EventBridgeClient);
  /** The handler's log lines. */
  readonly lines: string[] = [];
  readonly #keys = new Map<string, ApiKey>();
  readonly #sessions = new Map<string, Session>();
  #handler: ((event: unknown, context: Context) => Promise<APIGatewayProxyStructuredResultV2>) | undefined;

  async start(): Promise<void> {
    const named = ['REGISTRY_TABLE', 'LEDGER_TABLE', 'PAYLOAD_BUCKET', 'EVENT_BUS'].map((name) => [name, 'x'] as const);
    const environment = {
      ...{ RETENTION_DAYS: '30', LIST_SHARDS: '4', METRICS_STAGE: 'test', AWS_REGION: 'us-east-1' },
      // Powertools then writes to the global console; its metrics too, unless they are disabled.
      ...{ POWERTOOLS_DEV: 'true', POWERTOOLS_METRICS_DISABLED: 'false' },
    };
    for (const [name, value] of [...named, ...Object.entries(environment)]) vi.stubEnv(name, value);
    for (const method of ['info', 'warn', 'error', 'log'] as const) {
      vi.spyOn(console, method).mockImplementation((line: unknown) => void this.lines.push(String(line)));
    }
    this.#standIn();
    const { handler } = await import('../../../lambdas/ingest/handler.ts');
    this.#handler = (event, context) => Promise.resolve(Reflect.apply(handler, undefined, [event, context]));
  }

  #standIn(): void {
    this.dynamoDb.onAnyCommand().resolves({});
    this.s3.onAnyCommand().resolves({});
    this.dynamoDb.on(GetItemCommand).callsFake(({ Key }) => {
      const found = this.#keys.get(Key.pk.S) ?? this.#sessions.get(Key.pk.S);
      return found === undefined ? {} : { Item: { doc: { S: JSON.stringify(found) } } };
    });
    this.bus.on(PutEventsCommand).callsFake(({ Entries }) => ({
      FailedEntryCount: 0,
      Entries: entries.parse(Entries).map((_, index) => ({ EventId: String(index) })),
    }));
  }

  /** Stores a key, by default an unbound producer's. @returns the key itself. */
  key(changes: Partial<NewKey> = {}): string {
    const wanted: NewKey = { name: 'test', role: 'producer', tenant: null, expiresAt: null, ...changes };
    const { key, secret } = mintKey(wanted, Date.now(), systemRandom);
    this.#keys.set(`KEY#${keyHash(secret)}`, key);
    return secret;
  }

  /** Stores a session that was begun, by default a portal's with all capabilities. @returns its token. */
  session(changes: Partial<Session> = {}): string {
    const { session, token } = begunSession({ capabilities: [...CAPABILITIES], ...changes }, Date.now(), systemRandom);
    this.#sessions.set(`SESSION#${session.id}`, session);
    return token;
  }

  revoke(secret: string): void {
    this.#keys.delete(`KEY#${keyHash(secret)}`);
  }

  /** The details of the entries on the bus. */
  get accepted(): string[] {
    return this.bus
      .commandCalls(PutEventsCommand)
      .flatMap((call) => entries.parse(call.args[0].input.Entries))
      .map(({ Detail }) => Detail);
  }

  /** One publish request, as an API Gateway event. */
  async publish(request: PublishingRequest = {}): Promise<{ status: number; type: string; body: string }> {
    const { path = '/v1/events', key = null, iam = null, headers = {} } = request;
    const { body = '{"type":"order.created","data":{}}' } = request;
    const all = { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }), ...headers };
    const event = proxyEvent(
      {
        ...{ method: 'POST', url: path, httpVersion: '1.1', sourceIp: '203.0.113.7' },
        rawHeaders: Object.entries(all).flat(),
        body: Buffer.from(body),
      },
      {
        ...{ accountId: '123456789012', apiId: 'api', routeKey: `POST ${path}`, pathParameters: undefined },
        ...{ requestId: 'r', timeMs: Date.now(), iam },
      },
    );
    if (this.#handler === undefined) throw new Error('Start the world first.');
    const { statusCode = 0, headers: given = {}, body: text = '' } = await this.#handler(event, context);
    return { status: statusCode, type: String(given['content-type']), body: text };
  }
}
