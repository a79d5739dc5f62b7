import { nextCycle, withDeadLetter } from './advance.ts';
import { classify } from './classify.ts';
import type { Situation } from './decide.ts';
import { updateRecord } from './ledger.ts';
import type { ReceivedDelivery } from './message.ts';
import type { DeliverPorts } from './ports.ts';

/**
 * Begins the next cycle with a redriven message. The first copy to be adopted wins; every other one is stale. The
 * record shows which one won, even if the write succeeded and its response was lost.
 * @param deadMessageId the id that the message had as the dead letter.
 */
export async function adopt(deadMessageId: string, situation: Situation, ports: DeliverPorts): Promise<Situation> {
  const { received, record } = situation;
  const adopted = await updateRecord(ports.ledger, received.message, record, (current) => {
    if (current?.status !== 'dead' || current.deadLetter?.messageId !== deadMessageId) return undefined;
    const begun = nextCycle(current, { cycle: current.next.cycle + 1, step: 1 }, ports.clock());
    return { ...begun, ...adoptionOf(received) };
  });
  // A result that the dead letter carries is that of the cycle that ended.
  return { ...situation, record: adopted.record, result: undefined, triedToAdopt: true };
}

/** Notes the newest id of the message that was adopted: an older copy of it that comes late is stale from now on. */
export async function adoptAgain(situation: Situation, ports: DeliverPorts): Promise<Situation> {
  const { received, record } = situation;
  const adopted = await updateRecord(ports.ledger, received.message, record, (current) =>
    current !== undefined && classify(received, current).kind === 'redriven_again'
      ? { ...current, ...adoptionOf(received), updatedAt: ports.clock() }
      : undefined,
  );
  return { ...situation, record: adopted.record };
}

function adoptionOf({ messageId, message, sentAt }: ReceivedDelivery) {
  return { adoptedMessageId: messageId, adoptedCopy: message.copy, adoptedSentAt: sentAt };
}

/** Makes a successor the dead letter of its delivery: the record names it from now on. */
export async function replaceDeadLetter(situation: Situation, ports: DeliverPorts): Promise<Situation> {
  const { received, record } = situation;
  const replaced = await updateRecord(ports.ledger, received.message, record, (current) =>
    current !== undefined && classify(received, current).kind === 'successor'
      ? withDeadLetter(current, received, ports.clock())
      : undefined,
  );
  return { ...situation, record: replaced.record };
}
