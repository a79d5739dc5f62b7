import { expect, test } from 'vitest';
import { type QueueWorld, receiveAll, receiveOne } from './world.ts';

export function receivingRules(given: () => QueueWorld): void {
  // SQSG/sqs-visibility-timeout.html
  test('a received message is hidden for the visibility timeout and then visible again', async () => {
    const world = given();
    const queue = await world.createQueue('work', { VisibilityTimeout: '40' });
    const { messageId } = await world.send(queue, { body: 'x' });
    const first = await receiveOne(world, queue);
    expect(await world.counts(queue)).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
    await world.advance(39_999);
    expect(await world.receive(queue)).toEqual([]);
    await world.advance(1);
    const second = await receiveOne(world, queue);
    expect(second).toMatchObject({ messageId, receiveCount: 2, firstReceivedAtMs: first.firstReceivedAtMs });
    expect(second.receiptHandle).not.toBe(first.receiptHandle);
  });

  // API_ReceiveMessage
  test('a receive returns at most 10 messages, by default one', async () => {
    const world = given();
    const queue = await world.createQueue('work');
    for (let n = 0; n < 12; n += 1) await world.send(queue, { body: `${n}` });
    expect(await world.receive(queue)).toHaveLength(1);
    expect(await world.receive(queue, { max: 10 })).toHaveLength(10);
    await expect(world.receive(queue, { max: 11 })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await expect(world.receive(queue, { max: 0 })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  // API_ReceiveMessage, VisibilityTimeout
  test('a receive may set its own visibility timeout; one of 0 hides nothing, and takes a message once', async () => {
    const world = given();
    const queue = await world.createQueue('work');
    await world.send(queue, { body: 'x' });
    expect(await world.receive(queue, { max: 10, visibilityTimeoutSeconds: 0 })).toHaveLength(1);
    expect(await world.receive(queue, { max: 10, visibilityTimeoutSeconds: 5 })).toMatchObject([{ receiveCount: 2 }]);
    await world.advance(5000);
    expect(await receiveOne(world, queue)).toMatchObject({ receiveCount: 3 });
  });

  // API_DeleteMessage
  test('a deleted message never returns, and deleting it again is not an error', async () => {
    const world = given();
    const queue = await world.createQueue('work');
    await world.send(queue, { body: 'x' });
    const { receiptHandle } = await receiveOne(world, queue);
    await world.delete(queue, receiptHandle);
    await world.delete(queue, receiptHandle);
    await world.advance(3_600_000);
    expect(await world.receive(queue)).toEqual([]);
    expect(await world.counts(queue)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  // API_DeleteMessage: "the request succeeds, but the message might not be deleted"
  test('the handle of an older receive deletes nothing once the message was received again', async () => {
    const world = given();
    const queue = await world.createQueue('work', { VisibilityTimeout: '10' });
    await world.send(queue, { body: 'x' });
    const stale = await receiveOne(world, queue);
    await world.advance(10_000);
    const current = await receiveOne(world, queue);
    await world.delete(queue, stale.receiptHandle);
    expect(await world.counts(queue)).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
    await world.delete(queue, current.receiptHandle);
    expect(await world.counts(queue)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  // API_DeleteMessage: a message can be deleted after its timeout, as long as nobody received it again
  test('the newest handle deletes the message even after its visibility timeout', async () => {
    const world = given();
    const queue = await world.createQueue('work', { VisibilityTimeout: '10' });
    await world.send(queue, { body: 'x' });
    const { receiptHandle } = await receiveOne(world, queue);
    await world.advance(11_000);
    await world.delete(queue, receiptHandle);
    expect(await world.receive(queue)).toEqual([]);
  });

  // API_DeleteMessage, Errors
  test('an invalid receipt handle is refused', async () => {
    const world = given();
    const queue = await world.createQueue('work');
    await expect(world.delete(queue, 'garbage')).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
  });

  // API_ChangeMessageVisibility
  test('a changed visibility counts from the change, for this receive only', async () => {
    const world = given();
    const queue = await world.createQueue('work', { VisibilityTimeout: '10' });
    await world.send(queue, { body: 'x' });
    const first = await receiveOne(world, queue);
    await world.advance(9000);
    await world.changeVisibility(queue, first.receiptHandle, 60);
    await world.advance(59_999);
    expect(await world.receive(queue)).toEqual([]);
    await world.advance(1);
    await receiveOne(world, queue);
    await world.advance(10_000);
    expect(await receiveOne(world, queue)).toMatchObject({ receiveCount: 3 });
  });

  // API_ChangeMessageVisibility
  test('a visibility timeout of 0 makes the message visible at once', async () => {
    const world = given();
    const queue = await world.createQueue('work');
    await world.send(queue, { body: 'x' });
    await world.changeVisibility(queue, (await receiveOne(world, queue)).receiptHandle, 0);
    expect(await receiveOne(world, queue)).toMatchObject({ receiveCount: 2 });
  });

  // API_ChangeMessageVisibility, Errors
  test('the visibility of a message that is not in flight cannot be changed', async () => {
    const world = given();
    const queue = await world.createQueue('work', { VisibilityTimeout: '10' });
    await world.send(queue, { body: 'x' });
    const { receiptHandle } = await receiveOne(world, queue);
    await world.advance(10_000);
    const late = world.changeVisibility(queue, receiptHandle, 10);
    await expect(late).rejects.toMatchObject({ name: 'MessageNotInflight' });
    await world.delete(queue, receiptHandle);
    const deleted = world.changeVisibility(queue, receiptHandle, 10);
    await expect(deleted).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  // SQSG/sqs-visibility-timeout.html: 12 hours from the receive
  test('a message cannot be hidden for more than 12 hours in all', async () => {
    const world = given();
    const queue = await world.createQueue('work', { VisibilityTimeout: '43200' });
    await world.send(queue, { body: 'x' });
    const { receiptHandle } = await receiveOne(world, queue);
    await world.changeVisibility(queue, receiptHandle, 43_200);
    await world.advance(1000);
    const beyond = world.changeVisibility(queue, receiptHandle, 43_200);
    await expect(beyond).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    const never = world.changeVisibility(queue, receiptHandle, 43_201);
    await expect(never).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  // API_DeleteMessageBatch, API_ChangeMessageVisibilityBatch
  test('batches of deletes and of visibility changes report each entry separately', async () => {
    const world = given();
    const queue = await world.createQueue('work');
    await world.send(queue, { body: 'a' });
    await world.send(queue, { body: 'b' });
    const handles = (await receiveAll(world, queue)).map(({ receiptHandle }) => receiptHandle);
    const [first = '', second = ''] = handles;
    const changed = await world.changeVisibilityBatch(queue, [
      { id: 'shown', receiptHandle: first, visibilityTimeoutSeconds: 0 },
      { id: 'kept', receiptHandle: second, visibilityTimeoutSeconds: 100 },
      { id: 'odd', receiptHandle: 'garbage', visibilityTimeoutSeconds: 100 },
    ]);
    expect(changed.successful).toEqual([{ id: 'shown' }, { id: 'kept' }]);
    expect(changed.failed).toMatchObject([{ id: 'odd', code: 'ReceiptHandleIsInvalid' }]);
    expect(await world.counts(queue)).toEqual({ visible: 1, inFlight: 1, delayed: 0 });
    const deleted = await world.deleteBatch(queue, [
      { id: 'a', receiptHandle: first },
      { id: 'b', receiptHandle: second },
      { id: 'odd', receiptHandle: 'garbage' },
    ]);
    expect(deleted.successful).toEqual([{ id: 'a' }, { id: 'b' }]);
    expect(deleted.failed).toMatchObject([{ id: 'odd', code: 'ReceiptHandleIsInvalid' }]);
    expect(await world.counts(queue)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  // API_DeleteMessageBatch, API_ChangeMessageVisibilityBatch: Errors
  test.each([
    ['no entry', [], 'EmptyBatchRequest'],
    ['11 entries', Array.from({ length: 11 }, (_, n) => `e${n}`), 'TooManyEntriesInBatchRequest'],
    ['an id twice', ['a', 'a'], 'BatchEntryIdsNotDistinct'],
  ])('a batch of deletes or visibility changes with %s is refused as a whole', async (_, ids, code) => {
    const world = given();
    const queue = await world.createQueue('work');
    await world.send(queue, { body: 'x' });
    const { receiptHandle } = await receiveOne(world, queue);
    const entries = ids.map((id) => ({ id, receiptHandle, visibilityTimeoutSeconds: 0 }));
    await expect(world.deleteBatch(queue, entries)).rejects.toMatchObject({ name: code });
    await expect(world.changeVisibilityBatch(queue, entries)).rejects.toMatchObject({ name: code });
    expect(await world.counts(queue)).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
  });

  // API_ReceiveMessage, VisibilityTimeout
  test('a receive cannot hide a message for more than 12 hours', async () => {
    const world = given();
    const queue = await world.createQueue('work');
    const beyond = world.receive(queue, { visibilityTimeoutSeconds: 43_201 });
    await expect(beyond).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  // API_GetQueueAttributes: the three counts; in flight means received, and neither deleted nor visible again
  test('a message counts as in flight however long it is hidden, and a delayed one never does', async () => {
    const world = given();
    const queue = await world.createQueue('work');
    await world.send(queue, { body: 'hidden' });
    await receiveOne(world, queue, { visibilityTimeoutSeconds: 43_200 });
    await world.send(queue, { body: 'delayed', delaySeconds: 900 });
    await world.advance(899_000);
    expect(await world.counts(queue)).toEqual({ visible: 0, inFlight: 1, delayed: 1 });
    await world.advance(43_200_000 - 899_000);
    expect(await world.counts(queue)).toEqual({ visible: 2, inFlight: 0, delayed: 0 });
  });

  // API_SetQueueAttributes, MessageRetentionPeriod
  test('a message is deleted when its retention is over, wherever it is', async () => {
    const world = given();
    const queue = await world.createQueue('work', { MessageRetentionPeriod: '60', VisibilityTimeout: '600' });
    await world.send(queue, { body: 'in flight' });
    await world.receive(queue);
    await world.send(queue, { body: 'visible' });
    await world.send(queue, { body: 'delayed', delaySeconds: 600 });
    await world.advance(59_999);
    expect(await world.counts(queue)).toEqual({ visible: 1, inFlight: 1, delayed: 1 });
    await world.advance(1);
    expect(await world.counts(queue)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  // SQSG/sqs-available-cloudwatch-metrics.html, ApproximateAgeOfOldestMessage
  test('a message received three times goes to the end of the queue', async () => {
    const world = given();
    const queue = await world.createQueue('work');
    await world.send(queue, { body: 'poison' });
    for (let receive = 0; receive < 2; receive += 1) await receiveOne(world, queue, { visibilityTimeoutSeconds: 0 });
    await world.send(queue, { body: 'fresh' });
    expect(await receiveOne(world, queue, { visibilityTimeoutSeconds: 0 })).toMatchObject({ body: 'poison' });
    expect(await receiveOne(world, queue)).toMatchObject({ body: 'fresh' });
    expect(await receiveOne(world, queue)).toMatchObject({ body: 'poison', receiveCount: 4 });
  });
}
