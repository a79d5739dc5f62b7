import type { EndpointWithHealth } from '../endpoints/endpoint.ts';
import { nextCycle } from './advance.ts';
import { type Classification, classify } from './classify.ts';
import { passGate } from './gate.ts';
import { failToDeadLetterQueue, withSuccessor } from './hand-on.ts';
import { updateRecord } from './ledger.ts';
import type { ReceivedDelivery } from './message.ts';
import type { DeliverPorts, Verdict } from './ports.ts';
import type { DeliveryRecord } from './record.ts';

/**
 * Works on one message: gate, sign, POST, decide. The order is always: make the follow-up durable, record, acknowledge;
 * a crash between any two repeats work and never loses it.
 * @throws on our own faults (an AWS error): the message is then tried again.
 */
export async function deliver(
  received: ReceivedDelivery,
  record: DeliveryRecord | undefined,
  addressee: EndpointWithHealth | undefined,
  ports: DeliverPorts,
): Promise<Verdict> {
  const standing = classify(received, record);
  if (standing.kind === 'redriven') return adopt(received, standing.deadMessageId, record, addressee, ports);
  return stand(received, standing, record, addressee, ports);
}

function stand(
  received: ReceivedDelivery,
  standing: Exclude<Classification, { kind: 'redriven' }>,
  record: DeliveryRecord | undefined,
  addressee: EndpointWithHealth | undefined,
  ports: DeliverPorts,
): Promise<Verdict> | Verdict {
  switch (standing.kind) {
    case 'stale':
      ports.observer.settled(received, 'stale');
      return 'acknowledge';
    case 'dying':
      return failToDeadLetterQueue(received, ports);
    case 'heir':
      return inherit(received, record, ports);
    case 'redriven_again':
      return adoptAgain(received, record, addressee, ports);
    case 'live':
      return passGate({ received, position: standing.position, attempt: standing.attempt, record }, addressee, ports);
  }
}

/** SQS handed a message out twice: one hand-out died of it, the other sent this one and deleted the letter. */
async function inherit(
  received: ReceivedDelivery,
  record: DeliveryRecord | undefined,
  ports: DeliverPorts,
): Promise<Verdict> {
  const { record: now } = await updateRecord(ports.ledger, received.message, record, (current) =>
    current !== undefined && classify(received, current).kind === 'heir'
      ? withSuccessor(current, received, ports.clock())
      : undefined,
  );
  const { kind } = classify(received, now);
  if (kind === 'stale') return 'acknowledge';
  if (kind === 'dying') return failToDeadLetterQueue(received, ports);
  await ports.changeVisibility(received, 1);
  return 'try_again';
}

/** The adopted message under its newest id: an older twin of it that comes late is stale from now on. */
async function adoptAgain(
  received: ReceivedDelivery,
  record: DeliveryRecord | undefined,
  addressee: EndpointWithHealth | undefined,
  ports: DeliverPorts,
): Promise<Verdict> {
  const { record: adopted } = await updateRecord(ports.ledger, received.message, record, (current) =>
    current !== undefined && classify(received, current).kind === 'redriven_again'
      ? { ...current, ...adoptionOf(received), updatedAt: ports.clock() }
      : undefined,
  );
  const standing = classify(received, adopted);
  return standing.kind === 'redriven' ? 'acknowledge' : stand(received, standing, adopted, addressee, ports);
}

function adoptionOf({ messageId, message, sentAt }: ReceivedDelivery) {
  return { adoptedMessageId: messageId, adoptedCopy: message.copy, adoptedSentAt: sentAt };
}

/**
 * A redriven message begins the next cycle; whoever adopts first wins, every other redriven copy is stale. What it is
 * then, the record says: a write that took effect and whose answer was lost has adopted this message too.
 */
async function adopt(
  received: ReceivedDelivery,
  deadMessageId: string,
  record: DeliveryRecord | undefined,
  addressee: EndpointWithHealth | undefined,
  ports: DeliverPorts,
): Promise<Verdict> {
  const { record: adopted } = await updateRecord(ports.ledger, received.message, record, (current) => {
    if (current?.status !== 'dead' || current.deadLetter?.messageId !== deadMessageId) return undefined;
    const begun = nextCycle(current, { cycle: current.next.cycle + 1, step: 1 }, ports.clock());
    return { ...begun, ...adoptionOf(received) };
  });
  const standing = classify(received, adopted);
  // Adopted by another copy and dead again since: its own letter is the one to redrive.
  if (standing.kind === 'redriven') return 'acknowledge';
  return stand(received, standing, adopted, addressee, ports);
}
