import { expect, test } from 'vitest';
import type { QueueWorld } from './world.ts';

export function queueRules(given: () => QueueWorld): void {
  // API_CreateQueue
  test('creating a queue again with the same attributes returns it, with others it is refused', async () => {
    const world = given();
    const queue = await world.createQueue('work', { DelaySeconds: '5' });
    expect(await world.createQueue('work', { DelaySeconds: '5' })).toBe(queue);
    await expect(world.createQueue('work', { DelaySeconds: '6' })).rejects.toMatchObject({ name: 'QueueNameExists' });
  });

  // API_CreateQueue
  test.each(['', 'a b', 'x'.repeat(81), 'work.fifo'])('a queue cannot be called %j', async (name) => {
    await expect(given().createQueue(name)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  // API_SetQueueAttributes
  test.each([
    ['DelaySeconds', '901'],
    ['VisibilityTimeout', '43201'],
    ['MessageRetentionPeriod', '59'],
    ['MessageRetentionPeriod', '1209601'],
    ['ReceiveMessageWaitTimeSeconds', '21'],
    ['MaximumMessageSize', '1048577'],
    ['DelaySeconds', 'soon'],
  ])('%s cannot be %s', async (name, value) => {
    const refused = given().createQueue('work', { [name]: value });
    await expect(refused).rejects.toMatchObject({ name: 'InvalidAttributeValue' });
  });

  // API_SetQueueAttributes
  test('an attribute that SQS does not have is refused', async () => {
    const refused = given().createQueue('work', { FifoQueue: 'true' });
    await expect(refused).rejects.toMatchObject({ name: 'InvalidAttributeName' });
  });

  // API_GetQueueAttributes
  test('attributes that were never set have their defaults, others are kept', async () => {
    const world = given();
    const queue = await world.createQueue('work', { VisibilityTimeout: '360', KmsMasterKeyId: 'alias/postrider' });
    await world.setAttributes(queue, { MessageRetentionPeriod: '600' });
    expect(await world.attributes(queue)).toMatchObject({
      QueueArn: 'arn:aws:sqs:us-east-1:000000000000:work',
      VisibilityTimeout: '360',
      MessageRetentionPeriod: '600',
      DelaySeconds: '0',
      MaximumMessageSize: '1048576',
      KmsMasterKeyId: 'alias/postrider',
    });
  });

  // API_DeleteQueue
  test('a deleted queue is gone, and its name is free again after 60 seconds', async () => {
    const world = given();
    const queue = await world.createQueue('work');
    await world.deleteQueue(queue);
    await expect(world.send(queue, { body: 'late' })).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    await expect(world.createQueue('work')).rejects.toMatchObject({ name: 'QueueDeletedRecently' });
    await world.advance(60_000);
    expect(await world.createQueue('work')).toBe(queue);
  });

  // API_PurgeQueue
  test('a purge empties the queue, and is refused within 60 seconds of the last one', async () => {
    const world = given();
    const queue = await world.createQueue('work');
    await world.send(queue, { body: 'one' });
    await world.receive(queue);
    await world.send(queue, { body: 'two' });
    await world.send(queue, { body: 'three', delaySeconds: 60 });
    await world.purge(queue);
    expect(await world.counts(queue)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    await expect(world.purge(queue)).rejects.toMatchObject({ name: 'PurgeQueueInProgress' });
    await world.advance(60_000);
    await world.purge(queue);
  });
}
