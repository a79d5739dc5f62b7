import { expect, test } from 'vitest';
import { letDie, type QueueWorld, queueWithDeadLetters, receiveAll, receiveOne } from './world.ts';

export function deadLetterRules(given: () => QueueWorld): void {
  // SQSG/sqs-dead-letter-queues.html
  test('a message moves to the dead-letter queue when it would be received once more than allowed', async () => {
    const world = given();
    const { queue, deadLetters } = await queueWithDeadLetters(world, 2);
    await world.send(queue, { body: 'x' });
    await receiveOne(world, queue, { visibilityTimeoutSeconds: 0 });
    await receiveOne(world, queue, { visibilityTimeoutSeconds: 0 });
    expect(await world.counts(deadLetters)).toMatchObject({ visible: 0 });
    expect(await world.receive(queue)).toEqual([]);
    expect(await world.counts(deadLetters)).toMatchObject({ visible: 1 });
  });

  // SQSG/setting-up-dead-letter-queue-retention.html, API_ReceiveMessage (attributes)
  test('a moved message keeps its id, body, group, age and receive count, and has its source', async () => {
    const world = given();
    const { queue, deadLetters } = await queueWithDeadLetters(world, 2);
    const attributes = { kind: { dataType: 'String', stringValue: 'delivery' } };
    const sentAtMs = world.now();
    const { messageId } = await world.send(queue, { body: 'x', groupId: 'endpoint-1', attributes });
    await letDie(world, queue, 2);
    const dead = await receiveOne(world, deadLetters);
    expect(dead).toMatchObject({ messageId, body: 'x', groupId: 'endpoint-1', attributes, sentAtMs });
    expect(dead).toMatchObject({ receiveCount: 3, deadLetterSourceArn: queue, firstReceivedAtMs: sentAtMs });
  });

  // API_ReceiveMessage: DeadLetterQueueSourceArn is for messages that SQS moved
  test('a message sent to the dead-letter queue by hand has no source', async () => {
    const world = given();
    const { deadLetters } = await queueWithDeadLetters(world);
    await world.send(deadLetters, { body: 'x' });
    expect((await receiveOne(world, deadLetters)).deadLetterSourceArn).toBeUndefined();
  });

  // SQSG/sqs-dead-letter-queues.html
  test('a dead message makes room for a live one in the same receive', async () => {
    const world = given();
    const { queue, deadLetters } = await queueWithDeadLetters(world, 1);
    await world.send(queue, { body: 'dead' });
    await receiveOne(world, queue, { visibilityTimeoutSeconds: 0 });
    await world.send(queue, { body: 'alive' });
    expect(await receiveAll(world, queue)).toMatchObject([{ body: 'alive' }]);
    expect(await receiveAll(world, deadLetters)).toMatchObject([{ body: 'dead' }]);
  });

  // SQSG/setting-up-dead-letter-queue-retention.html: the retention of a standard queue's dead letters counts from the send
  test('retention in the dead-letter queue counts from when the message was first sent', async () => {
    const world = given();
    const { queue, deadLetters } = await queueWithDeadLetters(world, 1);
    await world.setAttributes(deadLetters, { MessageRetentionPeriod: '100' });
    await world.send(queue, { body: 'x' });
    await receiveOne(world, queue, { visibilityTimeoutSeconds: 60 });
    await world.advance(60_000);
    await world.receive(queue);
    expect(await world.counts(deadLetters)).toMatchObject({ visible: 1 });
    await world.advance(40_000);
    expect(await world.counts(deadLetters)).toMatchObject({ visible: 0 });
  });

  // API_DeleteMessage: a handle belongs to one receive from one queue
  test('a handle from the source queue cannot delete the message in the dead-letter queue', async () => {
    const world = given();
    const { queue, deadLetters } = await queueWithDeadLetters(world, 1);
    await world.send(queue, { body: 'x' });
    const { receiptHandle } = await receiveOne(world, queue, { visibilityTimeoutSeconds: 0 });
    await world.receive(queue);
    await world.delete(queue, receiptHandle);
    const elsewhere = world.delete(deadLetters, receiptHandle);
    await expect(elsewhere).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
    expect(await world.counts(deadLetters)).toMatchObject({ visible: 1 });
  });

  // API_SetQueueAttributes, RedrivePolicy and RedriveAllowPolicy
  test('a redrive policy needs an existing queue that allows it, and 1 to 1000 receives', async () => {
    const world = given();
    const closed = await world.createQueue('closed', { RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' });
    const open = await world.createQueue('open');
    const policy = (deadLetterTargetArn: string, maxReceiveCount: number) => ({
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }),
    });
    for (const attributes of [policy(closed, 5), policy(`${open}-missing`, 5), policy(open, 0), policy(open, 1001)]) {
      await expect(world.createQueue('work', attributes)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    }
    const queue = await world.createQueue('work', policy(open, 1000));
    expect(await world.deadLetterSources(open)).toEqual([queue]);
    expect(await world.deadLetterSources(closed)).toEqual([]);
  });
}
