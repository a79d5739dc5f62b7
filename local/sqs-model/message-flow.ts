import type { QueueChange } from './journal.ts';
import type { Message, ReceivedMessage, SendInput, StoredMessage } from './message.ts';
import type { Queue } from './queue.ts';
import { receiptHandle } from './receipt.ts';

export interface MessageFlowContext {
  readonly now: () => number;
  readonly newId: () => string;
  readonly queue: (arn: string) => Queue | undefined;
  readonly report: (change: QueueChange) => void;
}

/** The moves that a message can make, each reported to the journal: in, to a consumer, to another queue, out. */
export class MessageFlow {
  readonly #context: MessageFlowContext;

  constructor(context: MessageFlowContext) {
    this.#context = context;
  }

  /** Puts a new message in; without a delay of its own it takes the queue's. */
  add(queue: Queue, input: SendInput): StoredMessage {
    const nowMs = this.#context.now();
    const message: StoredMessage = {
      messageId: this.#context.newId(),
      body: input.body,
      groupId: input.groupId,
      attributes: input.attributes,
      sentAtMs: nowMs,
      delayedUntilMs: nowMs + (input.delaySeconds ?? queue.settings.delaySeconds) * 1000,
      receiveCount: 0,
    };
    queue.add(message, nowMs);
    this.#context.report({ type: 'message', queue: queue.name, message });
    return message;
  }

  /** Delivers a visible message to a consumer and hides it. */
  take(queue: Queue, message: Message, hiddenMs: number): ReceivedMessage {
    const nowMs = this.#context.now();
    const { messageId, receiveCount, firstReceivedAtMs = nowMs } = message.stored;
    message.stored = { ...message.stored, receiveCount: receiveCount + 1, firstReceivedAtMs };
    message.handle = receiptHandle({ queue: queue.name, messageId, receiveId: this.#context.newId() });
    message.receivedAtMs = nowMs;
    queue.hide(message, nowMs + hiddenMs);
    this.#context.report({ type: 'received', queue: queue.name, message: message.stored });
    return { ...message.stored, receiptHandle: message.handle };
  }

  /**
   * Moves a message that was received as often as its redrive policy allows. SQS does so when it would be received once
   * more. It keeps its id, its sent time (so its age counts on) and its receive count.
   */
  moveDead(queue: Queue, message: Message): boolean {
    const { redrive } = queue.settings;
    if (!redrive || message.stored.receiveCount < redrive.maxReceiveCount) return false;
    const target = this.#context.queue(redrive.deadLetterTargetArn);
    if (!target) return false;
    queue.remove(message);
    const moved = { ...message.stored, deadLetterSourceArn: queue.arn };
    target.add(moved, this.#context.now());
    this.#context.report({ type: 'message', queue: target.name, message: moved });
    return true;
  }

  /** Sends a message again as a new one: another id, sent now, received never. */
  redrive(source: Queue, message: Message, destination: Queue): void {
    const { body, groupId, attributes } = message.stored;
    this.add(destination, { body, groupId, attributes });
    this.remove(source, message);
  }

  remove(queue: Queue, message: Message): void {
    queue.remove(message);
    this.#context.report({ type: 'message deleted', queue: queue.name, messageId: message.stored.messageId });
  }

  /** Applies passed time to one queue. */
  settle(queue: Queue): void {
    for (const { stored } of queue.settle(this.#context.now())) {
      this.#context.report({ type: 'message deleted', queue: queue.name, messageId: stored.messageId });
    }
  }
}
