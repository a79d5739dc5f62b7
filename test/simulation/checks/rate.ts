import type { OutgoingDelivery, ReceivedDelivery } from '../../../core/deliveries/message.ts';
import type { RateMark, SlotGrant, SlotRequest } from '../../../core/rate/slots.ts';
import { CACHE_MS, type Facts, type Post, type Work } from './facts.ts';

/** How many times its limit an endpoint may be posted to in such a stretch. */
const BOUNDS = [
  { name: 'a second', ms: 1_000, times: 2 },
  { name: 'ten seconds', ms: 10_000, times: 11 },
];
const TEN_SECONDS_MS = 10_000;
/** How long leave to POST lasts from its slot on, as ADR 033 has it. */
const LEAVE_MS = 950;
/** An appointment is in whole milliseconds at the receiver of a delay, and in thousandths in the line. */
const ROUNDING_MS = 1;

/** What came of asking for slots. */
interface Asked {
  endpointId: string;
  mark: RateMark;
  wanted: SlotRequest;
  taken: SlotGrant;
}

/** Rate limits, counted at the start of each POST, whatever happened before; and who is let through, in which order. */
export class RateChecks {
  readonly #facts: Facts;
  /** When each endpoint was posted to, of late, and the highest limit by which that may have been. */
  readonly #posts = new Map<string, { at: number; limit: number }[]>();
  /** Where each line ends, and the limit that it belongs to. */
  readonly #lines = new Map<string, { end: number; limit: number }>();
  readonly #gates = new Map<string, number>();
  /** Leave that was given and not used: from when on, and until when. */
  readonly #leaves = new Map<string, { from: number; until: number }[]>();
  /** Where a line ended that has begun anew since. */
  readonly #formerLines = new Map<string, number>();
  /** Which attempt each appointment was given to. */
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
    if (limit < Number.POSITIVE_INFINITY) this.#useLeave(endpointId, key);
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

  /** Each POST begins while leave of its own lasts: of what fits, it takes what ends first. */
  #useLeave(endpointId: string, key: string): void {
    const { judge, now } = this.#facts;
    const lasting = (this.#leaves.get(endpointId) ?? []).filter(({ until }) => until >= now() - ROUNDING_MS);
    const [leave] = lasting
      .filter(({ from }) => from <= now() + ROUNDING_MS)
      .sort((one, other) => one.until - other.until);
    this.#leaves.set(
      endpointId,
      lasting.filter((other) => other !== leave),
    );
    judge.check('rate', key, leave !== undefined, () => 'a POST begins without leave that lasts');
  }

  /** Somebody asked for slots; `batch` is what he works on. */
  asked(asked: Asked, batch: readonly ReceivedDelivery[]): void {
    const { endpointId, mark, wanted } = asked;
    const line = this.#lines.get(endpointId);
    // For whoever has a higher limit, the line of a lower one has ended.
    const stands = line !== undefined && line.end > wanted.nowMs && line.limit >= wanted.perSecond ? line : undefined;
    if (mark === 'line') this.#linedUp(asked, stands);
    else this.#passed(asked, stands !== undefined, batch);
  }

  #linedUp({ endpointId, wanted, taken }: Asked, line: { end: number; limit: number } | undefined): void {
    if (taken.count === 0) return;
    const { nowMs, perSecond } = wanted;
    const former = line ?? this.#lines.get(endpointId);
    if (former !== line && former !== undefined) this.#formerLines.set(endpointId, former.end);
    const begin = line?.end ?? nowMs;
    this.#facts.judge.check(
      'rate',
      endpointId,
      Math.abs(taken.begin - begin) < ROUNDING_MS,
      () => `${taken.count} are lined up from ${taken.begin} on, and the line is free from ${begin} on`,
    );
    this.#lines.set(endpointId, { end: endOf(taken, perSecond), limit: line?.limit ?? perSecond });
  }

  /** While others stand in the line, only those pass that have stood in it; and a free gate holds nobody else back. */
  #passed({ endpointId, wanted, taken }: Asked, isLine: boolean, batch: readonly ReceivedDelivery[]): void {
    const { judge } = this.#facts;
    const { nowMs, perSecond, unlessLine = false } = wanted;
    const isFree = (this.#gates.get(endpointId) ?? 0) <= nowMs;
    if (taken.count > 0) this.#gates.set(endpointId, endOf(taken, perSecond));
    this.#leaves.set(endpointId, [...(this.#leaves.get(endpointId) ?? []), ...leavesOf(taken, perSecond)]);
    if (!isLine || !unlessLine) {
      judge.check(
        'rate',
        endpointId,
        taken.count > 0 || !isFree,
        () => `the gate is free at ${nowMs}, and nobody passes`,
      );
    }
    if (unlessLine) {
      const passing = isLine ? taken.count : 0;
      judge.check('rate', endpointId, passing === 0, () => `${passing} pass the gate while others stand in the line`);
      return;
    }
    const due = batch.filter(({ message }) => message.endpointId === endpointId && message.slot !== undefined).length;
    judge.check(
      'rate',
      endpointId,
      wanted.count <= due,
      () => `${wanted.count} ask the gate as if they had stood in line, and ${due} have`,
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
      // Of a line that has begun anew under a raised limit, a time may be given twice.
      const isOnce = slot > (this.#formerLines.get(endpointId) ?? 0) + ROUNDING_MS;
      judge.check('rate', key, before === owner || !isOnce, () => `${owner} goes by the appointment of ${before}`);
      const at = now() + delaySeconds * 1000;
      judge.check('rate', key, at >= slot - ROUNDING_MS, () => `sent for ${at}, with an appointment at ${slot}`);
    }
  }
}

const endOf = ({ begin, count }: SlotGrant, perSecond: number) => begin + (count * 1_000) / perSecond;

/** Half a second's worth may begin at once: so much earlier than its slot. */
function leavesOf({ begin, count }: SlotGrant, perSecond: number) {
  const burst = Math.max(1, Math.floor(perSecond / 2)) - 1;
  return Array.from({ length: count }, (_, at) => {
    const from = begin + ((at - burst) * 1_000) / perSecond;
    return { from, until: from + LEAVE_MS };
  });
}
