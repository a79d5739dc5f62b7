import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqsEngine } from '../../local/aws/sqs-engine.ts';
import { createVirtualClock, type VirtualClock } from '../contract/queue/virtual-clock.ts';

let dataDir: string;
let clock: VirtualClock;
let engines: SqsEngine[];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'postrider-sqs-'));
  clock = createVirtualClock();
  engines = [];
});

afterEach(async () => {
  for (const engine of engines) await engine.close();
  rmSync(dataDir, { recursive: true });
});

/** Opens the folder without closing its previous user, as if that process had been killed. */
function open(): SqsEngine {
  const engine = new SqsEngine({ dataDir, clock, accountId: '000000000000', region: 'us-east-1' });
  engines.push(engine);
  return engine;
}

test('acknowledged messages survive a kill of the process', async () => {
  const sender = spawn(process.execPath, [join(import.meta.dirname, 'sqs-sender.ts'), dataDir]);
  const acknowledged: string[] = [];
  for await (const messageId of createInterface(sender.stdout)) {
    acknowledged.push(messageId);
    if (acknowledged.length === 500) sender.kill('SIGKILL');
  }
  if (sender.exitCode === null && sender.signalCode === null) await once(sender, 'exit');
  const found = new Set(
    open()
      .model.snapshot()
      .messages.map(({ message }) => message.messageId),
  );
  expect(acknowledged.length).toBeGreaterThanOrEqual(500);
  expect(acknowledged.filter((messageId) => !found.has(messageId))).toEqual([]);
});

test('queues keep their attributes, and messages all of their content', async () => {
  const before = open();
  const dead = await before.createQueue('dead');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead, maxReceiveCount: 5 });
  const queue = await before.createQueue('work', { VisibilityTimeout: '360', RedrivePolicy });
  const attributes = { kind: { dataType: 'String', stringValue: 'x' } };
  await before.send(queue, { body: 'body', groupId: 'g', attributes, delaySeconds: 60 });
  const after = open();
  expect(after.model.snapshot()).toEqual(before.model.snapshot());
  expect(after.model.counts(queue)).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
  await clock.advance(60_000);
  expect(await after.receive(queue)).toMatchObject([{ body: 'body', groupId: 'g', attributes }]);
});

test('in-flight messages are visible again at once, with their receive count', async () => {
  const before = open();
  const queue = await before.createQueue('work', { VisibilityTimeout: '43200' });
  const { messageId } = await before.send(queue, { body: 'held' });
  const [held] = await before.receive(queue);
  await before.send(queue, { body: 'later write, which carries the receive count with it' });
  const after = open();
  expect(after.model.counts(queue)).toEqual({ visible: 2, inFlight: 0, delayed: 0 });
  expect(await after.receive(queue)).toMatchObject([{ messageId, receiveCount: 2 }]);
  await after.delete(queue, held?.receiptHandle ?? '');
  expect(after.model.counts(queue)).toEqual({ visible: 1, inFlight: 1, delayed: 0 });
});

test('deleted messages, deleted queues and policy moves persist', async () => {
  const before = open();
  const dead = await before.createQueue('dead');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead, maxReceiveCount: 1 });
  const queue = await before.createQueue('work', { RedrivePolicy });
  const gone = await before.createQueue('gone');
  await before.send(gone, { body: 'lost with its queue' });
  const { messageId } = await before.send(queue, { body: 'dies' });
  await before.receive(queue, { visibilityTimeoutSeconds: 0 });
  await before.receive(queue);
  await before.send(queue, { body: 'deleted' });
  const [received] = await before.receive(queue);
  await before.delete(queue, received?.receiptHandle ?? '');
  await before.deleteQueue(gone);
  const after = open();
  expect(after.model.listQueues()).toEqual([dead, queue]);
  expect(after.model.counts(queue)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  expect(await after.receive(dead)).toMatchObject([{ messageId, receiveCount: 2, deadLetterSourceArn: queue }]);
});

test('a move task continues where it was', async () => {
  const before = open();
  const dead = await before.createQueue('dead');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead, maxReceiveCount: 1 });
  const queue = await before.createQueue('work', { RedrivePolicy });
  for (let n = 0; n < 4; n += 1) await before.send(queue, { body: `${n}` });
  await before.receive(queue, { max: 10, visibilityTimeoutSeconds: 0 });
  await before.receive(queue);
  await before.startMoveTask({ sourceArn: dead, maxNumberOfMessagesPerSecond: 1 });
  await before.close();
  const after = open();
  await clock.advance(10_000);
  expect(after.model.listMoveTasks(dead)).toMatchObject([{ status: 'COMPLETED', messagesMoved: 4 }]);
  expect(after.model.counts(queue)).toMatchObject({ visible: 4 });
});

test('a closed engine refuses calls', async () => {
  const engine = open();
  const queue = await engine.createQueue('work');
  await engine.close();
  await expect(engine.send(queue, { body: 'x' })).rejects.toThrow('closed');
});
