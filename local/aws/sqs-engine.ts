import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { QueueAttributes } from '../sqs-model/attributes.ts';
import { SqsError } from '../sqs-model/errors.ts';
import type { ReceivedMessage, SendInput } from '../sqs-model/message.ts';
import type { StartMoveTask } from '../sqs-model/move-tasks.ts';
import { QueueModel } from '../sqs-model/queue-model.ts';
import type { BatchEntry, BatchResult } from '../sqs-model/requests.ts';
import type { EngineClock } from './clock.ts';
import { SqsStore } from './sqs-store.ts';

/** How long a receive count may stay unwritten while nothing else is written. */
const receiveCountFlushMs = 200;

export interface SqsEngineOptions {
  /** Folder of sqs.db; without it, nothing survives the process. */
  readonly dataDir?: string | undefined;
  readonly clock: EngineClock;
  readonly accountId: string;
  readonly region: string;
}

export interface EngineReceive {
  /** 1 to 10, default 1. */
  readonly max?: number | undefined;
  readonly visibilityTimeoutSeconds?: number | undefined;
  /** How long to wait for a first message, default 0. A wait ends as soon as one is visible. */
  readonly waitMs?: number | undefined;
  /** Ends the wait without a message when the client is gone. */
  readonly signal?: AbortSignal | undefined;
}

interface Waiter {
  readonly receive: EngineReceive;
  readonly deadlineMs: number;
  readonly answer: (messages: ReceivedMessage[]) => void;
  readonly fail: (error: unknown) => void;
  readonly abandon: () => void;
}

/**
 * Queues of a local run, for callers in this process; sqs.ts adds the wire protocol. A call that changes
 * something resolves when the change is on disk. All changes of one turn of the event loop share a transaction, so
 * concurrent senders share its cost; then the waiting receives are served.
 */
export class SqsEngine {
  readonly model: QueueModel;
  readonly #clock: EngineClock;
  readonly #store: SqsStore | undefined;
  readonly #waiting = new Map<string, Waiter[]>();
  #turn: Promise<void> | undefined;
  #urgent = false;
  #lateFlush: NodeJS.Timeout | undefined;
  #cancelAlarm: (() => void) | undefined;
  #failure: Error | undefined;
  #closed: Promise<void> | undefined;

  constructor({ dataDir, clock, accountId, region }: SqsEngineOptions) {
    this.#clock = clock;
    if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true });
    this.#store = dataDir === undefined ? undefined : new SqsStore(join(dataDir, 'sqs.db'));
    this.model = new QueueModel({
      now: () => clock.now(),
      newId: randomUUID,
      region,
      accountId,
      journal: (change) => {
        if (this.#store?.record(change)) this.#urgent = true;
      },
    });
    if (!this.#store) return;
    this.model.restore(this.#store.load());
    this.#plan();
  }

  /** Creates the queue, or finds an existing identical one. @returns its ARN. */
  async createQueue(name: string, attributes: QueueAttributes = {}): Promise<string> {
    return this.#change(() => this.model.createQueue(name, attributes));
  }

  async setAttributes(arn: string, attributes: QueueAttributes): Promise<void> {
    return this.#change(() => this.model.setAttributes(arn, attributes));
  }

  async deleteQueue(arn: string): Promise<void> {
    return this.#change(() => this.model.deleteQueue(arn));
  }

  async send(arn: string, input: SendInput): Promise<{ messageId: string }> {
    return this.#change(() => this.model.send(arn, input));
  }

  async sendBatch(
    arn: string,
    entries: readonly (BatchEntry & SendInput)[],
  ): Promise<BatchResult<{ messageId: string }>> {
    return this.#change(() => this.model.sendBatch(arn, entries));
  }

  async delete(arn: string, receiptHandle: string): Promise<void> {
    return this.#change(() => this.model.delete(arn, receiptHandle));
  }

  async deleteBatch(
    arn: string,
    entries: readonly (BatchEntry & { receiptHandle: string })[],
  ): Promise<BatchResult<object>> {
    return this.#change(() => this.model.deleteBatch(arn, entries));
  }

  async changeVisibility(arn: string, receiptHandle: string, visibilityTimeoutSeconds: number): Promise<void> {
    return this.#change(() => this.model.changeVisibility(arn, receiptHandle, visibilityTimeoutSeconds));
  }

  async changeVisibilityBatch(
    arn: string,
    entries: readonly (BatchEntry & { receiptHandle: string; visibilityTimeoutSeconds: number })[],
  ): Promise<BatchResult<object>> {
    return this.#change(() => this.model.changeVisibilityBatch(arn, entries));
  }

  async purge(arn: string): Promise<void> {
    return this.#change(() => this.model.purge(arn));
  }

  /** @returns the task handle. The task runs in the background. */
  async startMoveTask(request: StartMoveTask): Promise<string> {
    return this.#change(() => this.model.startMoveTask(request));
  }

  /** @returns the number of messages moved before the task stopped. */
  async cancelMoveTask(taskHandle: string): Promise<number> {
    return this.#change(() => this.model.cancelMoveTask(taskHandle));
  }

  /** Receives visible messages, optionally waiting for a first one. */
  async receive(arn: string, receive: EngineReceive = {}): Promise<ReceivedMessage[]> {
    if (this.#failure) throw this.#failure;
    const { waitMs = 0, signal } = receive;
    const messages = this.#tryReceive(arn, receive, waitMs > 0);
    this.#endTurn();
    if (messages.length > 0 || waitMs <= 0 || signal?.aborted) return messages;
    return new Promise((answer, fail) => {
      const abandon = () => this.#release(arn, waiter, []);
      const waiter = { receive, deadlineMs: this.#clock.now() + waitMs, answer, fail, abandon };
      this.#waiting.set(arn, [...(this.#waiting.get(arn) ?? []), waiter]);
      signal?.addEventListener('abort', abandon);
      this.#endTurn();
    });
  }

  /** Writes pending changes, ends every wait without a message, and closes the file. Closing twice is allowed. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#turn;
    this.#cancelAlarm?.();
    clearTimeout(this.#lateFlush);
    for (const [arn, waiters] of this.#waiting) for (const waiter of waiters) this.#release(arn, waiter, []);
    if (!this.#failure) this.#store?.flush();
    this.#store?.close();
    this.#failure = new Error('The local SQS is closed. Open it again to use it.');
  }

  async #change<Result>(act: () => Result): Promise<Result> {
    if (this.#failure) throw this.#failure;
    const result = act();
    const written = this.#endTurn();
    if (this.#urgent) await written;
    return result;
  }

  /** Once per turn of the event loop: write, serve waiting receives, set the timer. */
  #endTurn(): Promise<void> {
    this.#turn ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        this.#turn = undefined;
        try {
          this.#settle();
          resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
    // A turn that no call waits for may fail too; the error is kept and fails every later call.
    this.#turn.catch(() => {});
    return this.#turn;
  }

  #settle(): void {
    for (const arn of [...this.#waiting.keys()]) this.#serve(arn);
    this.#write();
    this.#plan();
  }

  #write(): void {
    if (!this.#store || this.#failure) return;
    if (!this.#urgent) {
      this.#lateFlush ??= setTimeout(() => this.#flushLate(), receiveCountFlushMs).unref();
      return;
    }
    this.#urgent = false;
    this.#flush();
  }

  #flushLate(): void {
    try {
      this.#flush();
    } catch {
      // No call waits for this write. The error is kept and fails every later call.
    }
  }

  #flush(): void {
    clearTimeout(this.#lateFlush);
    this.#lateFlush = undefined;
    try {
      this.#store?.flush();
    } catch (error) {
      // Memory and disk now differ; continuing would acknowledge changes that a restart loses.
      const words = 'The local SQS cannot write to its file and has stopped. Free some disk space and start again.';
      this.#failure = new Error(words, { cause: error });
      throw this.#failure;
    }
  }

  #serve(arn: string): void {
    const now = this.#clock.now();
    for (const waiter of this.#waiting.get(arn) ?? []) {
      try {
        const messages = this.#tryReceive(arn, waiter.receive, true);
        if (messages.length > 0 || waiter.deadlineMs <= now) this.#release(arn, waiter, messages);
      } catch (error) {
        this.#drop(arn, waiter);
        waiter.fail(error);
      }
    }
  }

  /** With too many messages in flight, a short poll is refused and a long poll returns nothing. Source: SQS quotas. */
  #tryReceive(arn: string, receive: EngineReceive, long: boolean): ReceivedMessage[] {
    try {
      return this.model.receive(arn, receive);
    } catch (error) {
      if (long && error instanceof SqsError && error.code === 'OverLimit') return [];
      throw error;
    }
  }

  #release(arn: string, waiter: Waiter, messages: ReceivedMessage[]): void {
    this.#drop(arn, waiter);
    waiter.answer(messages);
  }

  #drop(arn: string, waiter: Waiter): void {
    waiter.receive.signal?.removeEventListener('abort', waiter.abandon);
    const rest = (this.#waiting.get(arn) ?? []).filter((other) => other !== waiter);
    if (rest.length > 0) this.#waiting.set(arn, rest);
    else this.#waiting.delete(arn);
  }

  /** Sets the timer for the next change that no call triggers: the end of a wait, a due message, a task's move. */
  #plan(): void {
    this.#cancelAlarm?.();
    const now = this.#clock.now();
    const times = [this.model.nextAdvanceAtMs() ?? Number.POSITIVE_INFINITY];
    for (const [arn, waiters] of this.#waiting) {
      times.push(...waiters.map(({ deadlineMs }) => deadlineMs));
      const visibleAtMs = this.model.hasQueue(arn) ? this.model.nextVisibleAtMs(arn) : undefined;
      // Visible but not served, because too much is in flight. The next delete will serve it; a timer would spin.
      if (visibleAtMs !== undefined && visibleAtMs > now) times.push(visibleAtMs);
    }
    const at = Math.min(...times);
    this.#cancelAlarm = Number.isFinite(at) ? this.#clock.wakeAt(at, () => this.#wake()) : undefined;
  }

  #wake(): void {
    if (this.#failure) return;
    this.model.advance();
    this.#endTurn();
  }
}
