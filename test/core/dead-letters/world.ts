import { createMemoryDeadLetterQueue } from '../../../adapters/memory/dead-letters.ts';
import { createMemoryEndedDeliveries } from '../../../adapters/memory/ended-deliveries.ts';
import type { ReceivedDeadLetter } from '../../../core/dead-letters/dead-letter.ts';
import { type ReconcilePorts, reconcileDeadLetters } from '../../../core/dead-letters/reconcile.ts';
import { deliveryMessage } from '../../../core/deliveries/message.ts';
import { DAY, DeliveryWorld } from '../../support/delivery-world.ts';

/** A world in which the dead-letter queue is cared for. */
export class LetterWorld extends DeliveryWorld {
  readonly unreadable: ReceivedDeadLetter[] = [];
  /** How often letters were asked for. */
  receives = 0;
  janitor: ReconcilePorts;

  constructor() {
    super();
    const letters = createMemoryDeadLetterQueue(this.queues, this.deadLetters);
    const { receive } = letters;
    letters.receive = () => {
      this.receives += 1;
      return receive();
    };
    this.janitor = {
      deadLetters: letters,
      ended: createMemoryEndedDeliveries(this.ledger.records),
      ledger: this.ledger,
      memory: { rest: null },
      unreadable: (letter) => this.unreadable.push(letter),
      clock: () => this.now,
      remainingMs: () => 60_000,
      deadLetterRetentionMs: 14 * DAY,
    };
  }

  care(): Promise<number> {
    return reconcileDeadLetters(this.janitor);
  }

  /** Every message that is visible crashes its invocation until the redrive policy moves it. */
  crash(): void {
    for (let receive = 0; receive < 5; receive++) {
      while (this.receive().length > 0);
      this.now += 361_000;
    }
    this.receive();
  }

  /** The ids of what lies in the queue; nothing is hidden by looking. */
  letters(): string[] {
    return this.#stored().map(({ message }) => message.messageId);
  }

  /** The events of what lies in the queue. */
  eventsOfLetters(): string[] {
    return this.#stored().map(({ message: { body } }) => deliveryMessage.parse(JSON.parse(body)).eventId);
  }

  #stored() {
    return this.queues.snapshot().messages.filter(({ queue }) => queue === 'dead');
  }

  /** "Start DLQ redrive", and time for it. */
  redrive(): void {
    this.queues.startMoveTask({ sourceArn: this.deadLetters });
    this.now += 60_000;
    this.queues.advance();
  }

  /** Letters less dead deliveries. */
  difference(): number {
    const dead = [...this.ledger.records.values()].filter(({ status }) => status === 'dead');
    return this.letters().length - dead.length;
  }
}
