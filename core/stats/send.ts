import type { Timer } from '../clock.ts';
import type { TallyQueue } from './store.ts';
import { mergeTallies, type Tally } from './tally.ts';

export interface SendTalliesPorts {
  tallies: TallyQueue;
  after: Timer;
  /** Milliseconds until the invocation times out. */
  remainingMs: () => number;
  /** Called with the number of tallies that are lost to the statistics. */
  uncounted(count: number, fault: unknown): void;
}

/** Only statistics depend on it, so deliveries wait no longer than this. */
const WITHIN_MS_MAX = 2_000;
const RESERVE_MS = 1_000;

/**
 * Sends the tallies of an invocation's attempts and filters before it ends: an idle execution environment may never run
 * again. Best effort: it never rejects.
 */
export async function sendTallies(seen: readonly Tally[], ports: SendTalliesPorts): Promise<void> {
  if (seen.length === 0) return;
  const withinMs = Math.min(WITHIN_MS_MAX, ports.remainingMs() - RESERVE_MS);
  try {
    if (withinMs <= 0) throw new Error('The invocation had no time left.');
    await within(withinMs, ports.tallies.send(mergeTallies(seen)), ports.after);
  } catch (fault) {
    ports.uncounted(seen.length, fault);
  }
}

/**
 * An abort signal would cost a quarter of the call's CPU. A late message may still arrive, and then counts after all.
 */
function within(ms: number, sent: Promise<void>, after: Timer): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = after(ms, () => reject(new Error(`SQS has not taken the message within ${ms} ms.`)));
    sent.then(resolve, reject).finally(cancel);
  });
}
