import * as z from 'zod';
import { type FanoutMessage, fanoutMessage } from './message.ts';

/** A dead letter from before the fan-out: acknowledged events that were not fanned out. */
export interface UpstreamDeadLetter {
  body: string;
  handle: string;
  receiveCount: number;
}

export interface DeadLetterSource {
  /** Receives up to ten dead letters, which stay invisible for a minute. */
  receive(): Promise<UpstreamDeadLetter[]>;
  /** Sends messages back to the fan-out queue. @throws if any was not taken. */
  sendBack(messages: { message: FanoutMessage; delaySeconds: number }[]): Promise<void>;
  remove(deadLetters: UpstreamDeadLetter[]): Promise<void>;
}

export interface DrainPorts {
  source: DeadLetterSource;
  /** Milliseconds until the invocation times out. */
  remainingMs: () => number;
  /** Called for a dead letter that cannot be read; it stays in its queue, for operators. */
  unreadable: (deadLetter: UpstreamDeadLetter) => void;
}

/** What EventBridge puts into a rule target's dead-letter queue: the whole event around the detail. */
const wholeEvent = z.object({ detail: fanoutMessage });

/** The delay of returned messages, so that what just failed is not retried at once. */
const DELAY_SECONDS = 60;
const ROUNDS_MAX = 20;
const RESERVE_MS = 10_000;

/** The fan-out message in a dead letter, marked as a repeat: part of it may have been sent before. */
function readDeadLetter(body: string): FanoutMessage | undefined {
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
 * second: a crash in between sends twice, and the fan-out skips what is done.
 * @returns how many dead letters were returned.
 */
export async function drain(ports: DrainPorts): Promise<number> {
  let returned = 0;
  for (let round = 0; round < ROUNDS_MAX && ports.remainingMs() > RESERVE_MS; round++) {
    const deadLetters = await ports.source.receive();
    if (deadLetters.length === 0) break;
    const readable = deadLetters.flatMap((deadLetter) => {
      const message = readDeadLetter(deadLetter.body);
      if (message === undefined) ports.unreadable(deadLetter);
      return message ? [{ deadLetter, message }] : [];
    });
    if (readable.length === 0) continue;
    await ports.source.sendBack(readable.map(({ message }) => ({ message, delaySeconds: DELAY_SECONDS })));
    await ports.source.remove(readable.map(({ deadLetter }) => deadLetter));
    returned += readable.length;
  }
  return returned;
}
