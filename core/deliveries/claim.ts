import type { Random } from '../random.ts';
import { nextCycle, startOf } from './advance.ts';
import { classify } from './classify.ts';
import { type DeliveryLedger, updateRecord } from './ledger.ts';
import type { ReceivedDelivery } from './message.ts';
import { type Claim, claimedUntil, type DeliveryRecord, type Position } from './record.ts';

/** What came of a claim. */
export type Claimed =
  | { kind: 'mine'; record: DeliveryRecord; token: string }
  /** The delivery has moved on: this copy is not needed. */
  | { kind: 'not_needed'; record: DeliveryRecord | undefined }
  /** Another invocation holds the POST, dead or alive: try again when its claim has ended. */
  | { kind: 'busy'; until: number };

/**
 * Whether the POST must be claimed first. A plain first attempt, received for the first time, is alone and pays
 * nothing; every other message may have a twin.
 */
export function needsClaim(received: ReceivedDelivery, record: DeliveryRecord | undefined): boolean {
  const { message, receiveCount } = received;
  const isPlain = message.cycle === 1 && message.step === 1 && receiveCount === 1 && !message.repeat;
  return !isPlain || message.forced === true || record !== undefined;
}

/** Holds the POST for one message until its function must have ended. Two copies due at one instant make one POST. */
export async function claim(
  received: ReceivedDelivery,
  position: Position,
  record: DeliveryRecord | undefined,
  ports: { ledger: DeliveryLedger; nowMs: number; functionTimeoutMs: number; random: Random },
): Promise<Claimed> {
  const { message, messageId } = received;
  const isLive = (current: DeliveryRecord | undefined) => classify(received, current).kind === 'live';
  const token = Buffer.from(ports.random.bytes(6)).toString('base64url');
  const mine: Claim = { messageId, ...position, until: ports.nowMs + ports.functionTimeoutMs, token };
  const { record: seen, written } = await updateRecord(ports.ledger, message, record, (current) => {
    // By all that tells a message's turn: another copy may have made this very attempt meanwhile.
    if (!isLive(current)) return undefined;
    if (claimedUntil(current, position.cycle, token, ports.nowMs) !== undefined) return undefined;
    const base = current?.next.cycle === position.cycle ? current : restarted(received, position, current, ports.nowMs);
    return { ...base, claim: mine, updatedAt: ports.nowMs };
  });
  // The second: the claim took effect and its answer was lost.
  const isMine = written || (seen?.claim?.messageId === messageId && seen.claim.token === mine.token);
  if (isMine && seen) return { kind: 'mine', record: seen, token };
  const until = isLive(seen) ? claimedUntil(seen, position.cycle, token, ports.nowMs) : undefined;
  return until === undefined ? { kind: 'not_needed', record: seen } : { kind: 'busy', until };
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
