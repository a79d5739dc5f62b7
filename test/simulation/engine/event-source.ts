import type { ReceivedMessage } from '../../../local/sqs-model/message.ts';
import type { QueueModel } from '../../../local/sqs-model/queue-model.ts';
import type { Chance } from './chance.ts';
import type { OtherFault } from './faults.ts';
import type { Scheduler } from './scheduler.ts';

export interface EventSourceOptions {
  arn: string;
  batchMax: number;
  concurrencyMax: number;
  /** How often a batch is as large as it may be, if there are so many messages. */
  fullBatches: number;
  scheduler: Scheduler;
  chance: Chance;
  queues: QueueModel;
  happens(fault: OtherFault): boolean;
  /** Until when nothing is received, in ms since the epoch. Without it, there are no standstills. */
  standsStillUntil?: () => number;
  /**
   * One invocation with a batch; `done` is called with the message ids that failed, and never if it dies.
   * @returns false if it is throttled.
   */
  invoke(batch: ReceivedMessage[], done: (kept: ReadonlySet<string>) => void, over: () => void): boolean;
  throttled(message: ReceivedMessage): void;
  duplicated(message: ReceivedMessage): void;
  deleted(message: ReceivedMessage): void;
}

const THROTTLED_MS = 30_000;

/**
 * Lambda's event source mapping of one queue: polls, invokes with batches, deletes acknowledged messages. It sometimes
 * delivers a message twice, deletes late, or not at all, as at-least-once delivery allows.
 */
export class EventSource {
  readonly #options: EventSourceOptions;
  #running = 0;
  #pollAt = Number.POSITIVE_INFINITY;

  constructor(options: EventSourceOptions) {
    this.#options = options;
  }

  get running(): number {
    return this.#running;
  }

  /** There may be something to receive at this time. */
  wake(atMs: number): void {
    const { scheduler, chance } = this.#options;
    const at = Math.max(scheduler.now, atMs) + Math.floor(chance.unit() * 60);
    if (at >= this.#pollAt) return;
    this.#pollAt = at;
    scheduler.at(at, () => {
      if (this.#pollAt !== at) return;
      this.#pollAt = Number.POSITIVE_INFINITY;
      this.#poll();
    });
  }

  #poll(): void {
    const { queues, arn, chance, batchMax, concurrencyMax, fullBatches, scheduler } = this.#options;
    const untilMs = this.#options.standsStillUntil?.() ?? scheduler.now;
    if (untilMs > scheduler.now) {
      this.wake(untilMs);
      return;
    }
    while (this.#running < concurrencyMax) {
      const batch: ReceivedMessage[] = [];
      const wanted = chance.happens(fullBatches) ? batchMax : chance.whole(1, batchMax);
      while (batch.length < wanted) {
        const received = queues.receive(arn, { max: Math.min(10, wanted - batch.length) });
        if (received.length === 0) break;
        batch.push(...received);
      }
      if (batch.length === 0) break;
      this.#invoke(batch);
    }
    const next = queues.nextVisibleAtMs(arn);
    // At its limit, the end of an invocation polls again.
    if (next !== undefined && this.#running < concurrencyMax) this.wake(next);
  }

  #invoke(batch: ReceivedMessage[]): void {
    const { happens, duplicated, scheduler, chance } = this.#options;
    this.#start(batch);
    for (const message of batch) {
      if (!happens('sqs duplicate')) continue;
      duplicated(message);
      const delay = chance.happens(0.7) ? chance.unit() * 200 : chance.unit() * 30_000;
      scheduler.after(delay, () => this.#start([message]));
    }
  }

  #start(batch: ReceivedMessage[]): void {
    const { invoke, throttled, scheduler, chance } = this.#options;
    this.#running += 1;
    const over = () => {
      this.#running -= 1;
      this.wake(scheduler.now);
    };
    const isInvoked = invoke(
      batch,
      (kept) => {
        for (const message of batch) if (!kept.has(message.messageId)) this.#delete(message);
      },
      over,
    );
    if (isInvoked) return;
    // The messages are received again after their visibility timeout; this receive counts. The poller pauses.
    for (const message of batch) throttled(message);
    scheduler.after(chance.unit() * THROTTLED_MS, over);
  }

  #delete(message: ReceivedMessage): void {
    const { happens, scheduler, chance, queues, arn, deleted } = this.#options;
    if (happens('delete lost')) return;
    const ms = happens('delete late') ? chance.unit() * 400_000 : chance.unit() * 20;
    scheduler.after(ms, () => {
      deleted(message);
      queues.delete(arn, message.receiptHandle);
    });
  }
}
