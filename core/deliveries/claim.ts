import { randomToken } from '../random.ts';
import { nextCycle, startOf } from './advance.ts';
import { classify } from './classify.ts';
import { type LiveDelivery, type Situation, startAgain } from './decide.ts';
import { updateRecord } from './ledger.ts';
import type { ReceivedDelivery } from './message.ts';
import type { DeliverPorts } from './ports.ts';
import { type Claim, claimedUntil, type DeliveryRecord, type Position } from './record.ts';

/**
 * Reserves the POST for one message until its invocation must have ended: of two copies due at once, only one makes it.
 */
export async function takeClaim(
  { position }: LiveDelivery,
  situation: Situation,
  ports: DeliverPorts,
): Promise<Situation> {
  const { received } = situation;
  const { message, messageId } = received;
  const nowMs = ports.clock();
  const token = randomToken(ports.random);
  const claim: Claim = { messageId, ...position, until: nowMs + ports.functionTimeoutMs, token };
  const { record, written } = await updateRecord(ports.ledger, message, situation.record, (current) => {
    // Classified again: another copy may have made this attempt meanwhile.
    if (classify(received, current).kind !== 'live') return undefined;
    if (claimedUntil(current, position.cycle, token, nowMs) !== undefined) return undefined;
    const base = current?.next.cycle === position.cycle ? current : restarted(received, position, current, nowMs);
    return { ...base, claim, updatedAt: nowMs };
  });
  // The write may have succeeded although its response was lost.
  const isOurs = written || record?.claim?.token === token;
  return isOurs ? { ...situation, record, claim: token } : startAgain(situation, record);
}

function restarted(
  { message }: ReceivedDelivery,
  position: Position,
  current: DeliveryRecord | undefined,
  nowMs: number,
): DeliveryRecord {
  if (current === undefined) return { ...startOf(message, nowMs), next: position };
  return { ...nextCycle(current, position, nowMs), forced: message.forced === true };
}
