import { expect, test } from 'vitest';
import { letDie, type QueueWorld, queueWithDeadLetters, receiveAll, receiveOne } from './world.ts';

export function moveTaskRules(given: () => QueueWorld): void {
  // SQSG/sqs-configure-dead-letter-queue-redrive.html: "redriven messages are considered new messages"
  test('without a destination each message returns to its source, as a new message', async () => {
    const world = given();
    const { queue, deadLetters } = await queueWithDeadLetters(world);
    const { messageId, sentAtMs } = {
      ...(await world.send(queue, { body: 'x', groupId: 'g' })),
      sentAtMs: world.now(),
    };
    await letDie(world, queue);
    await world.startMoveTask({ sourceArn: deadLetters });
    await world.advance(1000);
    const redriven = await receiveOne(world, queue);
    expect(redriven).toMatchObject({ body: 'x', groupId: 'g', receiveCount: 1 });
    expect(redriven.messageId).not.toBe(messageId);
    expect(redriven.sentAtMs).toBeGreaterThan(sentAtMs);
    expect(redriven.deadLetterSourceArn).toBeUndefined();
    expect(await world.counts(deadLetters)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    const [task] = await world.listMoveTasks(deadLetters);
    expect(task).toMatchObject({ status: 'COMPLETED', messagesMoved: 1, messagesToMove: 1, sourceArn: deadLetters });
    expect(task?.taskHandle).toBeUndefined();
  });

  // SQSG/sqs-configure-dead-letter-queue-redrive.html: new messages, with a new retention period
  test('the retention of a redriven message counts from the redrive', async () => {
    const world = given();
    const { queue, deadLetters } = await queueWithDeadLetters(world);
    await world.setAttributes(queue, { MessageRetentionPeriod: '100' });
    await world.send(queue, { body: 'x' });
    await letDie(world, queue);
    await world.advance(90_000);
    await world.startMoveTask({ sourceArn: deadLetters });
    await world.advance(99_000);
    expect(await world.counts(queue)).toMatchObject({ visible: 1 });
    await world.advance(1_000);
    expect(await world.counts(queue)).toMatchObject({ visible: 0 });
  });

  // SQSG/sqs-configure-dead-letter-queue-redrive.html
  test('the oldest message is moved first', async () => {
    const world = given();
    const { queue, deadLetters } = await queueWithDeadLetters(world);
    for (const body of ['first', 'second', 'third']) {
      await world.send(queue, { body });
      await world.advance(1_000);
    }
    await letDie(world, queue);
    await world.startMoveTask({ sourceArn: deadLetters, maxNumberOfMessagesPerSecond: 1 });
    expect(await receiveAll(world, queue)).toMatchObject([{ body: 'first' }]);
    await world.advance(1_000);
    expect(await receiveAll(world, queue)).toMatchObject([{ body: 'second' }]);
  });

  // SQSG/troubleshooting-dlq-redrive.html
  test('a message that was sent to the dead-letter queue by hand fails a task without a destination', async () => {
    const world = given();
    const { deadLetters } = await queueWithDeadLetters(world);
    await world.send(deadLetters, { body: 'by hand' });
    await world.startMoveTask({ sourceArn: deadLetters });
    await world.advance(1000);
    const [task] = await world.listMoveTasks(deadLetters);
    expect(task).toMatchObject({ status: 'FAILED', failureReason: 'CouldNotDetermineMessageSource' });
    expect(await receiveAll(world, deadLetters)).toMatchObject([{ body: 'by hand' }]);
  });

  // API_StartMessageMoveTask, DestinationArn
  test('with a destination every message goes there', async () => {
    const world = given();
    const { queue, deadLetters } = await queueWithDeadLetters(world);
    const elsewhere = await world.createQueue('elsewhere');
    await world.send(queue, { body: 'died' });
    await letDie(world, queue);
    await world.send(deadLetters, { body: 'by hand' });
    await world.startMoveTask({ sourceArn: deadLetters, destinationArn: elsewhere });
    await world.advance(1000);
    const moved = await receiveAll(world, elsewhere);
    expect(moved.map(({ body }) => body).sort()).toEqual(['by hand', 'died']);
  });

  // API_StartMessageMoveTask, API_CancelMessageMoveTask
  test('a task moves at its rate, one at a time per source, and stops when cancelled', async () => {
    const world = given();
    const { queue, deadLetters } = await queueWithDeadLetters(world);
    for (let n = 0; n < 20; n += 1) await world.send(queue, { body: `${n}` });
    await letDie(world, queue);
    const taskHandle = await world.startMoveTask({ sourceArn: deadLetters, maxNumberOfMessagesPerSecond: 2 });
    const second = world.startMoveTask({ sourceArn: deadLetters });
    await expect(second).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await world.advance(3000);
    expect(await world.listMoveTasks(deadLetters)).toMatchObject([
      { status: 'RUNNING', messagesMoved: 7, messagesToMove: 20, maxNumberOfMessagesPerSecond: 2, taskHandle },
    ]);
    expect(await world.cancelMoveTask(taskHandle)).toBe(7);
    await world.advance(60_000);
    expect(await world.counts(queue)).toMatchObject({ visible: 7 });
    expect(await world.counts(deadLetters)).toMatchObject({ visible: 13 });
    expect(await world.listMoveTasks(deadLetters)).toMatchObject([{ status: 'CANCELLED', messagesMoved: 7 }]);
    await expect(world.cancelMoveTask(taskHandle)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  // API_StartMessageMoveTask, API_CancelMessageMoveTask: Errors
  test('a task needs a queue that is a dead-letter queue, a known destination and a rate of 1 to 500', async () => {
    const world = given();
    const { queue, deadLetters } = await queueWithDeadLetters(world);
    const missing = `${queue}-missing`;
    const start = (request: Parameters<QueueWorld['startMoveTask']>[0]) => world.startMoveTask(request);
    await expect(start({ sourceArn: queue })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await expect(start({ sourceArn: missing })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const nowhere = start({ sourceArn: deadLetters, destinationArn: missing });
    await expect(nowhere).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    for (const maxNumberOfMessagesPerSecond of [0, 501]) {
      const refused = start({ sourceArn: deadLetters, maxNumberOfMessagesPerSecond });
      await expect(refused).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    }
    await expect(world.cancelMoveTask('garbage')).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    expect(await world.listMoveTasks(deadLetters)).toEqual([]);
  });

  // SQSG/sqs-configure-dead-letter-queue-redrive.html
  test('a task fails when its destination is deleted, and the remaining messages stay', async () => {
    const world = given();
    const { queue, deadLetters } = await queueWithDeadLetters(world);
    const elsewhere = await world.createQueue('elsewhere');
    for (let n = 0; n < 5; n += 1) await world.send(queue, { body: `${n}` });
    await letDie(world, queue);
    await world.startMoveTask({
      sourceArn: deadLetters,
      destinationArn: elsewhere,
      maxNumberOfMessagesPerSecond: 1,
    });
    await world.deleteQueue(elsewhere);
    await world.advance(5000);
    expect(await world.listMoveTasks(deadLetters)).toMatchObject([
      { status: 'FAILED', failureReason: 'AWS.SimpleQueueService.NonExistentQueue', messagesMoved: 1 },
    ]);
    expect(await world.counts(deadLetters)).toMatchObject({ visible: 4 });
  });

  // API_ListMessageMoveTasks
  test('the list shows the newest task first, by default one, at most ten', async () => {
    const world = given();
    const { deadLetters } = await queueWithDeadLetters(world);
    for (let n = 1; n <= 12; n += 1) {
      await world.startMoveTask({ sourceArn: deadLetters, maxNumberOfMessagesPerSecond: n });
      await world.advance(1000);
    }
    expect(await world.listMoveTasks(deadLetters)).toMatchObject([{ maxNumberOfMessagesPerSecond: 12 }]);
    const ten = await world.listMoveTasks(deadLetters, 10);
    expect(ten.map((task) => task.maxNumberOfMessagesPerSecond)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
    await expect(world.listMoveTasks(deadLetters, 11)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });
}
