import type { QueueAttributes } from '../../../local/sqs-model/attributes.ts';
import type { ReceivedMessage, SendInput } from '../../../local/sqs-model/message.ts';
import type { MoveTaskRecord, StartMoveTask } from '../../../local/sqs-model/move-tasks.ts';
import type { QueueCounts, ReceiveOptions } from '../../../local/sqs-model/options.ts';
import type { BatchEntry, BatchResult } from '../../../local/sqs-model/requests.ts';

/** A receipt handle with the id of its batch entry. */
export type ReceiptEntry = BatchEntry & { readonly receiptHandle: string };

/** A move task as in ListMessageMoveTasks. */
export type ShownTask = Omit<MoveTaskRecord, 'taskId'> & { readonly taskHandle?: string | undefined };

/** An SQS implementation and its clock. Refusals are errors whose `name` is SQS's code. Queues are named by ARN. */
export interface QueueWorld {
  now(): number;
  /** Lets time pass and runs everything due by then. */
  advance(ms: number): Promise<void>;
  createQueue(name: string, attributes?: QueueAttributes): Promise<string>;
  setAttributes(arn: string, attributes: QueueAttributes): Promise<void>;
  attributes(arn: string): Promise<QueueAttributes>;
  deleteQueue(arn: string): Promise<void>;
  deadLetterSources(arn: string): Promise<readonly string[]>;
  counts(arn: string): Promise<QueueCounts>;
  send(arn: string, input: SendInput): Promise<{ messageId: string }>;
  sendBatch(arn: string, entries: readonly (BatchEntry & SendInput)[]): Promise<BatchResult<{ messageId: string }>>;
  receive(arn: string, options?: ReceiveOptions): Promise<readonly Omit<ReceivedMessage, 'delayedUntilMs'>[]>;
  delete(arn: string, receiptHandle: string): Promise<void>;
  deleteBatch(arn: string, entries: readonly ReceiptEntry[]): Promise<BatchResult<object>>;
  changeVisibility(arn: string, receiptHandle: string, seconds: number): Promise<void>;
  changeVisibilityBatch(
    arn: string,
    entries: readonly (ReceiptEntry & { readonly visibilityTimeoutSeconds: number })[],
  ): Promise<BatchResult<object>>;
  purge(arn: string): Promise<void>;
  startMoveTask(request: StartMoveTask): Promise<string>;
  listMoveTasks(sourceArn: string, max?: number): Promise<readonly ShownTask[]>;
  cancelMoveTask(taskHandle: string): Promise<number>;
  close(): Promise<void>;
}

/** Receives until nothing is visible. */
export async function receiveAll(world: QueueWorld, arn: string, options: ReceiveOptions = {}) {
  const all: Omit<ReceivedMessage, 'delayedUntilMs'>[] = [];
  for (;;) {
    const some = await world.receive(arn, { max: 10, ...options });
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** Receives one message, or fails the test. */
export async function receiveOne(world: QueueWorld, arn: string, options: ReceiveOptions = {}) {
  const [message] = await world.receive(arn, options);
  if (!message) throw new Error('No message is visible; the test expected one.');
  return message;
}

/** A queue whose redrive policy names a dead-letter queue. */
export async function queueWithDeadLetters(world: QueueWorld, maxReceiveCount = 2) {
  const deadLetters = await world.createQueue('dead-letters');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: deadLetters, maxReceiveCount });
  return { deadLetters, queue: await world.createQueue('work', { RedrivePolicy }) };
}

/** Receives visible messages, with a visibility timeout of 0, until they move to the dead-letter queue. */
export async function letDie(world: QueueWorld, arn: string, maxReceiveCount = 2): Promise<void> {
  for (let receive = 0; receive <= maxReceiveCount; receive += 1) {
    await receiveAll(world, arn, { visibilityTimeoutSeconds: 1 });
    await world.advance(1000);
  }
}
