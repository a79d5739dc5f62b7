import type { ReceivedDelivery } from '../../../core/deliveries/message.ts';
import type { OutboundRequest } from '../../../core/deliveries/sender.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import type { Container } from '../engine/container.ts';
import { isSubscribed } from './endpoint-truth.ts';
import { CACHE_MS, type Facts, type Post, type Work } from './facts.ts';
import { isSignedBy, keepsSignature, type ReceiversSecret } from './signatures.ts';
import { leastWaitMs } from './spacing.ts';

/** What the checks of POSTs need from other checks. */
export interface PostSources {
  /** Decrypts a secret of an endpoint, only for the checks. */
  openSecret(endpoint: Endpoint, version: number): ReceiversSecret;
  /** Whether there was more than one copy of the delivery's plain first message. */
  hasDuplicates(key: string): boolean;
}

/** All checks when a POST is sent. */
export class PostChecks {
  readonly #facts: Facts;
  readonly #sources: PostSources;
  readonly claims = new Map<string, { messageId: string; at: number; container: Container }>();

  /** The attempts that an operator had made at once. */
  readonly sentNow = new Set<string>();

  constructor(facts: Facts, sources: PostSources) {
    this.#facts = facts;
    this.#sources = sources;
  }

  /** A POST is sent. @returns it, to record its outcome. */
  posted(request: OutboundRequest, container: Container, work: Work, batch: readonly ReceivedDelivery[]): Post {
    const { judge, now } = this.#facts;
    const { headers } = request;
    const [, eventPart = '', endpointPart = ''] = (headers['x-postrider-delivery-id'] ?? '').split('_');
    const [eventId, endpointId] = [`evt_${eventPart}`, `ep_${endpointPart}`];
    const key = `${eventId}/${endpointId}`;
    const attempt = Number(headers['x-postrider-attempt']);
    const post = this.#identify({ key, eventId, endpointId, attempt }, container, work, batch);
    const earlier = this.#facts.posts.get(key) ?? [];
    this.#facts.posts.set(key, earlier);
    this.#checkBytes(post, request, work);
    this.#checkEndpoint(post, request, work);
    this.#checkTwice(post, earlier);
    this.#checkClaim(post, earlier);
    this.#checkSpacing(post, earlier);
    judge.check('bytes', key, headers['webhook-id'] === eventId, () => `webhook-id is ${headers['webhook-id']}`);
    judge.check(
      'bytes',
      key,
      Math.abs(Number(headers['webhook-timestamp']) * 1000 - now()) <= 1_000,
      () => `webhook-timestamp is ${headers['webhook-timestamp']}`,
    );
    earlier.push(post);
    work.posts.push(post);
    return post;
  }

  #identify(
    names: Pick<Post, 'key' | 'eventId' | 'endpointId' | 'attempt'>,
    container: Container,
    work: Work,
    batch: readonly ReceivedDelivery[],
  ): Post {
    const { records, now } = this.#facts;
    const record = records.get(names.key);
    const adopted = ({ messageId, message }: ReceivedDelivery) =>
      record?.adoptedMessageId === messageId || (message.copy !== '' && record?.adoptedCopy === message.copy);
    const own = batch.filter(
      ({ message }) => message.eventId === names.eventId && message.endpointId === names.endpointId,
    );
    const fits = own.filter((received) => (adopted(received) ? 1 : received.message.attempt) === names.attempt);
    // SQS may deliver one message twice: the claim of one receive says nothing about the other.
    const newest = this.claims.get(names.key);
    const claim = newest?.container === container ? newest : undefined;
    // Of two copies in one batch, the one that needs no claim makes the unclaimed POST.
    const isPlainFirst = ({ message, receiveCount }: ReceivedDelivery) =>
      message.cycle === 1 && message.step === 1 && !message.repeat && !message.forced && receiveCount === 1;
    const chosen =
      fits.find(({ messageId }) => messageId === claim?.messageId) ?? fits.find(isPlainFirst) ?? fits[0] ?? own[0];
    const message = chosen?.message;
    const isAdopted = chosen !== undefined && adopted(chosen);
    const isClaimed =
      claim !== undefined && claim.messageId === chosen?.messageId && record?.claim?.messageId === claim.messageId;
    const isPlain = chosen !== undefined && isPlainFirst(chosen);
    return {
      ...names,
      cycle: isAdopted ? (record?.next.cycle ?? 1) : (message?.cycle ?? 1),
      at: now(),
      container,
      invocation: container.invocation,
      messageId: chosen?.messageId ?? '',
      isPlain: isPlain && !isAdopted && !isClaimed,
      decidedAt: isClaimed ? claim.at : work.loadedAt,
      result: undefined,
      endedAt: Number.POSITIVE_INFINITY,
      recordedAt: undefined,
      countedAt: undefined,
      fault: undefined,
      wasExcused: false,
      bodyEnded: () => undefined,
    };
  }

  #checkBytes({ key, eventId, endpointId }: Post, { body, headers }: OutboundRequest, { askedAt }: Work): void {
    const { judge, events, truth, now } = this.#facts;
    const event = events.get(eventId);
    if (event !== undefined) {
      event.body ??= body;
      judge.check('bytes', key, body === event.body, () => `the body is ${body} and was ${event.body}`);
    }
    const states = truth.within(endpointId, askedAt - CACHE_MS, now());
    const signers = states.flatMap((endpoint) => {
      if (endpoint === undefined) return [];
      const secrets = this.#signing(endpoint);
      return isSignedBy(secrets, { headers, body }) ? [{ endpoint, secrets }] : [];
    });
    judge.check('bytes', key, signers.length > 0, () => `${headers['webhook-signature']} is not by the valid secrets`);
    // The library for GitHub's convention is asynchronous, but finishes before anything else happens.
    void Promise.all(signers.map(({ endpoint, secrets }) => keepsSignature(endpoint, secrets, { headers, body }))).then(
      (kept) => {
        const profiles = signers.map(({ endpoint }) => (endpoint.signature ? 'its own' : endpoint.signatureProfile));
        judge.check(
          'bytes',
          key,
          kept.length === 0 || kept.includes(true),
          () => `no receiver accepts it by ${profiles}`,
        );
      },
    );
  }

  /** The newest secret, and every older one whose overlap has not ended. */
  #signing(endpoint: Endpoint): ReceiversSecret[] {
    const living = endpoint.previousSecrets.filter(({ expiresAt }) => expiresAt > this.#facts.now());
    return [endpoint.secretVersion, ...living.map(({ version }) => version)].map((version) =>
      this.#sources.openSecret(endpoint, version),
    );
  }

  #checkEndpoint(post: Post, { url, headers }: OutboundRequest, work: Work): void {
    const { judge, truth, events, now } = this.#facts;
    const event = events.get(post.eventId);
    const states = truth.within(post.endpointId, work.askedAt - CACHE_MS, now());
    const forced = headers['x-postrider-event-type'] === 'postrider.test' || post.cycle > 1;
    const isFine = states.some(
      (endpoint) =>
        endpoint !== undefined &&
        endpoint.state === 'active' &&
        endpoint.url === url &&
        (event === undefined || endpoint.tenant === event.tenant) &&
        (forced || event === undefined || isSubscribed(endpoint.eventTypes, event.type)),
    );
    judge.check('endpoint', post.key, isFine, () => {
      const seen = states.map((endpoint) => (endpoint ? `${endpoint.state} ${endpoint.eventTypes}` : 'deleted'));
      return `a POST to ${url} although the endpoint was ${seen.join(', ')}`;
    });
  }

  #checkTwice(post: Post, earlier: readonly Post[]): void {
    const { judge } = this.#facts;
    for (const before of earlier) {
      if (before.cycle !== post.cycle) continue;
      const isAfterSuccess = before.result?.errorCode === null && before.endedAt <= post.at;
      if (!isAfterSuccess && before.attempt !== post.attempt) continue;
      const cause = causeOf(before, post) ?? this.#sentOn(before, post);
      if (cause !== undefined) {
        judge.excuse(cause);
        post.wasExcused = true;
      }
      judge.check('one POST', post.key, cause !== undefined, () => {
        const first = `attempt ${before.attempt} of cycle ${before.cycle}, made by ${before.container}`;
        return `attempt ${post.attempt} of cycle ${post.cycle} is POSTed by ${post.container} after ${first}${isAfterSuccess ? ' was answered 2xx' : ''}`;
      });
    }
    if (earlier.length === 0) judge.check('one POST', post.key, true, () => '');
  }

  /** Of two copies of a plain first attempt, one was POSTed while the other was sent on to a slot or another lane. */
  #sentOn(before: Post, post: Post): string | undefined {
    if (before.container === post.container && before.invocation === post.invocation) return undefined;
    const isFirst = before.isPlain && post.cycle === 1 && post.attempt === 1;
    return isFirst && this.#sources.hasDuplicates(post.key)
      ? 'a second copy of a plain first attempt, sent on'
      : undefined;
  }

  #checkClaim(post: Post, earlier: readonly Post[]): void {
    const { judge, records } = this.#facts;
    const record = records.get(post.key);
    const isClaimed = record?.claim?.messageId === post.messageId && record.claim.cycle === post.cycle;
    // Others may have moved the record on meanwhile: then it had a claim before.
    const wasClaimed =
      this.claims.get(post.key)?.messageId === post.messageId ||
      earlier.some((one) => one.messageId === post.messageId);
    judge.check(
      'claim',
      post.key,
      post.isPlain || isClaimed || wasClaimed,
      () => `message ${post.messageId} POSTs attempt ${post.attempt} of cycle ${post.cycle} without a claim`,
    );
  }

  #checkSpacing(post: Post, earlier: readonly Post[]): void {
    if (post.attempt === 1 || this.sentNow.has(attemptOf(post.key, post))) return;
    const endpoint = this.#facts.truth.any(post.endpointId);
    const before = earlier.filter(({ cycle, attempt }) => cycle === post.cycle && attempt === post.attempt - 1);
    if (endpoint === undefined) return;
    const waits = before.map((one) => ({ one, dueAt: one.endedAt + leastWaitMs(endpoint.retryPolicy, one) }));
    this.#facts.judge.check(
      'spacing',
      post.key,
      waits.some(({ dueAt }) => post.at >= dueAt),
      () =>
        `attempt ${post.attempt} of cycle ${post.cycle} is too early: ${waits
          .map(({ one, dueAt }) => `after attempt ${one.attempt} that ended at ${one.endedAt}, due at ${dueAt}`)
          .join('; ')}, POSTed at ${post.at}`,
    );
  }
}

/** Why a second POST may follow a first one; undefined if nothing excuses it. */
function causeOf(before: Post, post: Post): string | undefined {
  // A living container has its first POST in memory.
  if (before.container === post.container && before.result !== undefined && before.messageId === post.messageId)
    return undefined;
  if (before.container === post.container && before.invocation === post.invocation) return undefined;
  const wasUnknown = before.countedAt === undefined || before.countedAt > post.decidedAt;
  if (!wasUnknown) return undefined;
  if (before.fault !== undefined) return `${before.fault} between a POST and its record`;
  if (before.isPlain || post.isPlain) return 'a second copy of a plain first attempt';
  return undefined;
}

/** An attempt's name in sets. */
export const attemptOf = (key: string, { cycle, attempt }: { cycle: number; attempt: number }) =>
  `${key} ${cycle} ${attempt}`;
