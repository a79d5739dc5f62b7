import type { CarriedPayload } from '../events/accepted.ts';
import { Room } from '../room.ts';
import { newStepBudget, type StepBudget } from './select-endpoints.ts';

/*
 * What one invocation does at a time, and for how long. A batch may hold ten messages of 100 events each for 200
 * endpoints: without these bounds, its 200,000 messages would all be in memory at once, and their calls would wait for
 * each other's sockets until they failed.
 */

/** Delivery messages on their way to SQS; they get their bodies only when they are sent. */
const DELIVERIES_AT_ONCE = 1_000;
/** Bytes of envelopes that were read for filters. */
const ENVELOPE_BYTES_AT_ONCE = 16 * 1024 * 1024;
/** A small envelope counts as much: reading it takes a socket. */
const ENVELOPE_BYTES_MIN = 256 * 1024;
/** Pages that are noted at a time: more would wait for each other's sockets and CPU. */
const NOTES_AT_ONCE = 32;

/** The bounds of one message's work. */
export interface Limits {
  /** Whether the invocation has time to begin another page. */
  readonly hasTime: () => boolean;
  /** Steps that are left for the message's filters. */
  readonly steps: StepBudget;
  /** In messages. */
  readonly deliveries: Room;
  /** In bytes. */
  readonly envelopes: Room;
  /** One event at a time. */
  readonly judging: Room;
  /** In pages; shared by the messages of an invocation. */
  readonly notes: Room;
}

/** @returns the bounds of each message: an equal part of the invocation's, so that none of them waits for another. */
export function limitsOf(messages: number, hasTime: () => boolean): Limits[] {
  const notes = new Room(NOTES_AT_ONCE);
  return Array.from({ length: messages }, () => ({
    hasTime,
    steps: newStepBudget(),
    deliveries: new Room(DELIVERIES_AT_ONCE / messages),
    envelopes: new Room(ENVELOPE_BYTES_AT_ONCE / messages),
    judging: new Room(1),
    notes,
  }));
}

/** The bytes that an envelope takes of the room for those. One that came with its message is in memory anyway. */
export function envelopeWeight({ inline, length }: CarriedPayload): number {
  return inline === undefined ? Math.max(ENVELOPE_BYTES_MIN, length) : 0;
}
