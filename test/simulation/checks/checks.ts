import type { OutgoingDelivery, ReceivedDelivery, UnsentDelivery } from '../../../core/deliveries/message.ts';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import type { AttemptResult, OutboundRequest } from '../../../core/deliveries/sender.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import type { EndpointHealth } from '../../../core/endpoints/health.ts';
import { type EventRecord, fanoutIsDone } from '../../../core/events/event.ts';
import type { Job } from '../../../core/jobs/job.ts';
import { unseal } from '../../../core/secrets/seal.ts';
import type { Call, Container } from '../engine/container.ts';
import type { FaultName } from '../engine/faults.ts';
import type { World } from '../world/world.ts';
import { AuditChecks } from './audit.ts';
import { BodyChecks } from './bodies.ts';
import { Conservation } from './conservation.ts';
import { DeathChecks } from './deaths.ts';
import { EndpointTruth } from './endpoint-truth.ts';
import type { Facts, KnownEvent, Post, Work } from './facts.ts';
import { FanoutChecks } from './fanout.ts';
import { HealthChecks } from './health.ts';
import { Judge } from './judge.ts';
import { OperationalEventChecks } from './operational-events.ts';
import { attemptOf, PostChecks } from './posts.ts';
import { QueueContents } from './queue-contents.ts';
import { RateChecks } from './rate.ts';
import { RecordChecks } from './records.ts';
import { RoundChecks } from './rounds.ts';
import { SecretChecks } from './secrets.ts';
import { SessionChecks } from './sessions.ts';
import { type ReceiversSecret, receiversSecret } from './signatures.ts';

/** With more time left than this, an invocation must still retry what follows a POST. */
const RETRY_MS = 8_000;

/** How long an invocation must try to record a result before a message may carry it. */
const TRIED_MS = 2_000;

interface Doing extends Work {
  batch: readonly ReceivedDelivery[];
  /** The batches before: calls of an invocation that ended early may still be under way. */
  former: readonly ReceivedDelivery[];
  beganAt: number;
  /** Messages whose visibility was changed: they are received again for a reason. */
  putBack: Set<string>;
}

/** All checks while the world runs; called for each effect as it takes place. */
export class Checks {
  readonly judge: Judge;
  readonly contents: QueueContents;
  readonly truth = new EndpointTruth();
  readonly facts: Facts;
  readonly conservation: Conservation;
  readonly records: RecordChecks;
  readonly health: HealthChecks;
  readonly rate: RateChecks;
  readonly fanout: FanoutChecks;
  readonly operationalEvents: OperationalEventChecks;
  readonly audit: AuditChecks;
  readonly secrets: SecretChecks;
  readonly sessions: SessionChecks;
  readonly deaths: DeathChecks;
  readonly rounds: RoundChecks;
  readonly bodies: BodyChecks;
  readonly #posts: PostChecks;
  readonly #doing = new WeakMap<Container, Doing>();
  readonly #secrets = new Map<string, ReceiversSecret>();
  readonly #world: World;
  postCount = 0;
  lastPostAt = 0;

  constructor(world: World) {
    this.#world = world;
    this.judge = new Judge(world.clock);
    this.contents = new QueueContents({
      now: world.clock,
      expired: () => world.count('expired message'),
      sent: (queued) => {
        if (queued.moved) this.records.movedOnce.add(queued.messageId);
        this.conservation.seen.add(queued.key);
        this.judge.check('lane', queued.key, !(queued.wide && queued.queue === 'fast'), () => 'sent to the fast lane');
      },
      eventsMoved: (ids) => this.copied(ids),
      gone: (queued, isLost) => {
        if (isLost) this.conservation.lost(queued);
        this.conservation.check(queued.key, `after ${queued.queue} message ${queued.messageId} was deleted`);
      },
      eventsGone: (ids, isLost) => {
        if (isLost) this.lost(ids);
        for (const id of ids) this.conservation.checkEvent(id, 'after its event was acknowledged');
      },
    });
    this.facts = {
      now: world.clock,
      judge: this.judge,
      contents: this.contents,
      truth: this.truth,
      records: world.ledger.records,
      health: world.registry.health,
      events: new Map(),
      posts: new Map(),
      heldLate: new Set(),
      retentionMs: world.profile.retentionMs,
      isPaged: () => world.profile.smallTenant < 200 || world.profile.heavyFilters > 0,
      openAfterFailures: world.profile.openAfterFailures,
      isUnfinished: (id) => [world.events.events.get(id)].some((stored) => stored && !fanoutIsDone(stored)),
    };
    this.conservation = new Conservation(this.facts);
    this.records = new RecordChecks(this.facts);
    this.health = new HealthChecks(this.facts);
    this.rate = new RateChecks(this.facts);
    this.fanout = new FanoutChecks(this.facts, world.events.events);
    this.operationalEvents = new OperationalEventChecks(this.facts);
    this.audit = new AuditChecks(this.judge, world.audit);
    this.secrets = new SecretChecks(this.judge, world.clock);
    this.sessions = new SessionChecks(this.judge, world.clock);
    this.deaths = new DeathChecks(this.judge, world.clock);
    this.rounds = new RoundChecks(this.facts);
    this.bodies = new BodyChecks(this.judge, world.profile.bodyBytesAtOnce);
    this.#posts = new PostChecks(this.facts, {
      openSecret: (endpoint, version) => this.#openSecret(endpoint, version),
      hasDuplicates: (key) => this.fanout.hasDuplicates(key),
    });
  }

  #work(container: Container): Doing {
    const known = this.#doing.get(container);
    if (known !== undefined) return known;
    return this.began(container);
  }

  began(container: Container): Doing {
    const now = this.#world.clock();
    const known = this.#doing.get(container);
    const former = known ? [...known.batch, ...known.former] : [];
    const times = { loadedAt: now, askedAt: now, beganAt: now };
    const fresh = { ...times, posts: [], batch: [], former, putBack: new Set<string>() };
    this.#doing.set(container, fresh);
    this.deaths.began(container);
    return fresh;
  }

  works(container: Container, batch: readonly ReceivedDelivery[]): void {
    this.#work(container).batch = batch;
  }

  /** A caller may repeat a write whose response was lost. */
  mayCountTwice({ name, about = [] }: Call): void {
    if (name === 'health.put') for (const id of about) this.health.repeated(id);
  }

  /** A message is to be received again at a time of the product's choice. */
  putBack(messageId: string, container: Container): void {
    this.#work(container).putBack.add(messageId);
  }

  /** SQS delivers a delivery's message once more. */
  deliveredTwice(messageId: string): void {
    const queued = this.contents.find(messageId);
    if (queued?.cycle === 1 && queued.step === 1) this.fanout.copied(queued.key);
  }

  /** The deliveries that a container processes. */
  keysOf(container: Container): string[] {
    return this.#work(container).batch.map(({ message }) => `${message.eventId}/${message.endpointId}`);
  }

  asks(container: Container): void {
    this.#work(container).askedAt = this.#world.clock();
  }

  loaded(container: Container): void {
    this.#work(container).loadedAt = this.#world.clock();
  }

  /** A fault can keep a POST's outcome out of its record only if it follows the POST and concerns it. */
  suffered(container: Container, fault: FaultName, { about = [] }: Call): void {
    for (const post of this.#work(container).posts) {
      if (post.recordedAt !== undefined) continue;
      if (container.dead || about.includes(post.key) || about.includes(post.endpointId)) post.fault ??= fault;
    }
  }

  posted(request: OutboundRequest, container: Container): Post {
    const work = this.#work(container);
    this.postCount += 1;
    this.lastPostAt = this.#world.clock();
    const post = this.#posts.posted(request, container, work, work.batch);
    post.bodyEnded = this.bodies.posted(post.messageId, request.body, work.batch, container);
    this.health.posted(post, work);
    this.rate.posted(post, work);
    return post;
  }

  answered(post: Post, result: AttemptResult): void {
    post.result = result;
    post.bodyEnded();
    post.endedAt = this.#world.clock();
    this.health.answered(post);
  }

  recordWritten(before: DeliveryRecord | undefined, after: DeliveryRecord, container: Container): void {
    const key = `${after.eventId}/${after.endpointId}`;
    if (after.claim !== null && after.claim.token !== before?.claim?.token) {
      this.#posts.claims.set(key, { messageId: after.claim.messageId, at: this.#world.clock(), container });
    }
    const isOnly = this.#world.ledger.nameOf(after) === key;
    this.judge.check('one POST', key, isOnly, () => 'the delivery has two records');
    const work = this.#work(container);
    const isOver = this.#world.clock() > container.deadlineMs || !this.keysOf(container).includes(key);
    const isLate = container.fn === 'deliver' && isOver;
    this.records.written(before, after, { container, work, batch: [...work.batch, ...work.former], isLate });
    this.operationalEvents.recordWritten(before, after);
    this.deaths.written(before, after, container, isLate);
    this.rounds.written(before, after, container);
    this.conservation.check(key, `after the record became ${after.status}`);
  }

  /** An invocation ended by itself: it has recorded everything that it acknowledges, or a message carries it. */
  acknowledged(container: Container, kept: ReadonlySet<string>): void {
    const { beganAt, putBack } = this.#work(container);
    for (const messageId of kept) {
      const hasCause = container.faultedAt >= beganAt || container.unanswered > 0 || putBack.has(messageId);
      this.judge.check(
        'receives',
        '',
        hasCause,
        () => `${container} keeps message ${messageId} although nothing failed`,
      );
    }
    for (const post of this.#work(container).posts) {
      const hadTime = container.remainingMs() > RETRY_MS;
      const isCarried =
        this.conservation.hasLost(post.key) ||
        [...this.contents.of(post.key)].some(({ carries }) => carries === post.at);
      if (post.fault !== undefined && kept.has(post.messageId)) {
        this.judge.check(
          'history',
          post.key,
          // Of two messages of a step in a batch, it may be the other one that made the POST.
          post.recordedAt !== undefined || !hadTime || isCarried,
          () =>
            `attempt ${post.attempt} of cycle ${post.cycle} is no longer retried after ${post.fault}, although there is time left`,
        );
      }
      if (kept.has(post.messageId)) continue;
      this.judge.check(
        'history',
        post.key,
        post.recordedAt !== undefined || this.#hasDuplicateAtSameTime(post) || (post.fault !== undefined && isCarried),
        () => `attempt ${post.attempt} of cycle ${post.cycle} was acknowledged, and is neither recorded nor carried on`,
      );
    }
  }

  /** A result is handed on only once recording it has been tried for a while. */
  #checkHandedOn({ eventId, endpointId, result }: OutgoingDelivery['message'], container: Container): void {
    if (result === undefined) return;
    const triedMs = this.#world.clock() - result.at - result.durationMs;
    this.judge.check(
      'history',
      `${eventId}/${endpointId}`,
      triedMs >= TRIED_MS || container.remainingMs() <= RETRY_MS,
      () => `the result of a POST is handed on after ${triedMs} ms`,
    );
  }

  /** Two POSTs of one attempt in the same millisecond are one in the history. */
  #hasDuplicateAtSameTime({ key, at, attempt, cycle }: Post): boolean {
    const same = (this.facts.posts.get(key) ?? []).filter((one) => one.at === at && one.attempt === attempt);
    return same.filter((one) => one.cycle === cycle).length > 1;
  }

  endpointWritten(id: string, endpoint: Endpoint | undefined): void {
    if (endpoint === undefined || endpoint.state !== 'active') this.health.troubled(id);
    const isOurs = endpoint?.state === 'disabled' && endpoint.disabledReason !== 'manual';
    if (isOurs && this.truth.now(id)?.state !== 'disabled') this.operationalEvents.disabled(id);
    if (endpoint !== undefined) this.secrets.written(this.truth.now(id), endpoint);
    this.truth.note(id, endpoint, this.#world.clock());
  }

  slotsAsked(asked: Parameters<RateChecks['asked']>[0], container: Container): void {
    const { batch, former } = this.#work(container);
    this.rate.asked(asked, [...batch, ...former]);
  }

  healthWritten(before: EndpointHealth | undefined, after: EndpointHealth, container: Container): void {
    this.health.written(before, after, container);
    this.operationalEvents.healthWritten(before, after);
  }

  /** @param begunAt when the call began: a fault of its own is at this time. */
  sending(messages: readonly OutgoingDelivery[], container: Container, begunAt: number): void {
    this.fanout.sending(messages, container, begunAt);
    this.rate.sending(messages);
    for (const { message } of messages) this.#checkHandedOn(message, container);
    if (container.fn === 'redrive') this.conservation.dispatched(messages, container, begunAt);
  }

  stored({ id, tenant, type, acceptedAt, payload }: EventRecord): void {
    const object = this.#world.payloads.objects.get(payload.key);
    const body = object?.subarray(payload.offset, payload.offset + payload.length).toString('utf8');
    if (type.startsWith('postrider.') && body !== undefined) this.operationalEvents.stored(body);
    const known = this.facts.events.get(id);
    if (known !== undefined) Object.assign(known, { tenant, type, acceptedAt });
    else this.know({ id, tenant, type, acceptedAt });
  }

  know(event: Pick<KnownEvent, 'id' | 'tenant' | 'type' | 'acceptedAt'>): KnownEvent {
    const known = {
      isBig: false,
      acknowledged: false,
      fannedOutAt: null,
      body: undefined,
      lost: false,
      copies: 0,
      ...event,
    };
    this.facts.events.set(event.id, known);
    return known;
  }

  jobWritten(before: Job | undefined, after: Job): void {
    const isSettled = before !== undefined && before.status !== 'running';
    this.judge.check(
      'history',
      after.id,
      !isSettled || (after.status === before.status && after.sent >= before.sent),
      () => `a ${before?.status} job becomes ${after.status}`,
    );
  }

  /** An operator has the next attempt made at once, however long it should wait. */
  sentNow(message: UnsentDelivery): void {
    this.#posts.sentNow.add(attemptOf(`${message.eventId}/${message.endpointId}`, message));
  }

  /** The last message that carries these events may be gone. */
  lost(eventIds: Iterable<string>): void {
    for (const id of eventIds) {
      const event = this.facts.events.get(id);
      if (event !== undefined) event.lost = true;
    }
  }

  /** The simulation duplicated a message that carries these events. */
  copied(eventIds: Iterable<string>): void {
    for (const id of eventIds) {
      const event = this.facts.events.get(id);
      if (event !== undefined) event.copies += 1;
    }
  }

  pageNoted(id: string): void {
    const [event, stored] = [this.facts.events.get(id), this.#world.events.events.get(id)];
    if (event === undefined || stored === undefined || !fanoutIsDone(stored)) return;
    event.fannedOutAt ??= this.#world.clock();
    if (!this.contents.carriesEvent(id)) this.conservation.checkEvent(id, 'after its fan-out was done');
  }

  /** A secret of an endpoint, as its receiver knows it. */
  #openSecret(endpoint: Endpoint, version: number): ReceiversSecret {
    const sealed = [{ sealed: endpoint.secret, version: endpoint.secretVersion }, ...endpoint.previousSecrets].find(
      (secret) => secret.version === version,
    )?.sealed;
    const key = sealed && this.#world.plainKeys.get(sealed.wrappedKey);
    if (sealed === undefined || key === undefined)
      throw new Error(`Secret ${version} of ${endpoint.id} cannot be decrypted.`);
    const binding = { purpose: 'signing', tenant: endpoint.tenant, endpointId: endpoint.id, version } as const;
    const known = this.#secrets.get(sealed.box) ?? receiversSecret(unseal(sealed, binding, key));
    this.#secrets.set(sealed.box, known);
    return known;
  }
}
