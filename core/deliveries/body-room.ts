import type { CarriedPayload } from '../events/accepted.ts';
import type { GiveBack } from '../room.ts';
import type { LiveDelivery, Situation } from './decide.ts';
import type { DeliverPorts } from './ports.ts';

/*
 * A batch of the slow lane may hold 100 messages, each with a body of 1 MiB by reference. So an invocation holds only so
 * many bytes of bodies at a time: a message takes its part before it reads the body, and gives it back when its POST is answered.
 */

/** Room for a delivery's body. */
export interface BodyRoom {
  giveBack: GiveBack;
  /** Whether it had to wait for it. */
  hasWaited: boolean;
}

const MB = 1024 * 1024;
/** Memory of a function besides bodies: Node.js and the bundle 110 MB, the largest event (6 MB) and 100 connections. */
const OTHER_MB = 232;
/**
 * Memory that a byte of a body costs. Measured with 50 POSTs of 1 MiB at once over TLS: 5.3 if the text is ASCII, and 7.2 if it
 * is kept with two bytes a character. It is there as S3's chunks, as one buffer, as text, as what TLS is to encrypt, and
 * encrypted, and garbage is collected late.
 */
const MEMORY_PER_BYTE = 7;

/** How many bytes of bodies a function with this much memory may hold at a time. */
export function bodyBytesAtOnce(memoryMb: number): number {
  return Math.floor((Math.max(0, memoryMb - OTHER_MB) * MB) / MEMORY_PER_BYTE);
}

/** The bytes that a body needs of the room. One inside its message needs none: it is part of the event, of at most 6 MB. */
export function bodyBytes({ inline, length }: CarriedPayload): number {
  return inline === undefined ? length : 0;
}

/** The time that an invocation must have left when a POST ends: for the follow-up, the record and the health. */
const RECORD_MS = 15_000;
/** The time to read a body and make a claim. */
const PREPARE_MS = 5_000;

/** Whether the POST could end too late to be recorded. */
export function lacksTime({ endpoint }: LiveDelivery, { endsAt }: Situation, nowMs: number): boolean {
  return nowMs + endpoint.timeoutSeconds * 1000 + RECORD_MS > endsAt;
}

/** Whether it had to wait for room. Another copy may have gone ahead meanwhile, so its POST is claimed. */
export function hasWaited(room: Situation['room']): boolean {
  return typeof room === 'object' && room.hasWaited;
}

/** Gives back the room for the body, if it has any. */
export function giveBackRoom({ room }: Situation): void {
  if (typeof room === 'object') room.giveBack();
}

/** Takes room for the body; waits for it as long as the invocation then has time for the POST. */
export async function takeRoom(
  { endpoint }: LiveDelivery,
  situation: Situation,
  { bodies, clock, after }: DeliverPorts,
): Promise<Situation> {
  const bytes = bodyBytes(situation.received.message.payload);
  const atOnce = bodies.tryTake(bytes);
  if (atOnce !== undefined) return { ...situation, room: { giveBack: atOnce, hasWaited: false } };
  const waitMs = situation.endsAt - clock() - endpoint.timeoutSeconds * 1000 - RECORD_MS - PREPARE_MS;
  const giveBack = await bodies.takeWithin(bytes, Math.max(0, waitMs), after);
  return { ...situation, room: giveBack === undefined ? 'none' : { giveBack, hasWaited: true } };
}
