import { parseSettings, type QueueAttributes, type QueueSettings } from './attributes.ts';
import { Heap } from './heap.ts';
import type { Message, StoredMessage } from './message.ts';
import { ReadyLine } from './ready-line.ts';

/** From this many receives on, a returning message goes to the end of the line. Source: SQS metrics guide. */
const receivesBeforeBackOfLine = 3;

/** The messages of one queue and their states. The caller passes in the time. */
export class Queue {
  readonly name: string;
  readonly arn: string;
  readonly createdAtMs: number;
  modifiedAtMs: number;
  purgedAtMs = Number.NEGATIVE_INFINITY;
  inFlight = 0;
  readonly messages = new Map<string, Message>();
  readonly #line = new ReadyLine();
  readonly #timers = new Heap<Message>();
  readonly #retention = new Heap<Message>();
  #attributes: QueueAttributes;
  #settings: QueueSettings;
  #order = 0;

  constructor(identity: { name: string; arn: string; createdAtMs: number }, attributes: QueueAttributes) {
    this.name = identity.name;
    this.arn = identity.arn;
    this.createdAtMs = identity.createdAtMs;
    this.modifiedAtMs = identity.createdAtMs;
    this.#attributes = attributes;
    this.#settings = parseSettings(attributes);
  }

  get attributes(): QueueAttributes {
    return this.#attributes;
  }

  get settings(): QueueSettings {
    return this.#settings;
  }

  setAttributes(attributes: QueueAttributes, nowMs: number): void {
    this.#settings = parseSettings(attributes);
    this.#attributes = attributes;
    this.modifiedAtMs = nowMs;
  }

  get visible(): number {
    return this.#line.size;
  }

  get delayed(): number {
    return this.messages.size - this.inFlight - this.#line.size;
  }

  add(stored: StoredMessage, nowMs: number): void {
    const message: Message = {
      stored,
      state: 'delayed',
      order: 0,
      group: this.#line.group(stored.groupId),
      handle: undefined,
      receivedAtMs: 0,
      readyNode: undefined,
      timerNode: undefined,
      retentionNode: undefined,
    };
    this.messages.set(stored.messageId, message);
    message.retentionNode = this.#retention.add(stored.sentAtMs, message);
    if (stored.delayedUntilMs > nowMs) message.timerNode = this.#timers.add(stored.delayedUntilMs, message);
    else this.#show(message);
  }

  /** Removes a message permanently. */
  remove(message: Message): void {
    this.#leave(message);
    if (message.retentionNode) this.#retention.remove(message.retentionNode);
    message.retentionNode = undefined;
    this.messages.delete(message.stored.messageId);
    this.#line.release(message.group);
  }

  /** The visible message to serve next; `pick` in [0, 1) asks for any of them instead. */
  next(nowMs: number, pick?: number): Message | undefined {
    return (pick === undefined ? undefined : this.#line.any(pick)) ?? this.#line.next(this.inFlight, nowMs);
  }

  /** Hides a visible message from other consumers until a time. */
  hide(message: Message, untilMs: number): void {
    this.#leave(message);
    message.state = 'in flight';
    message.timerNode = this.#timers.add(untilMs, message);
    message.group.inFlight += 1;
    this.inFlight += 1;
  }

  /** Changes the time until which a message in flight is hidden. */
  hideUntil(message: Message, untilMs: number): void {
    if (message.timerNode) this.#timers.remove(message.timerNode);
    message.timerNode = this.#timers.add(untilMs, message);
  }

  /** Applies passed time: due messages become visible, expired ones are removed and returned. */
  settle(nowMs: number): Message[] {
    for (let due = this.#timers.peek(); due && due.key <= nowMs; due = this.#timers.peek()) this.#show(due.item);
    const expired: Message[] = [];
    const oldestMs = nowMs - this.#settings.retentionSeconds * 1000;
    for (let old = this.#retention.peek(); old && old.key <= oldestMs; old = this.#retention.peek()) {
      this.remove(old.item);
      expired.push(old.item);
    }
    return expired;
  }

  /** When the next hidden or delayed message becomes visible: epoch milliseconds. */
  nextTimerAtMs(): number | undefined {
    return this.#timers.peek()?.key;
  }

  #show(message: Message): void {
    const first = message.order === 0;
    this.#leave(message);
    if (first || message.stored.receiveCount >= receivesBeforeBackOfLine) {
      this.#order += 1;
      message.order = this.#order;
    }
    message.state = 'ready';
    this.#line.add(message);
  }

  #leave(message: Message): void {
    if (message.state === 'ready') this.#line.remove(message);
    if (message.state === 'in flight') {
      message.group.inFlight -= 1;
      this.inFlight -= 1;
    }
    if (message.timerNode) this.#timers.remove(message.timerNode);
    message.timerNode = undefined;
  }
}
