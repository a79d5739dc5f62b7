import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../e2e/support/eventually.ts';
import { createSqs } from '../../e2e/support/queues.ts';
import { always } from '../../e2e/support/receivers.ts';
import { openTenant, type Subscriber, type Tenant } from '../../e2e/support/tenant.ts';
import { untilReceived } from '../../e2e/support/webhooks.ts';
import { deployedTarget } from '../target.ts';

const target = deployedTarget();
const sqs = createSqs(target);

describe('a delivery that is never acknowledged', () => {
  it('ends in the dead-letter queue by the redrive policy, so that AWS knows its source', async () => {
    await using tenant = await openTenant(target, 'dead');
    const { id, letter } = await die(tenant);

    // A new endpoint has not yet answered quickly: its first delivery goes through the slow lane.
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: target.outputs.SlowDeliveryQueueUrl, AttributeNames: ['QueueArn'] }),
    );
    expect(letter.Attributes?.DeadLetterQueueSourceArn).toBe(Attributes?.QueueArn);
    expect(JSON.parse(letter.Body ?? '')).toMatchObject({ eventId: id, tenant: tenant.name });
  });

  it('is delivered when its dead letter is moved back', async () => {
    await using tenant = await openTenant(target, 'moved-back');
    const { subscriber, delivery, letter } = await die(tenant);
    subscriber.hook.answer(always({ status: 204 }));

    await moveBack(sqs, letter);

    await untilReceived(subscriber.hook, 2);
    await eventually(async () =>
      expect(await tenant.api.delivery(delivery)).toMatchObject({ status: 'delivered', cycle: 2, in_dlq: false }),
    );
  });

  it('is delivered when it is replayed', async () => {
    await using tenant = await openTenant(target, 'replayed');
    const { subscriber, delivery } = await die(tenant);
    subscriber.hook.answer(always({ status: 204 }));

    await tenant.api.replay(delivery);

    await untilReceived(subscriber.hook, 2);
    await eventually(async () =>
      expect(await tenant.api.delivery(delivery)).toMatchObject({ status: 'delivered', cycle: 2 }),
    );
  });
});

describe('an endpoint that is gone', () => {
  it('is disabled by its 410', async () => {
    await using tenant = await openTenant(target, 'gone');
    const { endpoint } = await tenant.subscribe({ event_types: ['*'] }, always({ status: 410 }));

    await tenant.publish('order.created', '{}');

    await eventually(async () =>
      expect(await tenant.api.endpoint(endpoint.id)).toMatchObject({ state: 'disabled', disabled_reason: 'gone' }),
    );
  });
});

/** Publishes to a receiver that fails, with one attempt, and waits for the dead letter. */
async function die(tenant: Tenant) {
  const retry_policy = { max_attempts: 1 };
  const subscriber = await tenant.subscribe({ event_types: ['*'], retry_policy }, always({ status: 500 }));
  const { id } = await tenant.publish('order.created', '{"lost":false}');
  const letter = await findDeadLetter(id, subscriber);
  const [dead] = await tenant.api.deliveries({ tenant: tenant.name, status: 'dead' });
  expect(dead).toMatchObject({ event_id: id, in_dlq: true, attempt_count: 1, last_error: 'http_status 500' });
  return { id, subscriber, letter, delivery: dead?.id ?? '' };
}

/** Reads the dead-letter queue as an operator would. Messages of other scenarios become visible again at once. */
function findDeadLetter(eventId: string, { endpoint }: Subscriber): Promise<Message> {
  const command = new ReceiveMessageCommand({
    QueueUrl: target.outputs.DeadLetterQueueUrl,
    MaxNumberOfMessages: 10,
    VisibilityTimeout: 0,
    MessageSystemAttributeNames: ['All'],
  });
  return eventually(async () => {
    const { Messages = [] } = await sqs.send(command);
    const letter = Messages.find(({ Body = '' }) => Body.includes(eventId) && Body.includes(endpoint.id));
    if (letter === undefined) throw new Error(`No letter of ${eventId} is in the dead-letter queue.`);
    return letter;
  });
}

/** Redrives one dead letter: sends the same body in a new message, then deletes the dead letter. */
async function moveBack(client: SQSClient, { Body: MessageBody, ReceiptHandle }: Message): Promise<void> {
  const { DeliveryQueueUrl, DeadLetterQueueUrl } = target.outputs;
  await client.send(new SendMessageCommand({ QueueUrl: DeliveryQueueUrl, MessageBody }));
  await client.send(new DeleteMessageCommand({ QueueUrl: DeadLetterQueueUrl, ReceiptHandle }));
}
