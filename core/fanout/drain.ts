import * as z from 'zod';
import { type FanoutMessage, fanoutMessage } from './message.ts';

/** A letter of a dead-letter queue before the fan-out: acknowledged events that nobody has fanned out. */
export interface UpstreamDeadLetter {
  body: string;
  handle: string;
  receiveCount: number;
}

export interface DeadLetterSource {
  /** Up to ten letters, hidden from others for a minute. */
  receive(): Promise<UpstreamDeadLetter[]>;
  /** Back to the fan-out queue. @throws when any was not taken. */
  sendBack(messages: { message: FanoutMessage; delaySeconds: number }[]): Promise<void>;
  remove(letters: UpstreamDeadLetter[]): Promise<void>;
}

export interface DrainPorts {
  source: DeadLetterSource;
  /** Milliseconds until the invocation is ended. */
  remainingMs: () => number;
  /** Told of a letter that cannot be read; it stays where it is, for people. */
  unreadable: (letter: UpstreamDeadLetter) => void;
}

/** What EventBridge puts into a rule target's dead-letter queue: the whole event around the detail. */
const wholeEvent = z.object({ detail: fanoutMessage });

/** Letters come back with this delay, so that what failed a moment ago is not hit again at once. */
const DELAY_SECONDS = 60;
const ROUNDS_MAX = 20;
const RESERVE_MS = 10_000;

/** The fan-out message in a letter, marked as a repeat: a part of it may have been sent before. */
function readLetter(body: string): FanoutMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  const plain = fanoutMessage.safeParse(value);
  const message = plain.success ? plain.data : wholeEvent.safeParse(value).data?.detail;
  return message && { ...message, events: message.events.map((event) => ({ ...event, repeat: true })) };
}

/**
 * Returns acknowledged events from a dead-letter queue before the fan-out to the fan-out queue. Send first, remove
 * second: a crash in between sends twice, and fan-out drops what is done.
 * @returns how many letters went back.
 */
export async function drain(ports: DrainPorts): Promise<number> {
  let returned = 0;
  for (let round = 0; round < ROUNDS_MAX && ports.remainingMs() > RESERVE_MS; round++) {
    const letters = await ports.source.receive();
    if (letters.length === 0) break;
    const readable = letters.flatMap((letter) => {
      const message = readLetter(letter.body);
      if (message === undefined) ports.unreadable(letter);
      return message ? [{ letter, message }] : [];
    });
    if (readable.length === 0) continue;
    await ports.source.sendBack(readable.map(({ message }) => ({ message, delaySeconds: DELAY_SECONDS })));
    await ports.source.remove(readable.map(({ letter }) => letter));
    returned += readable.length;
  }
  return returned;
}
