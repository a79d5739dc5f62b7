import type { Clock } from '../clock.ts';
import type { FanoutMessage } from './message.ts';

/** A message for the fan-out queue. */
export interface OutgoingFanout {
  message: FanoutMessage;
  delaySeconds: number;
}

/** The fan-out queue, for what is sent to it again. */
export interface FanoutQueue {
  /** @throws if any message was not taken. */
  send(messages: OutgoingFanout[]): Promise<void>;
  /** How many messages wait, delayed ones included. Approximate. */
  waiting(): Promise<number>;
}

const ASKED_AGAIN_MS = 5_000;

/**
 * Whether the fan-out queue has fewer messages than this waiting, so that ordinary events do not wait behind what is sent
 * again. Its answer is kept for five seconds.
 */
export function queueHasRoom(queue: Pick<FanoutQueue, 'waiting'>, waitingMax: number, clock: Clock) {
  let asked: { at: number; waiting: Promise<number> } | undefined;
  return async (): Promise<boolean> => {
    if (asked === undefined || clock() - asked.at >= ASKED_AGAIN_MS) asked = { at: clock(), waiting: queue.waiting() };
    return (await asked.waiting) < waitingMax;
  };
}
