import type { Clock, Wait } from '../clock.ts';
import { type Endpoint, type EndpointHealth, signingSecrets } from '../endpoints/endpoint.ts';
import type { PayloadRef } from '../events/event.ts';
import type { Random } from '../random.ts';
import type { SecretOpener } from '../secrets/vault.ts';
import { keyOf } from '../signing/secret.ts';
import { matches } from '../subscriptions/pattern.ts';
import { type Advance, advanced } from './advance.ts';
import { claim, needsClaim } from './claim.ts';
import { type DeliveryLedger, updateRecord } from './ledger.ts';
import { DELAY_SECONDS_MAX, type DeliveryQueue, type ReceivedDelivery } from './message.ts';
import { EXPIRY_MARGIN_MS, errorText, type Outcome, outcomeOf } from './outcome.ts';
import { standingOf } from './position.ts';
import { type AttemptEntry, type DeathReason, type DeliveryRecord, type Position, withAttempt } from './record.ts';
import type { AttemptResult, Sender } from './sender.ts';
import { webhookRequest } from './webhook.ts';

/** What becomes of the message. */
export type Verdict =
  /** Its follow-up is durable, or none is needed: delete it. */
  | 'acknowledge'
  /** Nothing is lost by trying again after the visibility timeout. */
  | 'try_again'
  /** A dead letter: report it as failed, visible at once, until the redrive policy moves it. */
  | 'dying';

/** Endpoint matters that a delivery may cause. */
export interface EndpointActions {
  /** Disables an endpoint that answered 410; harmless when repeated. */
  disable(endpoint: Endpoint, reason: 'gone'): Promise<void>;
  /** Marks that deliveries of the endpoint may be held; must be durable before the first one is. */
  hold(health: EndpointHealth): Promise<void>;
}

/** Tells people what happened: one line per attempt, and one per message that ends otherwise. */
export interface DeliveryObserver {
  attempted(message: ReceivedDelivery, result: AttemptResult, outcome: Outcome, endpoint: Endpoint): void;
  settled(message: ReceivedDelivery, what: string): void;
}

export interface DeliverPorts {
  ledger: DeliveryLedger;
  queue: DeliveryQueue;
  payloads: { get(ref: PayloadRef): Promise<string> };
  secrets: SecretOpener;
  sender: Sender;
  endpoints: EndpointActions;
  observer: DeliveryObserver;
  clock: Clock;
  random: Random;
  wait: Wait;
  /** Milliseconds until the invocation is ended. */
  remainingMs: () => number;
  /** Results of POSTs whose record could not be written, by message id: such a POST is not made again. */
  remembered: Map<string, AttemptResult>;
  functionTimeoutMs: number;
  userAgent: string;
}

interface Work {
  received: ReceivedDelivery;
  position: Position;
  attempt: number;
  record: DeliveryRecord | undefined;
  endpoint: Endpoint;
  health: EndpointHealth;
}

export interface Addressee {
  endpoint: Endpoint;
  health: EndpointHealth;
}

/**
 * Works on one message: gate, sign, POST, decide. The order is always: make the follow-up durable, record, acknowledge;
 * a crash between any two repeats work and never loses it.
 * @throws on our own faults (an AWS error): the message is then tried again.
 */
export async function deliver(
  received: ReceivedDelivery,
  record: DeliveryRecord | undefined,
  addressee: Addressee | undefined,
  ports: DeliverPorts,
): Promise<Verdict> {
  const standing = standingOf(received, record);
  switch (standing.kind) {
    case 'stale':
      ports.observer.settled(received, 'stale');
      return 'acknowledge';
    case 'dying':
      return 'dying';
    case 'redriven':
      return adopt(received, standing.deadMessageId, record, addressee, ports);
    case 'live':
      return passGate({ received, position: standing.position, attempt: standing.attempt, record }, addressee, ports);
  }
}

/** A redriven message begins the next cycle; whoever adopts first wins, every other redriven copy is stale. */
async function adopt(
  received: ReceivedDelivery,
  deadMessageId: string,
  record: DeliveryRecord | undefined,
  addressee: Addressee | undefined,
  ports: DeliverPorts,
): Promise<Verdict> {
  const { written, record: adopted } = await updateRecord(ports.ledger, received.message, record, (current) => {
    if (current?.status !== 'dead' || current.deadLetter?.messageId !== deadMessageId) return undefined;
    return {
      ...current,
      status: 'retrying',
      next: { cycle: current.next.cycle + 1, step: 1 },
      adoptedMessageId: received.messageId,
      attemptCount: 0,
      deadLetter: null,
      claim: null,
      updatedAt: ports.clock(),
    };
  });
  if (!written || adopted === undefined) {
    ports.observer.settled(received, 'stale');
    return 'acknowledge';
  }
  return passGate({ received, position: adopted.next, attempt: 1, record: adopted }, addressee, ports);
}

type Gated = Omit<Work, 'endpoint' | 'health'>;

async function passGate(work: Gated, addressee: Addressee | undefined, ports: DeliverPorts): Promise<Verdict> {
  const { message } = work.received;
  if (addressee === undefined) return discard(work, 'endpoint_deleted', ports);
  const { endpoint, health } = addressee;
  if (endpoint.state === 'disabled') return discard(work, 'endpoint_disabled', ports);
  if (!message.forced && !matches(endpoint.eventTypes, message.eventType)) return discard(work, 'unsubscribed', ports);
  if (ports.clock() > message.expiresAt - EXPIRY_MARGIN_MS) {
    return die({ ...work, endpoint, health }, 'expired', undefined, ports);
  }
  if (endpoint.state === 'paused') return hold({ ...work, endpoint, health }, ports);
  return makeAttempt({ ...work, endpoint, health }, ports);
}

async function discard(
  work: Gated,
  discardReason: 'endpoint_deleted' | 'endpoint_disabled' | 'unsubscribed',
  ports: DeliverPorts,
): Promise<Verdict> {
  await advanceRecord(work, { status: 'discarded', discardReason, attemptCount: work.attempt - 1 }, ports);
  ports.observer.settled(work.received, `discarded: ${discardReason}`);
  return 'acknowledge';
}

/** Parks a delivery of a paused endpoint; it uses no attempt and comes back when the endpoint is resumed. */
async function hold(work: Work, ports: DeliverPorts): Promise<Verdict> {
  await ports.endpoints.hold(work.health);
  const next = { cycle: work.position.cycle, step: work.position.step + 1 };
  const waiting = { status: 'waiting', waitingFor: 'paused', next, attemptCount: work.attempt - 1 } as const;
  await advanceRecord(work, waiting, ports);
  ports.observer.settled(work.received, 'held: paused');
  return 'acknowledge';
}

async function makeAttempt(work: Work, ports: DeliverPorts): Promise<Verdict> {
  const { received } = work;
  const remembered = ports.remembered.get(received.messageId);
  if (remembered !== undefined) return settle(work, remembered, ports);
  // Read before the claim: our own fault here must not leave a POST claimed that nobody makes.
  const [body, keys] = await Promise.all([bodyOf(work, ports), keysOf(work.endpoint, ports)]);
  const claimed = needsClaim(received, work.record) ? await takeClaim(work, ports) : work;
  if (typeof claimed === 'string') return claimed;
  const request = webhookRequest({
    message: received.message,
    attempt: work.attempt,
    endpoint: work.endpoint,
    body,
    keys,
    nowMs: ports.clock(),
    spanId: Buffer.from(ports.random.bytes(8)).toString('hex'),
    userAgent: ports.userAgent,
  });
  const result = await ports.sender.send({ ...request, timeoutMs: work.endpoint.timeoutSeconds * 1000 });
  return settle(claimed, result, ports);
}

async function takeClaim(work: Work, ports: DeliverPorts): Promise<Work | Verdict> {
  const { received, position, record } = work;
  const { ledger, functionTimeoutMs } = ports;
  const claimed = await claim(received, position, record, { ledger, functionTimeoutMs, nowMs: ports.clock() });
  if (claimed.kind === 'mine') return { ...work, record: claimed.record };
  ports.observer.settled(received, `claim: ${claimed.kind}`);
  return claimed.kind === 'busy' ? 'try_again' : 'acknowledge';
}

function bodyOf({ received }: Work, ports: DeliverPorts): Promise<string> | string {
  const { inline, ...ref } = received.message.payload;
  return inline ?? ports.payloads.get(ref);
}

async function keysOf(endpoint: Endpoint, ports: DeliverPorts): Promise<Buffer[]> {
  const binding = { tenant: endpoint.tenant, endpointId: endpoint.id };
  const secrets = signingSecrets(endpoint, ports.clock());
  return Promise.all(
    secrets.map(async ({ sealed, version }) => {
      const key = keyOf(await ports.secrets.open(sealed, { ...binding, version }));
      if (key === undefined) throw new Error(`Secret version ${version} of ${endpoint.id} is damaged: rotate it.`);
      return key;
    }),
  );
}

/** Our own fault after a POST is retried, and the result remembered: a POST is never made again for it. */
async function settle(work: Work, result: AttemptResult, ports: DeliverPorts): Promise<Verdict> {
  const { received, endpoint, attempt } = work;
  ports.remembered.set(received.messageId, result);
  const outcome = outcomeOf(result, {
    policy: endpoint.retryPolicy,
    attempt,
    expiresAt: received.message.expiresAt,
    nowMs: ports.clock(),
    unit: ports.random.unit(),
  });
  const verdict = await follow(work, result, outcome, ports);
  ports.remembered.delete(received.messageId);
  ports.observer.attempted(received, result, outcome, endpoint);
  return verdict;
}

async function follow(work: Work, result: AttemptResult, outcome: Outcome, ports: DeliverPorts): Promise<Verdict> {
  switch (outcome.kind) {
    case 'delivered':
      await advanceRecord(work, { status: 'delivered', lastError: null, attempt: entryOf(work, result) }, ports);
      return 'acknowledge';
    case 'retry':
      return retry(work, result, outcome.delayMs, ports);
    case 'dead':
      if (outcome.disableEndpoint) await insist(() => ports.endpoints.disable(work.endpoint, 'gone'), ports);
      return die(work, outcome.reason, result, ports);
  }
}

async function retry(work: Work, result: AttemptResult, delayMs: number, ports: DeliverPorts): Promise<Verdict> {
  const next = { cycle: work.position.cycle, step: work.position.step + 1 };
  const common = {
    next,
    nextAttemptAt: ports.clock() + delayMs,
    lastError: errorText(result),
    attempt: entryOf(work, result),
  };
  const delaySeconds = Math.ceil(delayMs / 1000);
  if (delaySeconds > DELAY_SECONDS_MAX) {
    await advanceRecord(work, { ...common, status: 'waiting', waitingFor: 'backoff' }, ports);
    return 'acknowledge';
  }
  // A copy of a copy is no longer a repeat: its own step tells it apart.
  const { repeat: _, ...message } = work.received.message;
  const followUp = { message: { ...message, ...next, attempt: work.attempt + 1 }, delaySeconds };
  await insist(() => ports.queue.send([followUp]), ports);
  await advanceRecord(work, { ...common, status: 'retrying' }, ports);
  return 'acknowledge';
}

/** The message itself becomes the dead letter, so that SQS moves it and knows where it came from. */
async function die(
  work: Work,
  reason: DeathReason,
  result: AttemptResult | undefined,
  ports: DeliverPorts,
): Promise<Verdict> {
  const { messageId, firstReceivedAt, sentAt } = work.received;
  const error = result && errorText(result);
  const { record } = await advanceRecord(
    work,
    {
      status: 'dead',
      deadLetter: { messageId, firstReceivedAt, sentAt },
      lastError: error ? (reason === 'exhausted' ? error : `${reason}: ${error}`) : reason,
      attemptCount: result ? work.attempt : work.attempt - 1,
      ...(result && { attempt: entryOf(work, result) }),
    },
    ports,
  );
  if (result === undefined) ports.observer.settled(work.received, `dead: ${reason}`);
  // By the record, not by who wrote it: a write that took effect and still failed is ours too.
  return record?.status === 'dead' && record.deadLetter?.messageId === messageId ? 'dying' : 'acknowledge';
}

function entryOf({ position, attempt }: Work, result: AttemptResult): AttemptEntry {
  const { at, durationMs, statusCode, errorCode, responseExcerpt } = result;
  return { number: attempt, cycle: position.cycle, at, durationMs, statusCode, errorCode, responseExcerpt };
}

type Step = Partial<Advance> & Pick<Advance, 'status'>;

function advanceRecord(work: Gated, step: Step, ports: DeliverPorts) {
  return insist(() => tryAdvance(work, step, ports), ports);
}

/** Moves the record; where others have moved it further, only the attempt is added to its history. */
async function tryAdvance(work: Gated, step: Step, ports: DeliverPorts) {
  const { received, position, attempt, record } = work;
  const advance: Advance = {
    message: received.message,
    position,
    next: position,
    attemptCount: attempt,
    nowMs: ports.clock(),
    ...step,
  };
  const moved = await updateRecord(ports.ledger, received.message, record, (current) => advanced(current, advance));
  if (!moved.written && step.attempt !== undefined) {
    await updateRecord(ports.ledger, received.message, moved.record, (current) => {
      const attempts = withAttempt(current?.attempts ?? [], step.attempt);
      return current && attempts !== current.attempts ? { ...current, attempts } : undefined;
    });
  }
  return moved;
}

/** Waits between tries after a POST, and what must be left of the invocation to try once more. */
const INSIST_WAIT_MS_MAX = 2_000;
const INSIST_RESERVE_MS = 4_000;

async function insist<Result>(act: () => Promise<Result>, ports: DeliverPorts): Promise<Result> {
  for (let waitMs = 50; ; waitMs = Math.min(waitMs * 2, INSIST_WAIT_MS_MAX)) {
    try {
      return await act();
    } catch (fault) {
      if (ports.remainingMs() < INSIST_RESERVE_MS + waitMs) throw fault;
      await ports.wait(waitMs);
    }
  }
}
