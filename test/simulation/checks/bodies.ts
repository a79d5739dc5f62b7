import type { ReceivedDelivery } from '../../../core/deliveries/message.ts';
import type { Container } from '../engine/container.ts';
import type { Judge } from './judge.ts';

/**
 * The bodies that an execution environment of the deliver function holds: those that it reads and those that it POSTs.
 * Between the two it may have given one up, which nobody sees.
 */
export class BodyChecks {
  readonly #judge: Judge;
  readonly #budget: number;
  readonly #held = new WeakMap<Container, Set<{ bytes: number }>>();

  constructor(judge: Judge, budget: number) {
    this.#judge = judge;
    this.#budget = budget;
  }

  /** @returns a function that is called when the body is not held any more. */
  held(bytes: number, container: Container): () => void {
    const all = this.#held.get(container) ?? new Set();
    this.#held.set(container, all);
    const body = { bytes };
    all.add(body);
    const sum = [...all].reduce((total, one) => total + one.bytes, 0);
    this.#judge.check(
      'memory',
      '',
      sum <= this.#budget || all.size === 1,
      () => `${container} holds ${all.size} bodies of ${sum} bytes together`,
    );
    return () => void all.delete(body);
  }

  /** A POST begins. One whose body is in its message costs nothing; a batch may hold copies that only refer to it. */
  posted(messageId: string, body: string, batch: readonly ReceivedDelivery[], container: Container): () => void {
    const isInline = batch.find((received) => received.messageId === messageId)?.message.payload.inline !== undefined;
    return isInline ? () => undefined : this.held(Buffer.byteLength(body), container);
  }
}
