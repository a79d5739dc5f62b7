import * as z from 'zod';
import type { Clock } from '../clock.ts';
import { Faults } from '../faults.ts';
import { inParallel } from '../parallel.ts';
import { type FanoutQueue, queueHasRoom } from './fanout-queue.ts';
import { type FanoutMessage, fanoutMessage } from './message.ts';
import type { UnreadableLetters, UnreadableReason } from './unreadable-letter.ts';

/** A dead letter from before the fan-out: acknowledged events that were not fanned out. */
export interface UpstreamDeadLetter {
  body: string;
  handle: string;
}

export interface DeadLetterSource {
  /** What keys and logs call it. */
  readonly name: string;
  /** Receives up to ten dead letters, which stay invisible for a minute. Waits a second for one: none means that it is empty. */
  receive(): Promise<UpstreamDeadLetter[]>;
  /** Those that could not be removed are received again. */
  remove(deadLetters: UpstreamDeadLetter[]): Promise<void>;
}

export interface DrainPorts {
  sources: readonly DeadLetterSource[];
  /** Where the dead letters return to. */
  queue: FanoutQueue;
  unreadable: Pick<UnreadableLetters, 'put'>;
  clock: Clock;
  /** Milliseconds until the invocation times out. */
  remainingMs: () => number;
  /** Called with the key of a letter that was set aside, for operators. */
  setAside: (letter: { queue: string; key: string }) => void;
}

/** What EventBridge puts into a rule target's dead-letter queue: the whole event around the detail. */
const wholeEvent = z.object({ detail: fanoutMessage });

/** The delay of returned messages, so that what just failed is not retried at once. It doubles with each round. */
const DELAY_SECONDS = 60;
/** SQS delays a message by at most this. */
const DELAY_SECONDS_MAX = 900;
/** Letters that came back this often are set aside: after some four hours, five receives a round. */
const ROUNDS_MAX = 10;
/** Nothing is returned while more messages wait, delayed ones included: what keeps failing circles no faster than that. */
const WAITING_MAX = 100_000;
/** Receives at a time, of each queue. */
const LANES = 10;
const COPIES_AT_ONCE = 5;
/** Failures after which a lane ends. One alone may be due to a letter that SQS does not take back. */
const TRIES = 3;
const RESERVE_MS = 15_000;

/** The fan-out message in a dead letter, marked as a repeat: part of it may have been sent before. */
function readDeadLetter(body: string): FanoutMessage | UnreadableReason {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return 'not_json';
  }
  const plain = fanoutMessage.safeParse(value);
  const message = plain.success ? plain.data : wholeEvent.safeParse(value).data?.detail;
  if (message === undefined) return 'not_a_message';
  const { rounds = 0 } = message;
  if (rounds >= ROUNDS_MAX) return 'failed_every_round';
  return { ...message, events: message.events.map((event) => ({ ...event, repeat: true })), rounds: rounds + 1 };
}

/**
 * Returns acknowledged events from the dead-letter queues before the fan-out to the fan-out queue, as long as there are any
 * and there is time. Send first, remove second: a crash in between sends twice, and the fan-out skips what is done. A letter
 * that cannot be read, or keeps coming back, is set aside: stored first, removed second.
 * @returns how many dead letters were returned.
 * @throws AggregateError when some could not be returned or set aside; they stay in their queue.
 */
export async function drain(ports: DrainPorts): Promise<number> {
  const faults = new Faults();
  const hasRoom = queueHasRoom(ports.queue, WAITING_MAX, ports.clock);
  const canGoOn = async () => ports.remainingMs() > RESERVE_MS && (await faults.attempt(hasRoom)) === true;
  let returned = 0;

  /** Empties a queue. Only if there is something in it, others help. */
  async function work(source: DeadLetterSource, helpers: number): Promise<void> {
    let helping: Promise<unknown> | undefined;
    let tries = TRIES;
    while (tries > 0 && (await canGoOn())) {
      const letters = await faults.attempt(() => source.receive());
      if (letters?.length === 0) break;
      if (letters) helping ??= Promise.all(Array.from({ length: helpers }, () => work(source, 0)));
      const count = letters && (await faults.attempt(() => returnLetters(letters, { ...ports, source, faults })));
      if (count === undefined) tries -= 1;
      else returned += count;
    }
    await helping;
  }

  await Promise.all(ports.sources.map((source) => work(source, LANES - 1)));
  faults.throwAny((count) => `Some dead letters from before the fan-out stay in their queue (${count} faults).`);
  return returned;
}

interface Work extends DrainPorts {
  source: DeadLetterSource;
  faults: Faults;
}

/** @returns how many were returned. */
async function returnLetters(letters: UpstreamDeadLetter[], work: Work): Promise<number> {
  const { source, queue, faults } = work;
  const read = letters.map((letter) => ({ letter, found: readDeadLetter(letter.body) }));
  const back = read.flatMap(({ letter, found }) => (typeof found === 'string' ? [] : [{ letter, message: found }]));
  const gone: UpstreamDeadLetter[] = [];
  if (back.length > 0) {
    await queue.send(back.map(({ message }) => ({ message, delaySeconds: delayOf(message) })));
    gone.push(...back.map(({ letter }) => letter));
  }
  await inParallel(read, COPIES_AT_ONCE, async ({ letter, found }) => {
    if (typeof found !== 'string') return;
    await faults.attempt(async () => {
      await setAside(letter, found, work);
      gone.push(letter);
    });
  });
  if (gone.length > 0) await source.remove(gone);
  return back.length;
}

const delayOf = ({ rounds = 1 }: FanoutMessage) => Math.min(DELAY_SECONDS_MAX, DELAY_SECONDS * 2 ** (rounds - 1));

async function setAside({ body }: UpstreamDeadLetter, reason: UnreadableReason, work: Work): Promise<void> {
  const queue = work.source.name;
  const key = await work.unreadable.put({ queue, reason, setAsideAt: work.clock(), body });
  work.setAside({ queue, key });
}
