import type { ReceivedDelivery } from '../../../core/deliveries/message.ts';
import type { DeathReason, DeliveryRecord } from '../../../core/deliveries/record.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import type { Container } from '../engine/container.ts';
import { exceedsLimit } from '../world/filters.ts';
import { isSubscribed } from './endpoint-truth.ts';
import { CACHE_MS, type Facts, type Work } from './facts.ts';

type Status = DeliveryRecord['status'];

/** Which status may follow which within a cycle; independent of the product's table. */
const MAY_FOLLOW: Record<Status, readonly Status[]> = {
  retrying: ['retrying', 'waiting', 'delivered', 'dead', 'discarded'],
  waiting: ['retrying', 'waiting', 'delivered', 'dead', 'discarded'],
  delivered: [],
  dead: ['delivered'],
  discarded: ['delivered'],
};
const EXPIRY_MARGIN_MS = 3 * 3_600_000;
const KEPT = 50;

/** The writer of a record. */
export interface Writer {
  container: Container;
  work: Work;
  batch: readonly ReceivedDelivery[];
  /** Whether its invocation was over: AWS may let it go on during the next one. */
  isLate: boolean;
}

/** All checks when a record is written. */
export class RecordChecks {
  readonly #facts: Facts;

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  written(before: DeliveryRecord | undefined, after: DeliveryRecord, writer: Writer): void {
    const key = `${after.eventId}/${after.endpointId}`;
    this.#noteAttempts(key, after);
    this.#noteLate(key, after, writer);
    this.#checkPosition(key, before, after);
    this.#checkHistory(key, before, after);
    if (before !== undefined) this.#checkIdentity(key, before, after);
    if (before !== undefined && after.next.cycle > before.next.cycle) this.#checkCycle(key, before, after, writer);
    if (before?.status === after.status && before.next.cycle === after.next.cycle && isOver(after.status)) return;
    if (after.status === 'delivered') this.#checkDelivered(key, after);
    if (after.status === 'discarded') this.#checkDiscarded(key, after, writer);
    if (after.status === 'dead') this.#checkDeath(key, after, writer);
    if (after.status === 'waiting') this.#checkWaiting(key, after);
  }

  #noteLate(key: string, { status }: DeliveryRecord, { isLate }: Writer): void {
    const { heldLate } = this.#facts;
    if (isLate && status === 'waiting') heldLate.add(key);
    else heldLate.delete(key);
  }

  #noteAttempts(key: string, { attempts, next, attemptCount, status }: DeliveryRecord): void {
    for (const post of this.#facts.posts.get(key) ?? []) {
      if (post.countedAt !== undefined) continue;
      const isRecorded = attempts.some(
        ({ cycle, number, at, statusCode }) =>
          cycle === post.cycle && number === post.attempt && at === post.at && statusCode === post.result?.statusCode,
      );
      if (!isRecorded) continue;
      post.recordedAt ??= this.#facts.now();
      const isCounted = next.cycle > post.cycle || attemptCount >= post.attempt || isOver(status);
      if (isCounted) post.countedAt = this.#facts.now();
    }
  }

  #checkPosition(key: string, before: DeliveryRecord | undefined, after: DeliveryRecord): void {
    const { judge } = this.#facts;
    if (before === undefined) return;
    const [one, other] = [before.next, after.next];
    const isForward = other.cycle > one.cycle || (other.cycle === one.cycle && other.step >= one.step);
    judge.check('history', key, isForward, () => `next goes back from ${show(one)} to ${show(other)}`);
    if (other.cycle !== one.cycle) return;
    // A 2xx of an earlier attempt wins.
    const isCounted = after.attemptCount >= before.attemptCount || after.status === 'delivered';
    judge.check(
      'history',
      key,
      isCounted,
      () => `the number of attempts goes back from ${before.attemptCount} to ${after.attemptCount}`,
    );
    const isSame = before.status === after.status && isOver(after.status);
    judge.check(
      'history',
      key,
      isSame || MAY_FOLLOW[before.status].includes(after.status),
      () => `within cycle ${one.cycle}, ${after.status} follows ${before.status}`,
    );
  }

  #checkHistory(key: string, before: DeliveryRecord | undefined, after: DeliveryRecord): void {
    const { judge, posts } = this.#facts;
    const known = new Set(after.attempts.map(nameOf));
    const lost = (before?.attempts ?? []).filter((attempt) => !known.has(nameOf(attempt)));
    judge.check(
      'history',
      key,
      lost.length === 0 || after.attempts.length === KEPT,
      () => `the history lost ${lost.map(nameOf).join(', ')}`,
    );
    const made = new Set(
      (posts.get(key) ?? []).map((post) => nameOf({ cycle: post.cycle, number: post.attempt, at: post.at })),
    );
    const invented = after.attempts.filter((attempt) => !made.has(nameOf(attempt)));
    judge.check(
      'history',
      key,
      invented.length === 0,
      () => `these attempts were never made: ${invented.map(nameOf).join(', ')}`,
    );
  }

  #checkIdentity(key: string, before: DeliveryRecord, after: DeliveryRecord): void {
    const isSame =
      before.tenant === after.tenant &&
      before.eventType === after.eventType &&
      before.expiresAt === after.expiresAt &&
      before.payload.length === after.payload.length &&
      after.revision === before.revision + 1;
    this.#facts.judge.check('history', key, isSame, () => 'a record becomes another delivery or skips a revision');
  }

  /** The next cycle is started by an operator, by a message of that cycle, or by a redriven dead letter. */
  #checkCycle(key: string, before: DeliveryRecord, after: DeliveryRecord, { container, batch }: Writer): void {
    const { judge, contents } = this.#facts;
    const own = batch.filter(({ message }) => `${message.eventId}/${message.endpointId}` === key);
    const isReplay = container.fn === 'api' || container.fn === 'redrive';
    const hasMessage = own.some(({ message }) => message.cycle === after.next.cycle);
    const adopted = own.find(({ messageId }) => messageId === after.adoptedMessageId);
    const isRedriven =
      before.status === 'dead' &&
      adopted !== undefined &&
      adopted.messageId !== before.deadLetter?.messageId &&
      (contents.find(adopted.messageId)?.moved ?? this.movedOnce.has(adopted.messageId));
    const isNext = after.next.cycle === before.next.cycle + 1;
    judge.check(
      'cycle',
      key,
      isNext && (isReplay ? isOver(before.status) : hasMessage || isRedriven),
      () =>
        `cycle ${after.next.cycle} starts after ${before.status} of cycle ${before.next.cycle} by ${container}, adopting ${after.adoptedMessageId}`,
    );
  }

  /** Dead letters that a move task moved back, including those that are gone by now. */
  readonly movedOnce = new Set<string>();

  #checkDelivered(key: string, after: DeliveryRecord): void {
    const { judge, posts } = this.#facts;
    const isTrue = (posts.get(key) ?? []).some(
      ({ cycle, result }) => cycle === after.next.cycle && result?.errorCode === null,
    );
    judge.check(
      'final status',
      key,
      isTrue,
      () => `delivered, but no POST of cycle ${after.next.cycle} was answered 2xx`,
    );
  }

  #checkDiscarded(key: string, after: DeliveryRecord, { work }: Writer): void {
    const { judge, truth, now } = this.#facts;
    const isTrueOf = (endpoint: Endpoint | undefined): boolean => {
      switch (after.discardReason) {
        case 'endpoint_deleted':
          return endpoint === undefined || endpoint.tenant !== after.tenant;
        case 'endpoint_disabled':
          return endpoint?.state === 'disabled';
        case 'unsubscribed':
          return endpoint !== undefined && !isSubscribed(endpoint.eventTypes, after.eventType);
        case null:
          return false;
      }
    };
    const isTrue = truth.within(after.endpointId, work.askedAt - CACHE_MS, now()).some(isTrueOf);
    judge.check('final status', key, isTrue, () => `discarded as ${after.discardReason}, which is not true`);
  }

  #checkDeath(key: string, after: DeliveryRecord, writer: Writer): void {
    const { deathReason } = after;
    if (deathReason === 'filter') this.#checkUndecided(key, after);
    else if (deathReason !== null) this.#checkDead(key, after, deathReason, writer);
    else this.#facts.judge.check('final status', key, false, () => 'dead without a reason');
  }

  #checkDead(
    key: string,
    after: DeliveryRecord,
    reason: Exclude<DeathReason, 'filter'>,
    { work, batch }: Writer,
  ): void {
    const { judge, truth, posts, now } = this.#facts;
    const { lastError, deadLetter, next } = after;
    const endpoint = truth.any(after.endpointId);
    const policy = endpoint?.retryPolicy;
    const ofCycle = (posts.get(key) ?? []).filter(({ cycle }) => cycle === next.cycle);
    const failed = (matches: (status: number | null, attempt: number) => boolean) =>
      ofCycle.some(
        ({ result, attempt }) =>
          result !== undefined && result.errorCode !== null && matches(result.statusCode, attempt),
      );
    const isTrue = (reason: Exclude<DeathReason, 'filter'>): boolean => {
      switch (reason) {
        case 'our_fault':
          return true;
        case 'expired':
          return now() + 86_400_000 > after.expiresAt - EXPIRY_MARGIN_MS;
        case 'gone':
          return (
            truth
              .within(after.endpointId, work.loadedAt, now())
              .some((state) => state === undefined || state.state === 'disabled') && failed((status) => status === 410)
          );
        case 'permanent_failure':
          return (
            policy?.retry_on === 'transient' && failed((status) => status !== null && status >= 400 && status < 500)
          );
        case 'exhausted':
          return failed((_, attempt) => attempt >= (policy?.max_attempts ?? 0));
      }
    };
    judge.check('final status', key, isTrue(reason), () => `dead as ${reason}, which is not true`);
    const isSaid = reason === 'exhausted' ? lastError !== null : lastError?.startsWith(reason);
    judge.check('final status', key, isSaid === true, () => `dead as ${reason}, but its error is "${lastError}"`);
    const died = batch.find(({ messageId }) => messageId === deadLetter?.messageId);
    judge.check(
      'dead letters',
      key,
      deadLetter !== null && (batch.length === 0 || (died !== undefined && died.sentAt === deadLetter.sentAt)),
      () =>
        `dead with dead letter ${JSON.stringify(deadLetter)}, which is not the message that died (read at ${work.loadedAt})`,
    );
  }

  /** Its filter exceeds the limit, in its current or next version; no message was ever sent. */
  #checkUndecided(key: string, { endpointId, eventId, acceptedAt, deadLetter, next }: DeliveryRecord): void {
    const { judge, truth, events, now } = this.#facts;
    const event = events.get(eventId);
    // The content of an event is known after its acknowledgement.
    if (!event?.acknowledged) return;
    const states = truth.within(endpointId, acceptedAt - CACHE_MS, now());
    const isTrue =
      truth.wasTouched(endpointId, Number.NEGATIVE_INFINITY) ||
      states.some((endpoint) => exceedsLimit(endpoint?.filter ?? null, event));
    judge.check('final status', key, isTrue, () => 'dead because of a filter that stays within its limit');
    judge.check(
      'dead letters',
      key,
      deadLetter === null && next.cycle === 1,
      () => 'dead because of its filter, but has a dead letter',
    );
  }

  #checkWaiting(key: string, after: DeliveryRecord): void {
    const { judge, health, heldLate } = this.#facts;
    if (after.waitingFor === 'paused' || after.waitingFor === 'circuit') {
      judge.check(
        'holding mark',
        key,
        (health.get(after.endpointId)?.holding ?? null) !== null || heldLate.has(key),
        () => `held for ${after.waitingFor} while the endpoint has no holding mark`,
      );
    } else {
      judge.check('history', key, after.nextAttemptAt !== null, () => `waiting for ${after.waitingFor} without a time`);
    }
  }
}

const isOver = (status: Status) => status === 'delivered' || status === 'dead' || status === 'discarded';
const show = ({ cycle, step }: { cycle: number; step: number }) => `${cycle}/${step}`;
const nameOf = ({ cycle, number, at }: { cycle: number; number: number; at: number }) => `${cycle}/${number} at ${at}`;
