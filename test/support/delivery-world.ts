import { expect } from 'vitest';
import { SYSTEM } from '../../core/audit/audit.ts';
import { bodyBytesAtOnce } from '../../core/deliveries/body-room.ts';
import { deliverBatch } from '../../core/deliveries/deliver-batch.ts';
import { createEndpointCache } from '../../core/deliveries/endpoint-cache.ts';
import { keyText } from '../../core/deliveries/ledger.ts';
import {
  type DeliveryLane,
  type DeliveryMessage,
  deliveryMessage,
  type ReceivedDelivery,
} from '../../core/deliveries/message.ts';
import type { DeliverPorts } from '../../core/deliveries/ports.ts';
import type { DeliveryRecord } from '../../core/deliveries/record.ts';
import { replay } from '../../core/deliveries/replay.ts';
import type { AttemptResult, OutboundRequest } from '../../core/deliveries/sender.ts';
import { type Endpoint, newEndpoint } from '../../core/endpoints/endpoint.ts';
import { NO_HEADERS } from '../../core/endpoints/headers.ts';
import { freshHealth } from '../../core/endpoints/health.ts';
import { createHealthTracker } from '../../core/endpoints/health-tracker.ts';
import { endpointSettings } from '../../core/endpoints/settings.ts';
import { createRateLimiter } from '../../core/rate/limiter.ts';
import { Room } from '../../core/room.ts';
import { releaseHeld } from '../../core/waiting-room/release.ts';
import { sweepDue } from '../../core/waiting-room/sweep.ts';
import { QueueModel } from '../../local/sqs-model/queue-model.ts';
import { MemoryAudit } from '../fakes/audit.ts';
import { createMemoryWaitingRoom, MemoryDeliveryLedger } from '../fakes/deliveries.ts';
import { createMemoryDeliveryQueue } from '../fakes/delivery-queue.ts';
import { MemoryEndpointStore } from '../fakes/endpoints.ts';
import { createMemoryRateSlots } from '../fakes/rate-slots.ts';
import { seededRandom } from './seeded-random.ts';
import { aRun } from './task-run.ts';

export const START = Date.parse('2026-11-22T10:00:00.000Z');
export const DAY = 86_400_000;
export const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const SEALED = { keyId: 'dk', wrappedKey: '', nonce: '', box: '' };
const NEW = { id: 'ep_1', tenant: 'acme', secret: SEALED, headers: NO_HEADERS };

export function anEndpoint(changes: Partial<Endpoint> = {}): Endpoint {
  const settings = endpointSettings.parse({
    url: 'https://example.com/hook',
    event_types: ['order.*'],
    retry_policy: { jitter: 0 },
  });
  return { ...newEndpoint({ ...NEW, settings }, START), ...changes };
}

export function aMessage(changes: Partial<DeliveryMessage> = {}): DeliveryMessage {
  return {
    v: 1,
    tenant: 'acme',
    eventId: 'evt_1',
    eventType: 'order.created',
    endpointId: 'ep_1',
    cycle: 1,
    step: 1,
    attempt: 1,
    payload: { key: 'acme/evt_1/hash', offset: 0, length: 2, inline: '{}' },
    acceptedAt: START,
    expiresAt: START + 30 * DAY,
    copy: 'copy',
    traceId: '0'.repeat(31).concat('1'),
    ...changes,
  };
}

/** An endpoint's answer: a status, or an error code if there is none. */
export type Answer = number | 'timeout' | 'connection_refused';

/**
 * The deliver Lambda and the scheduled redrive tasks over a model of SQS, in virtual time: deliveries behave as in AWS,
 * without waiting.
 */
export class DeliveryWorld {
  now = START;
  readonly posts: { at: number; request: Omit<OutboundRequest, 'excerptBytesMax'> }[] = [];
  readonly audit = new MemoryAudit();
  readonly registry = new MemoryEndpointStore(this.audit);
  readonly endpoints = this.registry.endpoints;
  readonly health = this.registry.health;
  readonly ledger = new MemoryDeliveryLedger(this.registry);
  readonly random = seededRandom(7);
  readonly queues: QueueModel;
  readonly queue: string;
  readonly slowQueue: string;
  readonly bulkQueue: string;
  readonly deadLetters: string;
  readonly notAttempted: string[] = [];
  /** Decides each answer; the default acknowledges. */
  answer: (post: number) => Answer | Promise<Answer> = () => 200;
  retryAfter: string | null = null;
  /** How long each answer takes. */
  answerMs = 1;
  ports: DeliverPorts;
  #cache = createEndpointCache(() => this.now);
  readonly #timers = new Set<{ at: number; act: () => void }>();
  readonly #waiting: { until: number; wake: () => void }[] = [];

  constructor() {
    let ids = 0;
    this.queues = new QueueModel({ now: () => this.now, newId: () => `m${++ids}` });
    this.deadLetters = this.queues.createQueue('dead', { MessageRetentionPeriod: '1209600' });
    const attributes = {
      VisibilityTimeout: '360',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: this.deadLetters, maxReceiveCount: 5 }),
    };
    this.queue = this.queues.createQueue('delivery', attributes);
    this.slowQueue = this.queues.createQueue('slow-delivery', attributes);
    this.bulkQueue = this.queues.createQueue('bulk-delivery', attributes);
    const clock = () => this.now;
    this.ports = {
      ledger: this.ledger,
      queue: createMemoryDeliveryQueue(this.queues, this.#arns, this.random),
      payloads: { get: async () => '{"from":"store"}' },
      secrets: { open: async () => SECRET },
      sender: { send: (request) => this.#post(request) },
      endpoints: {
        disable: async ({ id }, reason) => this.change(id, { state: 'disabled', disabledReason: reason }),
      },
      health: createHealthTracker({
        store: this.registry.healthStore,
        noteHealth: (health) => this.#cache.noteHealth(health),
        rules: { openAfterFailures: 10, disableAfterMs: 5 * DAY, disableAfterFailures: 10 },
        clock,
        random: this.random,
      }),
      rate: createRateLimiter(createMemoryRateSlots(), clock),
      bodies: new Room(bodyBytesAtOnce(512)),
      changeVisibility: async ({ receiptHandle, lane }, seconds) =>
        this.queues.changeVisibility(this.#arns[lane], receiptHandle, seconds),
      observer: {
        attempted: () => undefined,
        ended: () => undefined,
        retrying: () => undefined,
        healthNotUpdated: (_, fault) => expect.fail(String(fault)),
        notAttempted: (_, what) => this.notAttempted.push(what),
      },
      clock,
      random: this.random,
      wait: (ms) => this.#wait(ms),
      after: (ms, act) => {
        const timer = { at: this.now + ms, act };
        this.#timers.add(timer);
        return () => this.#timers.delete(timer);
      },
      remainingMs: () => 60_000,
      unrecordedResults: new Map(),
      functionTimeoutMs: 60_000,
      userAgent: 'Postrider/test',
    };
    this.endpoints.set('ep_1', anEndpoint());
    this.health.set('ep_1', { ...freshHealth('ep_1'), lane: 'fast', revision: 1 });
  }

  /** Replays a delivery as an operator does. */
  replay(record: DeliveryRecord, endpoint: Endpoint): Promise<DeliveryRecord> {
    const { ledger, audit, random } = this;
    return replay(
      record,
      { endpoint, actor: SYSTEM },
      { ledger, audit, random, queue: this.ports.queue, clock: () => this.now },
    );
  }

  /** Waiting callers wake in order of their times, once nothing else can run. */
  async #wait(ms: number): Promise<void> {
    const woken = new Promise<void>((wake) => this.#waiting.push({ until: this.now + ms, wake }));
    if (this.#waiting.length === 1) void this.#letTimePass();
    return woken;
  }

  async #letTimePass(): Promise<void> {
    while (this.#waiting.length > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#waiting.sort((one, other) => one.until - other.until);
      const first = this.#waiting[0];
      if (first === undefined) return;
      this.now = Math.max(this.now, first.until);
      first.wake();
      // Its work may wait again; remove it only then, so that one loop runs at a time.
      await new Promise((resolve) => setImmediate(resolve));
      this.#waiting.splice(this.#waiting.indexOf(first), 1);
    }
  }

  get #arns(): Record<DeliveryLane, string> {
    return { fast: this.queue, slow: this.slowQueue, bulk: this.bulkQueue };
  }

  change(id: string, changes: Partial<Endpoint>): void {
    const endpoint = this.endpoints.get(id);
    if (endpoint) this.endpoints.set(id, { ...endpoint, ...changes, version: endpoint.version + 1 });
    this.#cache = createEndpointCache(() => this.now);
  }

  send(message: DeliveryMessage, delaySeconds = 0): Promise<void> {
    return this.ports.queue.send([{ message, delaySeconds }]);
  }

  /** Receives visible messages, as an event source mapping does. */
  receive(max = 10, lane: DeliveryLane = 'fast'): ReceivedDelivery[] {
    return this.queues.receive(this.#arns[lane], { max }).map((stored) => ({
      messageId: stored.messageId,
      receiptHandle: stored.receiptHandle,
      receiveCount: stored.receiveCount,
      sentAt: stored.sentAtMs,
      firstReceivedAt: stored.firstReceivedAtMs ?? this.now,
      lane,
      message: deliveryMessage.parse(JSON.parse(stored.body)),
    }));
  }

  /** One invocation of the deliver Lambda with these messages; acknowledged ones are deleted, as Lambda does. */
  async invoke(batch: ReceivedDelivery[]): Promise<void> {
    const handled = await deliverBatch(batch, this.#cache, this.ports);
    for (const { received, verdict } of handled) {
      if (verdict === 'acknowledge') this.queues.delete(this.#arns[received.lane], received.receiptHandle);
    }
  }

  /** Processes everything that is visible now. */
  async drain(): Promise<void> {
    const next = () => [...this.receive(), ...this.receive(10, 'slow'), ...this.receive(10, 'bulk')];
    for (let batch = next(); batch.length > 0; batch = next()) await this.invoke(batch);
  }

  /** Lets time pass, processing messages as they become visible and running the redrive tasks each minute. */
  async run(ms: number): Promise<void> {
    const end = this.now + ms;
    let tick = Math.ceil((this.now + 1) / 60_000) * 60_000;
    for (;;) {
      await this.drain();
      const due = Object.values(this.#arns).map((arn) => this.queues.nextVisibleAtMs(arn) ?? Infinity);
      const next = Math.min(...due, tick);
      if (next > end) break;
      this.now = Math.max(this.now, next);
      if (this.now >= tick) {
        await this.tick();
        tick += 60_000;
      }
    }
    this.now = Math.max(this.now, end);
  }

  /** One run of the redrive Lambda's scheduled tasks. @returns how many held deliveries it released. */
  async tick(): Promise<number> {
    const ports = {
      room: createMemoryWaitingRoom(this.ledger),
      ledger: this.ledger,
      queue: this.ports.queue,
      clock: () => this.now,
      shards: 1,
    };
    await sweepDue(aRun(this.now), ports);
    return releaseHeld(aRun(this.now), {
      ...ports,
      marked: this.registry.marked,
      health: this.registry.healthStore,
      releasePerSecond: 100,
      functionTimeoutMs: 60_000,
      retentionMs: 30 * DAY,
    });
  }

  record(eventId = 'evt_1', endpointId = 'ep_1') {
    return this.ledger.records.get(keyText({ eventId, endpointId }));
  }

  /** Seconds from the start to each POST. */
  postedAfter(): number[] {
    return this.posts.map(({ at }) => (at - START) / 1000);
  }

  async #post(request: OutboundRequest): Promise<AttemptResult> {
    const at = this.now;
    this.posts.push({ at, request });
    const answer = await this.answer(this.posts.length);
    this.now += this.answerMs - 1;
    for (const timer of this.#timers) if (timer.at <= this.now) timer.act();
    const statusCode = typeof answer === 'number' ? answer : null;
    const isSuccess = statusCode !== null && statusCode >= 200 && statusCode < 300;
    const errorCode = isSuccess ? null : typeof answer === 'number' ? 'http_status' : answer;
    return { at, durationMs: this.answerMs, statusCode, errorCode, retryAfter: this.retryAfter, responseExcerpt: '' };
  }
}
