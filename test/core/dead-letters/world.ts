import type { ReceivedDeadLetter } from '../../../core/dead-letters/dead-letter.ts';
import { type ReconcilePorts, reconcileDeadLetters } from '../../../core/dead-letters/reconcile.ts';
import { deliveryMessage } from '../../../core/deliveries/message.ts';
import { HOUR_MS } from '../../../core/durations.ts';
import { createMemoryDeadLetterQueue } from '../../fakes/dead-letters.ts';
import { createMemoryDeathCounts, createMemoryReconciliation } from '../../fakes/death-counts.ts';
import { DAY, DeliveryWorld, START } from '../../support/delivery-world.ts';

/** An event that expires so soon that what fails on our side for five receives is not sent again: its delivery is dead. */
export const EXPIRES_SOON = { expiresAt: START + 3.5 * HOUR_MS };

/** A delivery world whose dead-letter queue is reconciled. */
export class DeadLetterWorld extends DeliveryWorld {
  readonly unreadable: ReceivedDeadLetter[] = [];
  /** How often the dead-letter queue was read. */
  receives = 0;
  reconcilePorts: ReconcilePorts;

  constructor() {
    super();
    const deadLetterQueue = createMemoryDeadLetterQueue(this.queues, this.deadLetters);
    const { receive } = deadLetterQueue;
    deadLetterQueue.receive = () => {
      this.receives += 1;
      return receive();
    };
    this.reconcilePorts = {
      deadLetters: deadLetterQueue,
      deaths: createMemoryDeathCounts(this.ledger.deaths, () => this.ledger.records.values()),
      ledger: this.ledger,
      state: createMemoryReconciliation(),
      unreadable: (message) => this.unreadable.push(message),
      clock: () => this.now,
      remainingMs: () => 60_000,
      deadLetterRetentionMs: 14 * DAY,
    };
  }

  reconcile(): Promise<number> {
    return reconcileDeadLetters(this.reconcilePorts);
  }

  /** Every visible message crashes its invocation until the redrive policy moves it. */
  crash(): void {
    for (let receive = 0; receive < 5; receive++) {
      while (this.receive().length > 0);
      this.now += 361_000;
    }
    this.receive();
  }

  /** The ids of the messages in the dead-letter queue; reading them hides none. */
  deadLetterIds(): string[] {
    return this.#stored().map(({ message }) => message.messageId);
  }

  /** The event of each message in the dead-letter queue. */
  deadLetterEvents(): string[] {
    return this.#bodies().map(({ eventId }) => eventId);
  }

  /** The `copy` of each message in the dead-letter queue. */
  deadLetterCopies(): string[] {
    return this.#bodies().map(({ copy }) => copy);
  }

  #bodies() {
    return this.#stored().map(({ message: { body } }) => deliveryMessage.parse(JSON.parse(body)));
  }

  #stored() {
    return this.queues.snapshot().messages.filter(({ queue }) => queue === 'dead');
  }

  /** "Start DLQ redrive", and the time that it takes. */
  redrive(): void {
    this.queues.startMoveTask({ sourceArn: this.deadLetters });
    this.now += 60_000;
    this.queues.advance();
  }

  /** The number of dead letters minus that of dead deliveries. */
  difference(): number {
    const dead = [...this.ledger.records.values()].filter(({ status }) => status === 'dead');
    return this.deadLetterIds().length - dead.length;
  }
}
