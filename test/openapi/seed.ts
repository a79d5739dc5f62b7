import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { type Client, ok, publish } from '@postrider/client';
import { eventually } from '../e2e/support/eventually.ts';
import { createSqs } from '../e2e/support/queues.ts';
import type { Target } from '../e2e/support/target.ts';

export interface SeedOptions {
  readonly client: Client;
  /** Answers 2xx. */
  readonly goodUrl: string;
  /** Answers 500. */
  readonly badUrl: string;
}

/**
 * Creates some of everything that the API shows: endpoints, delivered and dead events, keys, a job.
 * @returns the ids of an event and of an endpoint.
 */
export async function seed({ client, goodUrl, badUrl }: SeedOptions): Promise<{ eventId: string; endpointId: string }> {
  const create = (body: {
    url: string;
    event_types: string[];
    headers?: Record<string, string>;
    retry_policy?: { max_attempts: number };
  }) => ok(client.POST('/v1/endpoints', { body }));
  const endpoint = await create({ url: goodUrl, event_types: ['*'], headers: { 'x-team': 'billing' } });
  await create({ url: badUrl, event_types: ['order.*'], retry_policy: { max_attempts: 1 } });
  const { id } = await publish(client, { type: 'order.created', data: { number: 0 } });
  const more = Array.from({ length: 4 }, (_, number) => ({ type: 'order.created', data: { number } }));
  await ok(client.POST('/v1/events', { body: more }));
  for (const role of ['viewer', 'producer'] as const) {
    await ok(client.POST('/v1/keys', { body: { name: `a ${role}`, role } }));
  }
  await ok(client.POST('/v1/redrives', { body: {} }));
  return { eventId: id, endpointId: endpoint.id };
}

/**
 * Puts a message into the fan-out's dead-letter queue that nothing can read, and waits until it is listed.
 * @returns its id.
 */
export async function seedUnreadable(client: Client, target: Target): Promise<string> {
  const sqs = createSqs(target);
  const { FanoutQueueUrl } = target.outputs;
  const wanted = { QueueUrl: FanoutQueueUrl, AttributeNames: ['RedrivePolicy' as const] };
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand(wanted));
  const { deadLetterTargetArn } = JSON.parse(Attributes?.RedrivePolicy ?? '{}');
  const QueueUrl = FanoutQueueUrl.replace(/[^/]+$/, String(deadLetterTargetArn).split(':').at(-1) ?? '');
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'not JSON' }));
  sqs.destroy();
  return eventually(async () => {
    const { data } = await ok(client.GET('/v1/unreadable'));
    const [letter] = data;
    if (letter === undefined) throw new Error('The message that nothing can read is not listed.');
    return letter.id;
  });
}
