import { matches } from '../subscriptions/pattern.ts';
import { makeAttempt } from './attempt.ts';
import { advanceRecord, die, letGo } from './hand-on.ts';
import { updateRecord } from './ledger.ts';
import type { ReceivedDelivery } from './message.ts';
import { EXPIRY_MARGIN_MS } from './outcome.ts';
import type { Addressee, DeliverPorts, Verdict } from './ports.ts';
import { type Standing, standingOf } from './position.ts';
import type { DeliveryRecord, DiscardReason } from './record.ts';
import type { Turn, Work } from './turn.ts';

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
  if (standing.kind === 'redriven') return adopt(received, standing.deadMessageId, record, addressee, ports);
  return stand(received, standing, record, addressee, ports);
}

function stand(
  received: ReceivedDelivery,
  standing: Exclude<Standing, { kind: 'redriven' }>,
  record: DeliveryRecord | undefined,
  addressee: Addressee | undefined,
  ports: DeliverPorts,
): Promise<Verdict> | Verdict {
  switch (standing.kind) {
    case 'stale':
      ports.observer.settled(received, 'stale');
      return 'acknowledge';
    case 'dying':
      return letGo(received, ports);
    case 'live':
      return passGate({ received, position: standing.position, attempt: standing.attempt, record }, addressee, ports);
  }
}

/**
 * A redriven message begins the next cycle; whoever adopts first wins, every other redriven copy is stale. What it is
 * then, the record says: a write that took effect and whose answer was lost has adopted this message too.
 */
async function adopt(
  received: ReceivedDelivery,
  deadMessageId: string,
  record: DeliveryRecord | undefined,
  addressee: Addressee | undefined,
  ports: DeliverPorts,
): Promise<Verdict> {
  const { record: adopted } = await updateRecord(ports.ledger, received.message, record, (current) => {
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
  const standing = standingOf(received, adopted);
  // Adopted by another copy and dead again since: its own letter is the one to redrive.
  if (standing.kind === 'redriven') return 'acknowledge';
  return stand(received, standing, adopted, addressee, ports);
}

async function passGate(work: Turn, addressee: Addressee | undefined, ports: DeliverPorts): Promise<Verdict> {
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

async function discard(work: Turn, discardReason: DiscardReason, ports: DeliverPorts): Promise<Verdict> {
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
