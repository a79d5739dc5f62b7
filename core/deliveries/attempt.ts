import { QUICK_ANSWER_MS } from '../endpoints/circuit-breaker.ts';
import { type Endpoint, stillSigning } from '../endpoints/endpoint.ts';
import type { Postponed } from '../rate/limiter.ts';
import type { SealedSecret } from '../secrets/seal.ts';
import { claim, needsClaim } from './claim.ts';
import { afterLostRace, settle } from './hand-on.ts';
import type { ReceivedDelivery } from './message.ts';
import { waitForPermit } from './pace.ts';
import type { DeliverPorts, DeliveryContext, MessageContext, Verdict } from './ports.ts';
import type { OutboundRequest } from './sender.ts';
import { webhookRequest } from './webhook.ts';

/** What came of a turn at the POST. */
export type Attempted =
  | { kind: 'settled'; verdict: Verdict }
  /** The circuit is open and another message is its probe. */
  | { kind: 'held'; work: DeliveryContext }
  /** What comes before the POST took longer than the limit's leave lasts, and it gives no other for now. */
  | { kind: 'late'; work: DeliveryContext; answer: Postponed };

/** Under what conditions the POST is made. */
export interface Terms {
  /** Given when the circuit is open: the POST is made only as its one probe. */
  probe: { chosenAt: number | null } | null;
  /** Until when it may start without asking the endpoint's limit again, in ms since the epoch. */
  postUntil: number;
}

/** Signs and POSTs once, unless another copy of the message does, and hands the delivery on by what came of it. */
export async function makeAttempt(
  work: DeliveryContext,
  { probe, postUntil }: Terms,
  ports: DeliverPorts,
): Promise<Attempted> {
  const { received } = work;
  // Read before the claim: our own fault here must not leave a POST claimed that nobody makes.
  const [body, secrets] = await Promise.all([bodyOf(work, ports), openSecrets(work.endpoint, ports)]);
  const claimed = needsClaim(received, work.record) ? await takeClaim(work, ports) : work;
  if (typeof claimed === 'string') return { kind: 'settled', verdict: claimed };
  // Last of all: whoever holds the lease makes the POST now, so it blocks the other messages no longer than that.
  const lease = probe && (await ports.health.takeProbe(work, probe.chosenAt));
  if (lease === 'hold') return { kind: 'held', work: claimed };
  const token = lease === 'pass' ? null : (lease?.token ?? null);
  // From here to the POST nothing is waited for: what the limit says now is what the receiver gets.
  if (ports.clock() > postUntil) {
    const answer = await waitForPermit(claimed, ports).catch(async (fault) => {
      await giveBack(claimed, token, ports);
      throw fault;
    });
    if (answer.kind !== 'post') {
      await giveBack(claimed, token, ports);
      return { kind: 'late', work: claimed, answer };
    }
  }
  const nowMs = ports.clock();
  const request = webhookRequest({
    message: received.message,
    attempt: work.attempt,
    endpoint: work.endpoint,
    body,
    // By the time that the signature carries: a former secret may have ended since it was opened.
    secrets: [secrets.newest, ...stillSigning(secrets.formers, nowMs).map(({ secret }) => secret)],
    nowMs,
    spanId: Buffer.from(ports.random.bytes(8)).toString('hex'),
    userAgent: ports.userAgent,
  });
  const result = await post(claimed, request, ports);
  return settled(settle(claimed, result, ports, { probe: token }));
}

/** Best effort: a lease that is not given back ends by itself. */
async function giveBack(work: DeliveryContext, token: string | null, ports: DeliverPorts): Promise<void> {
  if (token === null) return;
  try {
    await ports.health.giveBackProbe(work, token);
  } catch (fault) {
    ports.observer.healthNotUpdated(work.received, fault);
  }
}

async function settled(verdict: Promise<Verdict>): Promise<Attempted> {
  return { kind: 'settled', verdict: await verdict };
}

/** POSTs; an endpoint of the fast lane that lets us wait is marked while it still does. */
async function post(work: DeliveryContext, request: Omit<OutboundRequest, 'timeoutMs'>, ports: DeliverPorts) {
  let marked: Promise<void> | undefined;
  const mark = () => {
    marked = ports.health.unanswered(work).catch((fault) => ports.observer.healthNotUpdated(work.received, fault));
  };
  const forget = work.health.lane === 'fast' ? ports.after(QUICK_ANSWER_MS, mark) : undefined;
  try {
    return await ports.sender.send({ ...request, timeoutMs: work.endpoint.timeoutSeconds * 1000 });
  } finally {
    forget?.();
    await marked;
  }
}

/** Another invocation holds the POST, and may yet die of it: this message looks again when the claim has ended. */
export async function waitFor(untilMs: number, received: ReceivedDelivery, ports: DeliverPorts): Promise<Verdict> {
  ports.observer.settled(received, 'claim: busy');
  await ports.changeVisibility(received, Math.max(1, Math.ceil((untilMs - ports.clock()) / 1000)));
  return 'try_again';
}

async function takeClaim(work: DeliveryContext, ports: DeliverPorts): Promise<DeliveryContext | Verdict> {
  const { received, position, record } = work;
  const { ledger, functionTimeoutMs, random } = ports;
  const claimed = await claim(received, position, record, { ledger, functionTimeoutMs, random, nowMs: ports.clock() });
  if (claimed.kind === 'mine') return { ...work, record: claimed.record, token: claimed.token };
  if (claimed.kind === 'busy') return waitFor(claimed.until, received, ports);
  ports.observer.settled(received, 'claim: not needed');
  return afterLostRace(work, { record: claimed.record, written: false }, ports);
}

function bodyOf({ received }: MessageContext, ports: DeliverPorts): Promise<string> | string {
  const { inline, ...ref } = received.message.payload;
  return inline ?? ports.payloads.get(ref);
}

/** The secrets that sign now. */
async function openSecrets({ tenant, id: endpointId, previousSecrets, ...endpoint }: Endpoint, ports: DeliverPorts) {
  const open = (sealed: SealedSecret, version: number) => ports.secrets.open(sealed, { tenant, endpointId, version });
  const [newest, ...formers] = await Promise.all([
    open(endpoint.secret, endpoint.secretVersion),
    ...stillSigning(previousSecrets, ports.clock()).map(async ({ sealed, version, expiresAt }) => ({
      secret: await open(sealed, version),
      expiresAt,
    })),
  ]);
  return { newest, formers };
}
