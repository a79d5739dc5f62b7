import type { OutgoingDelivery, ReceivedDelivery } from '../../../core/deliveries/message.ts';
import type { RateMarks } from '../../../core/rate/slots.ts';
import type { Facts, Post } from './facts.ts';

const SECOND_MS = 1_000;
const TEN_SECONDS_MS = 10_000;
/** An appointment is in whole milliseconds at the receiver of a delay, and in thousandths in the line. */
const ROUNDING_MS = 1;

interface Passed {
  endpointId: string;
  count: number;
  nowMs: number;
  marks: RateMarks | undefined;
}

/** Rate limits, counted at the start of each POST, whatever happened before; and who is let through, in which order. */
export class RateChecks {
  readonly #facts: Facts;
  /** When each endpoint was posted to, of late. */
  readonly #posts = new Map<string, number[]>();
  /** Which attempt each appointment was given to. */
  readonly #owners = new Map<string, string>();

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  /** No sliding second has more than twice the limit, and no ten seconds more than eleven times. Both ends count. */
  posted({ endpointId, key }: Post): void {
    const { judge, truth, now } = this.#facts;
    const limit = truth.any(endpointId)?.rateLimitPerSecond;
    if (!limit) return;
    const posts = [...(this.#posts.get(endpointId) ?? []).filter((at) => at >= now() - TEN_SECONDS_MS), now()];
    this.#posts.set(endpointId, posts);
    const inSecond = posts.filter((at) => at >= now() - SECOND_MS).length;
    judge.check('rate', key, inSecond <= 2 * limit, () => `${inSecond} POSTs in a second, at ${limit} a second`);
    judge.check(
      'rate',
      key,
      posts.length <= 11 * limit,
      () => `${posts.length} POSTs in ten seconds, at ${limit} a second`,
    );
  }

  /** Some were let through the gate: while others stand in the line, only those that have stood in it. */
  passed({ endpointId, count, nowMs, marks }: Passed, batch: readonly ReceivedDelivery[]): void {
    if (marks === undefined || marks.line <= nowMs) return;
    const due = batch.filter(({ message }) => message.endpointId === endpointId && message.slot !== undefined).length;
    this.#facts.judge.check(
      'rate',
      endpointId,
      count <= due,
      () => `${count} pass the gate while others stand in the line, and ${due} of them have stood in it`,
    );
  }

  /** An appointment is for one attempt, which comes no earlier. */
  sending(messages: readonly OutgoingDelivery[]): void {
    const { judge, now } = this.#facts;
    for (const { message, delaySeconds } of messages) {
      const { slot, eventId, endpointId, cycle, attempt } = message;
      if (slot === undefined) continue;
      const key = `${eventId}/${endpointId}`;
      const owner = `${key}, attempt ${attempt} of cycle ${cycle}`;
      const before = this.#owners.get(`${endpointId} ${slot}`) ?? owner;
      this.#owners.set(`${endpointId} ${slot}`, before);
      judge.check('rate', key, before === owner, () => `${owner} goes by the appointment of ${before}`);
      const at = now() + delaySeconds * 1000;
      judge.check('rate', key, at >= slot - ROUNDING_MS, () => `sent for ${at}, with an appointment at ${slot}`);
    }
  }
}
