import type { OutgoingDelivery, ReceivedDelivery } from '../../../core/deliveries/message.ts';
import type { RateMark, SlotGrant, SlotRequest } from '../../../core/rate/slots.ts';
import { CACHE_MS, type Facts, type Post, type Work } from './facts.ts';

/** How many times its limit an endpoint may get in such a period. */
const BOUNDS = [
  { name: 'a second', ms: 1_000, times: 2 },
  { name: 'ten seconds', ms: 10_000, times: 11 },
];
const TEN_SECONDS_MS = 10_000;
/** How long a permit to POST is valid from its slot on, see ADR 033. */
const PERMIT_MS = 950;
/** Delays are in whole milliseconds, slots in the line in thousandths of one. */
const ROUNDING_MS = 1;

/** A request for slots and its result. */
interface Asked {
  endpointId: string;
  mark: RateMark;
  wanted: SlotRequest;
  taken: SlotGrant;
}

/** Rate limits, counted at the start of each POST, whatever happened before; and the order of the line. */
export class RateChecks {
  readonly #facts: Facts;
  /** Recent POSTs to each endpoint, each with the highest limit that may have applied. */
  readonly #posts = new Map<string, { at: number; limit: number }[]>();
  /** Where each line ends, and the limit that it belongs to. */
  readonly #lines = new Map<string, { end: number; limit: number }>();
  readonly #gates = new Map<string, number>();
  /** Unused permits, with their validity. */
  readonly #permits = new Map<string, { from: number; until: number }[]>();
  /** Where a line ended that has been restarted since. */
  readonly #formerLines = new Map<string, number>();
  /** The attempt that has each slot. */
  readonly #owners = new Map<string, string>();

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  /** No sliding second has more than twice the limit, and no ten seconds more than eleven times. Both ends count. */
  posted({ endpointId, key }: Post, { askedAt }: Work): void {
    const { judge, truth, now } = this.#facts;
    const states = truth.within(endpointId, askedAt - CACHE_MS, now());
    const limit = Math.max(...states.map((endpoint) => endpoint?.rateLimitPerSecond ?? Number.POSITIVE_INFINITY));
    const posts = [
      ...(this.#posts.get(endpointId) ?? []).filter(({ at }) => at >= now() - TEN_SECONDS_MS),
      { at: now(), limit },
    ];
    this.#posts.set(endpointId, posts);
    if (limit < Number.POSITIVE_INFINITY) this.#usePermit(endpointId, key);
    for (const { name, ms, times } of BOUNDS) {
      const within = posts.filter(({ at }) => at >= now() - ms);
      const highest = Math.max(...within.map((post) => post.limit));
      if (highest === Number.POSITIVE_INFINITY) continue;
      judge.check(
        'rate',
        key,
        within.length <= times * highest,
        () => `${within.length} POSTs in ${name}, at ${highest} a second`,
      );
    }
  }

  /** Each POST starts during a permit of its own: of those that fit, it uses the one that ends first. */
  #usePermit(endpointId: string, key: string): void {
    const { judge, now } = this.#facts;
    const valid = (this.#permits.get(endpointId) ?? []).filter(({ until }) => until >= now() - ROUNDING_MS);
    const [permit] = valid
      .filter(({ from }) => from <= now() + ROUNDING_MS)
      .sort((one, other) => one.until - other.until);
    this.#permits.set(
      endpointId,
      valid.filter((other) => other !== permit),
    );
    judge.check('rate', key, permit !== undefined, () => 'a POST starts without a valid permit');
  }

  /** A container asked for slots for its `batch`. */
  asked(asked: Asked, batch: readonly ReceivedDelivery[]): void {
    const { endpointId, mark, wanted } = asked;
    const line = this.#lines.get(endpointId);
    // For a message with a higher limit, the line of a lower one has ended.
    const current = line !== undefined && line.end > wanted.nowMs && line.limit >= wanted.perSecond ? line : undefined;
    if (mark === 'line') this.#linedUp(asked, current);
    else this.#passed(asked, current !== undefined, batch);
  }

  #linedUp({ endpointId, wanted, taken }: Asked, line: { end: number; limit: number } | undefined): void {
    if (taken.count === 0) return;
    const { nowMs, perSecond } = wanted;
    const former = line ?? this.#lines.get(endpointId);
    if (former !== line && former !== undefined) {
      // An earlier line may reach further than the one that ended last.
      this.#formerLines.set(endpointId, Math.max(former.end, this.#formerLines.get(endpointId) ?? 0));
    }
    const begin = line?.end ?? nowMs;
    this.#facts.judge.check(
      'rate',
      endpointId,
      Math.abs(taken.begin - begin) < ROUNDING_MS,
      () => `${taken.count} are lined up from ${taken.begin} on, but the line is free from ${begin} on`,
    );
    this.#lines.set(endpointId, { end: endOf(taken, perSecond), limit: line?.limit ?? perSecond });
  }

  /** While the line is not empty, only messages from it pass the gate; otherwise a free gate lets everyone pass. */
  #passed({ endpointId, wanted, taken }: Asked, isLine: boolean, batch: readonly ReceivedDelivery[]): void {
    const { judge } = this.#facts;
    const { nowMs, perSecond, unlessLine = false } = wanted;
    const isFree = (this.#gates.get(endpointId) ?? 0) <= nowMs;
    if (taken.count > 0) this.#gates.set(endpointId, endOf(taken, perSecond));
    this.#permits.set(endpointId, [...(this.#permits.get(endpointId) ?? []), ...permitsOf(taken, perSecond)]);
    if (!isLine || !unlessLine) {
      judge.check(
        'rate',
        endpointId,
        taken.count > 0 || !isFree,
        () => `the gate is free at ${nowMs}, but nothing passes`,
      );
    }
    if (unlessLine) {
      const passing = isLine ? taken.count : 0;
      judge.check('rate', endpointId, passing === 0, () => `${passing} pass the gate although the line is not empty`);
      return;
    }
    const due = batch.filter(({ message }) => message.endpointId === endpointId && message.slot !== undefined).length;
    judge.check(
      'rate',
      endpointId,
      wanted.count <= due,
      () => `${wanted.count} ask the gate as if they had a slot, but only ${due} have one`,
    );
  }

  /** A slot belongs to one attempt, which must not come earlier. */
  sending(messages: readonly OutgoingDelivery[]): void {
    const { judge, now } = this.#facts;
    for (const { message, delaySeconds } of messages) {
      const { slot, eventId, endpointId, cycle, attempt } = message;
      if (slot === undefined) continue;
      const key = `${eventId}/${endpointId}`;
      const owner = `${key}, attempt ${attempt} of cycle ${cycle}`;
      const before = this.#owners.get(`${endpointId} ${slot}`) ?? owner;
      this.#owners.set(`${endpointId} ${slot}`, before);
      // A line that was restarted under a raised limit may give a time twice.
      const isOnce = slot > (this.#formerLines.get(endpointId) ?? 0) + ROUNDING_MS;
      judge.check('rate', key, before === owner || !isOnce, () => `${owner} uses the slot of ${before}`);
      const at = now() + delaySeconds * 1000;
      judge.check('rate', key, at >= slot - ROUNDING_MS, () => `delayed until ${at}, before its slot at ${slot}`);
    }
  }
}

const endOf = ({ begin, count }: SlotGrant, perSecond: number) => begin + (count * 1_000) / perSecond;

/** Half a second's worth may start at once, that much before its slot. */
function permitsOf({ begin, count }: SlotGrant, perSecond: number) {
  const burst = Math.max(1, Math.floor(perSecond / 2)) - 1;
  return Array.from({ length: count }, (_, at) => {
    const from = begin + ((at - burst) * 1_000) / perSecond;
    return { from, until: from + PERMIT_MS };
  });
}
