import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import type { Container } from '../engine/container.ts';
import type { Facts } from './facts.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const EXPIRY_MARGIN_MS = 3 * HOUR_MS;
const ROUNDS_MAX = 10;

/** What failed on our side is sent again by itself, further and further apart, while its event lasts; else it is dead. */
export class RoundChecks {
  readonly #facts: Facts;
  /** By delivery and cycle. */
  readonly #rounds = new Map<string, number>();

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  written(before: DeliveryRecord | undefined, after: DeliveryRecord, container: Container): void {
    if (container.fn !== 'redrive' || after.lastError !== 'our_fault') return;
    // A job begins a cycle at its first step.
    if (after.status === 'waiting' && after.next.step > 1) this.#sentAgain(before, after);
    else if (after.status === 'dead' && before?.status !== 'dead') this.#died(after);
  }

  #sentAgain(before: DeliveryRecord | undefined, after: DeliveryRecord): void {
    const { judge } = this.#facts;
    const key = `${after.eventId}/${after.endpointId}`;
    const { rounds, dueAt } = this.#next(after);
    this.#rounds.set(`${key} ${after.next.cycle}`, rounds + 1);
    judge.check('own faults', key, rounds < ROUNDS_MAX, () => `sent again after ${rounds} rounds`);
    judge.check(
      'own faults',
      key,
      after.nextAttemptAt === dueAt,
      () => `after ${rounds} rounds the next one is due at ${after.nextAttemptAt}, not ${dueAt}`,
    );
    judge.check(
      'own faults',
      key,
      (after.nextAttemptAt ?? 0) <= after.expiresAt - EXPIRY_MARGIN_MS,
      () => `sent again at ${after.nextAttemptAt}, too close to its expiry at ${after.expiresAt}`,
    );
    judge.check(
      'own faults',
      key,
      this.#isOwed(key, before),
      () =>
        `sent again although its dead letter is behind the record: ${before?.status} ${JSON.stringify(before?.next)}`,
    );
    judge.check('own faults', key, !this.#hasSuccess(key, after), () => 'sent again although its letter has a success');
  }

  #died(record: DeliveryRecord): void {
    const { rounds, dueAt } = this.#next(record);
    this.#facts.judge.check(
      'own faults',
      `${record.eventId}/${record.endpointId}`,
      rounds === ROUNDS_MAX || dueAt > record.expiresAt - EXPIRY_MARGIN_MS,
      () => `dead after ${rounds} rounds, although its event expires at ${record.expiresAt}`,
    );
  }

  /** Whether the letters that this record leaves behind carry the result of a successful POST. */
  #hasSuccess(key: string, { next }: DeliveryRecord): boolean {
    const { contents, posts } = this.#facts;
    const left = [...contents.of(key)].filter(
      ({ queue, cycle, step }) => queue === 'dead' && cycle === next.cycle && step === next.step - 1,
    );
    const isSuccess = (at: number | undefined) =>
      at !== undefined && (posts.get(key) ?? []).some((post) => post.at === at && post.result?.errorCode === null);
    return left.length > 0 && left.every(({ carries }) => isSuccess(carries));
  }

  /** How many rounds of its cycle are over, and when the next one is due. */
  #next({ eventId, endpointId, next, updatedAt }: DeliveryRecord): { rounds: number; dueAt: number } {
    const rounds = this.#rounds.get(`${eventId}/${endpointId} ${next.cycle}`) ?? 0;
    return { rounds, dueAt: updatedAt + Math.min(HOUR_MS, MINUTE_MS * 2 ** rounds) };
  }

  /** Whether a dead letter, or one that was moved back meanwhile, is where the record had got to, or further. */
  #isOwed(key: string, before: DeliveryRecord | undefined): boolean {
    const letters = [...this.#facts.contents.of(key)].filter(({ queue, moved }) => queue === 'dead' || moved);
    if (before === undefined) return letters.length > 0;
    const { next, status, adoptedMessageId, adoptedCopy } = before;
    const isOver = status === 'delivered' || status === 'dead' || status === 'discarded';
    return letters.some(({ cycle, step, messageId, copy }) => {
      if (cycle > next.cycle) return true;
      if (isOver) return false;
      const isAdopted = messageId === adoptedMessageId || copy === adoptedCopy;
      return (cycle === next.cycle && step >= next.step) || (isAdopted && next.step === 1);
    });
  }
}
