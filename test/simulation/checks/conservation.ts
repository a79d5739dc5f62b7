import type { OutgoingDelivery } from '../../../core/deliveries/message.ts';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import { HOUR_MS, MINUTE_MS } from '../../../core/durations.ts';
import type { Container } from '../engine/container.ts';
import { isMatch } from './endpoint-truth.ts';
import type { Facts } from './facts.ts';
import { type QueuedMessage, RETENTION_MS } from './queue-contents.ts';

/** Promise 1: after each step, every owed delivery has a message or a stored entry that continues it, or has ended. */
export class Conservation {
  readonly #facts: Facts;
  /** Deliveries that had a message: they are owed from then on, regardless of who sent it. */
  readonly seen = new Set<string>();

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  readonly #dispatched = new Map<string, { container: Container; at: number }>();

  /**
   * A waiting delivery is sent once: its entry is cleared after the send, unless a fault prevents that; and once more when its
   * message is overdue.
   */
  dispatched(messages: readonly OutgoingDelivery[], container: Container, begunAt: number): void {
    const { now, judge } = this.#facts;
    for (const { message } of messages) {
      const key = `${message.eventId}/${message.endpointId}`;
      const position = `${key} ${message.cycle}/${message.step}`;
      const before = this.#dispatched.get(position);
      this.#dispatched.set(position, { container, at: begunAt });
      const record = this.#facts.records.get(key);
      const isOverdue = record !== undefined && this.#isOverdue(record);
      const isSame = record?.next.cycle === message.cycle && record.next.step === message.step;
      const isOnItsWay = record?.status === 'waiting' && record.slot !== null && isSame;
      judge.check('one POST', key, !isOnItsWay || isOverdue, () => `${position} is sent, although it has a slot`);
      if (before === undefined || message.repeat) continue;
      const isSlow = container.faultedAt > now() - 2 * MINUTE_MS;
      const wasHindered = before.container.dead || before.container.faultedAt >= before.at;
      // Since it was read: then the message is stale.
      const hasMoved = record !== undefined && record.next.step > message.step && record.updatedAt > begunAt - 1_000;
      const hadCause = isSlow || wasHindered || isOverdue || hasMoved || now() - before.at < MINUTE_MS / 2;
      judge.check(
        'one POST',
        key,
        hadCause,
        () => `${container} sends ${position} again, after ${before.container} sent it`,
      );
    }
  }

  /** Deliveries of which a queue lost a message, and the `copy` of each of those. */
  readonly #lost = new Set<string>();
  readonly #lostCopies = new Set<string>();

  /**
   * A queue lost a message of a delivery. It may have been its next one, which the record names only later: from now on, what
   * is stored has to continue the delivery, and checked is that it ends.
   */
  lost({ key, copy }: Pick<QueuedMessage, 'key' | 'copy'>): void {
    this.#lost.add(key);
    this.#lostCopies.add(copy);
  }

  /** Whether a queue lost a message of the delivery. */
  hasLost = (key: string): boolean => this.#lost.has(key);

  /** Whether a delivery is dead and its dead letter is kept. */
  hasDeadLetter({ eventId, endpointId, status, deadLetter }: DeliveryRecord): boolean {
    if (status !== 'dead' || deadLetter === null) return false;
    if (this.#facts.now() - deadLetter.sentAt >= RETENTION_MS) return false;
    // A send that was repeated because its answer was lost makes two messages of one copy.
    return (
      !this.#lostCopies.has(deadLetter.copy) ||
      [...this.#facts.contents.of(`${eventId}/${endpointId}`)].some(({ copy }) => copy === deadLetter.copy)
    );
  }

  /** Whether a delivery's message should have been received an hour ago, by the time of the sweep that is a minute ahead. */
  #isOverdue({ status, slot, nextAttemptAt, updatedAt }: DeliveryRecord): boolean {
    const hasMessage = status === 'retrying' || slot !== null;
    return hasMessage && this.#facts.now() > (slot ?? nextAttemptAt ?? updatedAt) + HOUR_MS - MINUTE_MS;
  }

  /** Checks one delivery after one of its messages is gone. */
  check(key: string, why: string): void {
    const { judge } = this.#facts;
    const [eventId = '', endpointId = ''] = key.split('/');
    const isOwed = this.seen.has(key) || this.#facts.records.has(key) || this.isOwed(eventId, endpointId);
    if (!isOwed) return;
    judge.check(
      'conservation',
      key,
      this.#isCarried(key) || this.#lost.has(key),
      () => `nothing continues ${key} ${why}: ${this.#describe(key)}`,
    );
  }

  /** Checks the deliveries of an event after a message that carried the whole event is gone. */
  checkEvent(eventId: string, why: string): void {
    if (this.#facts.contents.carriesEvent(eventId)) return;
    const event = this.#facts.events.get(eventId);
    if (event === undefined) return;
    for (const endpointId of this.#facts.truth.ids()) this.check(`${eventId}/${endpointId}`, why);
  }

  /** Whether an endpoint matched an acknowledged event from its acceptance until its fan-out was done. */
  isOwed(eventId: string, endpointId: string): boolean {
    const event = this.#facts.events.get(eventId);
    if (!event?.acknowledged) return false;
    const { truth, isPaged } = this.#facts;
    // A fan-out in pages may miss an endpoint that changes its patterns meanwhile: a known gap, see docs/promises.md.
    if (isPaged(event.tenant) && truth.wasTouched(endpointId, event.acceptedAt)) return false;
    const until = event.fannedOutAt ?? this.#facts.now();
    const states = truth.within(endpointId, event.acceptedAt, until);
    return states.length > 0 && states.every((endpoint) => isMatch(endpoint, event));
  }

  #isCarried(key: string): boolean {
    const { contents, records, now } = this.#facts;
    const [eventId = ''] = key.split('/');
    const record = records.get(key);
    const messages = [...contents.of(key)];
    if (record === undefined) return messages.length > 0 || contents.carriesEvent(eventId) || this.#isKept(eventId);
    const { next, deadLetter, adoptedMessageId } = record;
    if (messages.some(({ cycle }) => cycle > next.cycle)) return true;
    const hasLiving = () =>
      messages.some(
        ({ cycle, step, messageId, moved, copy }) =>
          (cycle === next.cycle && step >= next.step) ||
          ((messageId === adoptedMessageId || (moved && copy === record.adoptedCopy)) && next.step === 1),
      );
    switch (record.status) {
      case 'delivered':
      case 'discarded':
        return true;
      case 'waiting':
        if (record.waitingFor === 'rate_limit' && record.slot !== null) return hasLiving();
        return record.waitingFor === 'paused' || record.waitingFor === 'circuit' || record.nextAttemptAt !== null;
      case 'retrying':
        return hasLiving();
      case 'dead':
        if (deadLetter === null) return record.deathReason === 'filter';
        if (now() - deadLetter.sentAt >= RETENTION_MS) return true;
        return messages.some(
          ({ messageId, sentAt }) => messageId === deadLetter.messageId || sentAt > deadLetter.firstReceivedAt,
        );
    }
  }

  /** Whether an event that lost a message will be announced again. */
  #isKept(eventId: string): boolean {
    return this.#facts.events.get(eventId)?.lost === true && this.#facts.isUnfinished(eventId);
  }

  #describe(key: string): string {
    const record = this.#facts.records.get(key);
    if (record === undefined) return 'it has no record';
    const { status, next, waitingFor, deadLetter } = record;
    const messages = [...this.#facts.contents.of(key)].map(
      ({ queue, messageId, cycle, step }) => `${queue} ${messageId} ${cycle}/${step}`,
    );
    return JSON.stringify({ status, next, waitingFor, deadLetter, messages });
  }
}
