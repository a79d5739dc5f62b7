import { ApiError } from '@postrider/client';
import { Fault } from '../explain.ts';
import { messageOf, NotAllowed } from './exit.ts';
import type { Session } from './session.ts';

/** How often in a row an answer may fail to come before we give up, and how long to wait then. */
const FAILURES_MAX = 10;
const FAILURE_WAIT_MS = 5_000;

/** Whether the same call may succeed later. */
function mayPass(fault: unknown): boolean {
  if (fault instanceof ApiError) return fault.status === 429 || fault.status >= 500;
  return fault instanceof Fault && !(fault instanceof NotAllowed);
}

/**
 * Reads again and again until there is nothing left to wait for. What fails at first is a mistake and thrown; later, a while
 * without an answer is waited for.
 * @param turn reads once, and returns how long to wait before the next turn, in ms; undefined to end.
 * @throws Interrupted on Ctrl-C.
 */
export async function poll(session: Session, turn: () => Promise<number | undefined>): Promise<void> {
  let failures: number | undefined;
  for (;;) {
    let waitMs: number | undefined;
    try {
      waitMs = await turn();
      failures = 0;
    } catch (fault) {
      if (session.io.signal.aborted || failures === undefined || !mayPass(fault) || failures >= FAILURES_MAX)
        throw fault;
      failures += 1;
      session.out.note(messageOf(fault));
      waitMs = FAILURE_WAIT_MS;
    }
    if (waitMs === undefined) return;
    await session.pause(waitMs);
  }
}
