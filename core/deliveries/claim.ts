import type { Random } from '../random.ts';
import { mayAdvance, nextCycle, startOf } from './advance.ts';
import { type DeliveryLedger, updateRecord } from './ledger.ts';
import type { ReceivedDelivery } from './message.ts';
import type { Claim, DeliveryRecord, Position } from './record.ts';

/** What came of a claim. */
export type Claimed =
  | { kind: 'mine'; record: DeliveryRecord; token: string }
  /** Another copy of this step holds the POST, or the delivery has moved on: this copy is not needed. */
  | { kind: 'not_needed' }
  /**
   * The holder is this same message in another invocation, or another at an earlier step, dead or alive: try again when
   * its claim has ended.
   */
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

/**
 * What a claim on the record means for a message at this position. A holder at an earlier step may turn out to have made
 * this very attempt, so its end is awaited; one at this step or a later one makes this copy needless.
 * @param message its id, and the token of the claim that it took in this invocation; null when it took none.
 */
export function standingOfClaim(
  record: DeliveryRecord | undefined,
  { messageId, token, position }: { messageId: string; token: string | null; position: Position },
  nowMs: number,
): 'free' | 'busy' | 'not_needed' {
  const claim = record?.claim ?? null;
  if (claim === null || claim.until <= nowMs || claim.cycle !== position.cycle || claim.token === token) return 'free';
  return claim.messageId === messageId || claim.step < position.step ? 'busy' : 'not_needed';
}

/** Holds the POST for one message until its function must have ended. Two copies due at one instant make one POST. */
export async function claim(
  received: ReceivedDelivery,
  position: Position,
  record: DeliveryRecord | undefined,
  ports: { ledger: DeliveryLedger; nowMs: number; functionTimeoutMs: number; random: Random },
): Promise<Claimed> {
  const { message, messageId } = received;
  const token = Buffer.from(ports.random.bytes(6)).toString('base64url');
  const mine: Claim = { messageId, ...position, until: ports.nowMs + ports.functionTimeoutMs, token };
  const { record: seen, written } = await updateRecord(ports.ledger, message, record, (current) => {
    if (!mayAdvance(current, position, 'retrying')) return undefined;
    if (standingOfClaim(current, { messageId, token, position }, ports.nowMs) !== 'free') return undefined;
    const base = current?.next.cycle === position.cycle ? current : restarted(received, position, current, ports.nowMs);
    return { ...base, claim: mine, updatedAt: ports.nowMs };
  });
  // The second: the claim took effect and its answer was lost.
  const isMine = written || (seen?.claim?.messageId === messageId && seen.claim.token === mine.token);
  if (isMine && seen) return { kind: 'mine', record: seen, token };
  if (!mayAdvance(seen, position, 'retrying')) return { kind: 'not_needed' };
  const isBusy = standingOfClaim(seen, { messageId, token, position }, ports.nowMs) === 'busy';
  return isBusy ? { kind: 'busy', until: seen?.claim?.until ?? ports.nowMs } : { kind: 'not_needed' };
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
