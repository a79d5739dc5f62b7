import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { expect } from 'vitest';
import * as z from 'zod';
import { eventually } from '../support/eventually.ts';
import { inParallel } from '../support/in-parallel.ts';
import { countMessages, createSqs, untilQuiet } from '../support/queues.ts';
import { always } from '../support/receivers.ts';
import type { Target } from '../support/target.ts';
import { openTenant, type Subscriber, type Tenant } from '../support/tenant.ts';
import { publishInLists } from './github.ts';

const ATTEMPTS = 2;

/**
 * A delivery that is never acknowledged is dead in the API and in the dead-letter queue, as AWS's own tools show; they also
 * move it back, and then it arrives.
 */
export async function theDeadComeBack(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'github-dead');
  const sqs = createSqs(target);
  const subscriber = await tenant.subscribe(
    { event_types: ['*'], retry_policy: { initial_delay_seconds: 1, jitter: 0, max_attempts: ATTEMPTS } },
    always({ status: 500 }),
  );
  const ids = (await publishInLists(tenant)).map(({ id }) => id);
  await untilDead(tenant, subscriber, ids);
  await expectDeadLetters(sqs, target, { subscriber, ids });
  expect(subscriber.hook.received).toHaveLength(ids.length * ATTEMPTS);

  subscriber.hook.answer(always({ status: 204 }));
  await moveBack(sqs, target);

  await untilBack(tenant, subscriber, ids);
  await untilQuiet(target);
  expect(await countMessages(sqs, target.outputs.DeadLetterQueueUrl)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  expectEachOnceMore(subscriber, ids);
  sqs.destroy();
}

async function untilDead({ api, name }: Tenant, { endpoint }: Subscriber, ids: readonly string[]): Promise<void> {
  await eventually(
    async () => {
      const deliveries = await api.deliveries({ tenant: name, endpoint_id: endpoint.id, status: 'dead' });
      expect(deliveries.map(({ event_id }) => event_id).toSorted()).toEqual(ids.toSorted());
      for (const delivery of deliveries) {
        expect(delivery).toMatchObject({
          cycle: 1,
          attempt_count: ATTEMPTS,
          last_error: 'http_status 500',
          in_dlq: true,
        });
      }
    },
    { withinMs: 60_000, everyMs: 500 },
  );
}

/** Reads the dead-letter queue as an operator would, and leaves every message there. */
async function expectDeadLetters(
  sqs: SQSClient,
  { outputs: { DeadLetterQueueUrl } }: Target,
  { subscriber, ids }: { subscriber: Subscriber; ids: readonly string[] },
): Promise<void> {
  const letter = z.object({ eventId: z.string(), endpointId: z.string() });
  const receipts = new Map<string, string>();
  const command = new ReceiveMessageCommand({
    QueueUrl: DeadLetterQueueUrl,
    MaxNumberOfMessages: 10,
    VisibilityTimeout: 120,
  });
  await eventually(
    async () => {
      const { Messages = [] } = await sqs.send(command);
      for (const { Body = '', ReceiptHandle = '' } of Messages) {
        const { eventId, endpointId } = letter.parse(JSON.parse(Body));
        if (endpointId === subscriber.endpoint.id) receipts.set(eventId, ReceiptHandle);
      }
      expect(receipts.size).toBe(ids.length);
    },
    { everyMs: 0 },
  );
  expect([...receipts.keys()].toSorted()).toEqual(ids.toSorted());
  await inParallel([...receipts.values()], 8, (ReceiptHandle) =>
    sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: DeadLetterQueueUrl, ReceiptHandle, VisibilityTimeout: 0 })),
  );
}

/** "Start DLQ redrive", as the console does it: without a destination, so SQS itself must know a message's source. */
async function moveBack(sqs: SQSClient, { outputs: { DeadLetterQueueUrl } }: Target): Promise<void> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: DeadLetterQueueUrl, AttributeNames: ['QueueArn'] }),
  );
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: Attributes?.QueueArn }));
}

async function untilBack({ api, name }: Tenant, { endpoint }: Subscriber, ids: readonly string[]): Promise<void> {
  await eventually(
    async () => {
      const deliveries = await api.deliveries({ tenant: name, endpoint_id: endpoint.id, status: 'delivered' });
      expect(deliveries.map(({ event_id }) => event_id).toSorted()).toEqual(ids.toSorted());
      for (const delivery of deliveries) expect(delivery).toMatchObject({ cycle: 2, attempt_count: 1, in_dlq: false });
    },
    { withinMs: 60_000, everyMs: 500 },
  );
}

function expectEachOnceMore({ hook, secret }: Subscriber, ids: readonly string[]): void {
  const seen = Map.groupBy(hook.received, ({ id }) => id);
  expect([...seen.keys()].toSorted()).toEqual(ids.toSorted());
  for (const copies of seen.values()) {
    expect(copies.map(({ headers }) => headers['x-postrider-attempt'])).toEqual(['1', '2', '1']);
    expect(new Set(copies.map(({ body }) => body.toString('base64'))).size).toBe(1);
    for (const { verifiedBy } of copies) expect(verifiedBy).toEqual([secret]);
  }
}
