import { type QueueAttributes, withDefaults } from './attributes.ts';
import { SqsError } from './errors.ts';
import type { QueueSnapshot } from './journal.ts';
import type { Message, ReceivedMessage, SendInput } from './message.ts';
import { MessageFlow } from './message-flow.ts';
import { type MoveTaskRecord, MoveTasks, type StartMoveTask } from './move-tasks.ts';
import type { QueueCounts, QueueModelOptions, ReceiveOptions } from './options.ts';
import type { Queue } from './queue.ts';
import { readReceiptHandle } from './receipt.ts';
import { QueueRegistry, storedQueue } from './registry.ts';
import {
  type BatchEntry,
  type BatchResult,
  checkBatch,
  checkBatchBytes,
  checkRange,
  checkSend,
  eachEntry,
  invalidParameter,
  visibilityTimeoutSecondsMax,
} from './requests.ts';

/** Messages of one standard queue that may be in flight. Source: SQS message quotas. */
const inFlightMax = 120_000;
const purgeIntervalMs = 60_000;

/** Everything a consumer of the model may call: wrap it to inject faults. */
export type Queues = { [Operation in keyof QueueModel]: QueueModel[Operation] };

/**
 * A model of AWS SQS standard queues, in memory and in virtual time: the simulation and the local engine share it, and
 * test/contract/queue defines the behaviour of SQS. Queues are named by ARN. Every refusal is an SqsError with AWS's
 * code. Nothing happens between calls: a call first applies the time that has passed to the queue it touches.
 */
export class QueueModel {
  readonly #options: QueueModelOptions;
  readonly #registry: QueueRegistry;
  readonly #flow: MessageFlow;
  readonly #tasks: MoveTasks;

  constructor(options: QueueModelOptions) {
    this.#options = options;
    const { now, newId, region = 'us-east-1', accountId = '000000000000' } = options;
    const report = options.journal ?? (() => {});
    this.#registry = new QueueRegistry({ now, region, accountId, report });
    this.#flow = new MessageFlow({ now, newId, report, queue: (arn) => this.#registry.find(arn) });
    this.#tasks = new MoveTasks({
      now,
      newId,
      queues: () => this.#registry.all(),
      queue: (arn) => this.#registry.find(arn),
      settle: (queue) => this.#flow.settle(queue),
      redrive: (source, message, destination) => this.#flow.redrive(source, message, destination),
      report: (task) => report({ type: 'move task', task }),
    });
  }

  /** The ARN of a queue with this name, whether it exists or not. */
  arn(name: string): string {
    return this.#registry.arn(name);
  }

  /** Creates the queue, or finds the same one. @returns its ARN. */
  createQueue(name: string, attributes: QueueAttributes = {}): string {
    return this.#registry.create(name, attributes).arn;
  }

  deleteQueue(arn: string): void {
    this.#registry.delete(arn);
  }

  /** Whether the queue exists. */
  hasQueue(arn: string): boolean {
    return this.#registry.find(arn) !== undefined;
  }

  /** ARNs of all queues, by name. */
  listQueues(): string[] {
    return Array.from(this.#registry.all(), ({ arn }) => arn).sort();
  }

  deadLetterSources(arn: string): string[] {
    this.#registry.get(arn);
    return this.#registry.sourcesOf(arn).map((queue) => queue.arn);
  }

  setAttributes(arn: string, attributes: QueueAttributes): void {
    this.#registry.setAttributes(arn, attributes);
  }

  /** All attributes as SQS shows them, counts included. */
  attributes(arn: string): QueueAttributes {
    const { visible, inFlight, delayed } = this.counts(arn);
    const queue = this.#registry.get(arn);
    return {
      ...withDefaults(queue.attributes),
      QueueArn: arn,
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(inFlight),
      ApproximateNumberOfMessagesDelayed: String(delayed),
      CreatedTimestamp: String(Math.floor(queue.createdAtMs / 1000)),
      LastModifiedTimestamp: String(Math.floor(queue.modifiedAtMs / 1000)),
    };
  }

  /** The queue's ReceiveMessageWaitTimeSeconds: how long a server holds a receive without a time of its own. */
  waitTimeSeconds(arn: string): number {
    return this.#registry.get(arn).settings.waitTimeSeconds;
  }

  counts(arn: string): QueueCounts {
    const queue = this.#settled(arn);
    return { visible: queue.visible, inFlight: queue.inFlight, delayed: queue.delayed };
  }

  send(arn: string, input: SendInput): { messageId: string } {
    const queue = this.#settled(arn);
    checkSend(input, queue.settings.maximumMessageBytes);
    return { messageId: this.#flow.add(queue, input).messageId };
  }

  sendBatch(arn: string, entries: readonly (BatchEntry & SendInput)[]): BatchResult<{ messageId: string }> {
    this.#registry.get(arn);
    checkBatch(entries);
    checkBatchBytes(entries);
    return eachEntry(entries, (entry) => this.send(arn, entry));
  }

  /** Receives up to `max` visible messages and hides them. Never waits: that is the server's part. */
  receive(arn: string, { max = 1, visibilityTimeoutSeconds }: ReceiveOptions = {}): ReceivedMessage[] {
    checkRange('MaxNumberOfMessages', max, [1, 10]);
    checkRange('VisibilityTimeout', visibilityTimeoutSeconds, [0, visibilityTimeoutSecondsMax]);
    const queue = this.#settled(arn);
    if (queue.inFlight >= inFlightMax) throw new SqsError('OverLimit', 'Too many messages in flight.');
    const hiddenMs = (visibilityTimeoutSeconds ?? queue.settings.visibilityTimeoutSeconds) * 1000;
    const received: ReceivedMessage[] = [];
    while (received.length < max && queue.inFlight < inFlightMax) {
      const message = queue.next(this.#options.now(), this.#pick());
      if (!message) break;
      if (!this.#flow.moveDead(queue, message)) received.push(this.#flow.take(queue, message, hiddenMs));
    }
    return received;
  }

  /**
   * When a receive may next find a message: epoch milliseconds, not later than now if one is visible, undefined if the
   * queue is empty.
   */
  nextVisibleAtMs(arn: string): number | undefined {
    const queue = this.#settled(arn);
    return queue.visible > 0 ? this.#options.now() : queue.nextTimerAtMs();
  }

  /** Deletes the message if the handle is that of its newest receive; an older one has no effect, as on AWS. */
  delete(arn: string, handle: string): void {
    const queue = this.#settled(arn);
    const { messageId } = readReceiptHandle(handle, queue.name);
    const message = queue.messages.get(messageId);
    if (message?.handle === handle) this.#flow.remove(queue, message);
  }

  deleteBatch(arn: string, entries: readonly (BatchEntry & { receiptHandle: string })[]): BatchResult<object> {
    this.#registry.get(arn);
    checkBatch(entries);
    return eachEntry(entries, ({ receiptHandle }) => {
      this.delete(arn, receiptHandle);
      return {};
    });
  }

  /**
   * Hides a message in flight for this long from now; 0 makes it visible at once. At most 12 h since it was received.
   */
  changeVisibility(arn: string, handle: string, visibilityTimeoutSeconds: number): void {
    checkRange('VisibilityTimeout', visibilityTimeoutSeconds, [0, visibilityTimeoutSecondsMax]);
    const queue = this.#settled(arn);
    const message = this.#inFlight(queue, handle);
    const untilMs = this.#options.now() + visibilityTimeoutSeconds * 1000;
    if (untilMs - message.receivedAtMs > visibilityTimeoutSecondsMax * 1000) {
      const reason = `Total VisibilityTimeout for the message is beyond the limit [${visibilityTimeoutSecondsMax} seconds]`;
      throw invalidParameter('VisibilityTimeout', visibilityTimeoutSeconds, reason);
    }
    queue.hideUntil(message, untilMs);
  }

  changeVisibilityBatch(
    arn: string,
    entries: readonly (BatchEntry & { receiptHandle: string; visibilityTimeoutSeconds: number })[],
  ): BatchResult<object> {
    this.#registry.get(arn);
    checkBatch(entries);
    return eachEntry(entries, ({ receiptHandle, visibilityTimeoutSeconds }) => {
      this.changeVisibility(arn, receiptHandle, visibilityTimeoutSeconds);
      return {};
    });
  }

  purge(arn: string): void {
    const queue = this.#registry.get(arn);
    const nowMs = this.#options.now();
    if (nowMs - queue.purgedAtMs < purgeIntervalMs) {
      const words = `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`;
      throw new SqsError('PurgeQueueInProgress', words);
    }
    queue.purgedAtMs = nowMs;
    for (const message of [...queue.messages.values()]) this.#flow.remove(queue, message);
  }

  /** @returns the task handle. */
  startMoveTask(request: StartMoveTask): string {
    const handle = this.#tasks.start(request);
    this.#tasks.advance();
    return handle;
  }

  /** The newest tasks of a source first; only a running one shows its handle. */
  listMoveTasks(sourceArn: string, max?: number): readonly (MoveTaskRecord & { readonly taskHandle?: string })[] {
    this.#tasks.advance();
    return this.#tasks.list(sourceArn, max);
  }

  /** @returns the number of messages moved before the task stopped. */
  cancelMoveTask(taskHandle: string): number {
    this.#tasks.advance();
    return this.#tasks.cancel(taskHandle);
  }

  /** Applies the time that has passed everywhere: retention, and the progress of move tasks. */
  advance(): void {
    for (const queue of this.#registry.all()) this.#flow.settle(queue);
    this.#tasks.advance();
  }

  /** When `advance` next has a message to move: epoch milliseconds. */
  nextAdvanceAtMs(): number | undefined {
    return this.#tasks.nextAtMs();
  }

  snapshot(): QueueSnapshot {
    const queues = [...this.#registry.all()];
    return {
      queues: queues.map(storedQueue),
      messages: queues.flatMap(({ name, messages }) =>
        Array.from(messages.values(), ({ stored }) => ({ queue: name, message: stored })),
      ),
      moveTasks: this.#tasks.all,
    };
  }

  /**
   * Fills an empty model. Messages in flight become visible at once, with their receive counts: their consumer died
   * with the process.
   */
  restore({ queues, messages, moveTasks }: QueueSnapshot): void {
    for (const queue of queues) this.#registry.restore(queue);
    for (const { queue, message } of messages) this.#registry.find(this.arn(queue))?.add(message, this.#options.now());
    this.#tasks.restore(moveTasks);
  }

  /**
   * A deleted message is refused with SQS's own message. One whose timeout has passed is refused as documented
   * (API_ChangeMessageVisibility), although AWS has been seen to accept it until it is received again: code must not
   * rely on that.
   */
  #inFlight(queue: Queue, handle: string): Message {
    const message = queue.messages.get(readReceiptHandle(handle, queue.name).messageId);
    if (message?.handle === handle && message.state === 'in flight') return message;
    if (message) throw new SqsError('MessageNotInflight', "The specified message isn't in flight.");
    const reason = 'Message does not exist or is not available for visibility timeout change';
    throw invalidParameter('ReceiptHandle', handle, reason);
  }

  #settled(arn: string): Queue {
    const queue = this.#registry.get(arn);
    this.#flow.settle(queue);
    return queue;
  }

  #pick(): number | undefined {
    const { disorder } = this.#options;
    return disorder && disorder.random() < disorder.chance ? disorder.random() : undefined;
  }
}
