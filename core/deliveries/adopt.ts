import { nextCycle, withDeadLetter } from './advance.ts';
import { classify } from './classify.ts';
import type { Situation } from './decide.ts';
import { updateRecord } from './ledger.ts';
import type { DeliverPorts } from './ports.ts';

/**
 * Makes a redriven message the first of a cycle. Whichever copy adopts first wins; every other one is stale. The record
 * says which: a write that took effect and whose answer was lost has adopted this message too.
 * @param deadMessageId the dead letter that this message was; null if its cycle was adopted before, under an older id.
 */
export async function adopt(
  deadMessageId: string | null,
  situation: Situation,
  ports: DeliverPorts,
): Promise<Situation> {
  const { received, record } = situation;
  const { messageId, message, sentAt } = received;
  const adoption = { adoptedMessageId: messageId, adoptedCopy: message.copy, adoptedSentAt: sentAt };
  const adopted = await updateRecord(ports.ledger, message, record, (current) => {
    if (deadMessageId === null) {
      // Under its newest id: an older copy that comes late is stale from now on.
      const isStill = current !== undefined && classify(received, current).kind === 'redriven_again';
      return isStill ? { ...current, ...adoption, updatedAt: ports.clock() } : undefined;
    }
    if (current?.status !== 'dead' || current.deadLetter?.messageId !== deadMessageId) return undefined;
    return { ...nextCycle(current, { cycle: current.next.cycle + 1, step: 1 }, ports.clock()), ...adoption };
  });
  return { ...situation, record: adopted.record, triedToAdopt: true };
}

/**
 * Makes a successor the dead letter of its delivery. SQS delivered a message twice: by one receive it died, by the other
 * it sent this successor and was deleted, and the dead letter with it.
 */
export async function replaceDeadLetter(situation: Situation, ports: DeliverPorts): Promise<Situation> {
  const { received, record } = situation;
  const replaced = await updateRecord(ports.ledger, received.message, record, (current) =>
    current !== undefined && classify(received, current).kind === 'successor'
      ? withDeadLetter(current, received, ports.clock())
      : undefined,
  );
  return { ...situation, record: replaced.record };
}
