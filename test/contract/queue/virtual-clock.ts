import type { EngineClock } from '../../../local/aws/clock.ts';

/** A clock that a test advances by hand. */
export interface VirtualClock extends EngineClock {
  /** Lets time pass and fires due timers in order, each at its own time. */
  advance(ms: number): Promise<void>;
}

export function createVirtualClock(startMs = Date.UTC(2026, 0, 1)): VirtualClock {
  let nowMs = startMs;
  const alarms = new Set<{ readonly timeMs: number; readonly wake: () => void }>();
  const nextDue = (untilMs: number) =>
    [...alarms].filter(({ timeMs }) => timeMs <= untilMs).sort((a, b) => a.timeMs - b.timeMs)[0];
  return {
    now: () => nowMs,
    wakeAt(timeMs, wake) {
      const alarm = { timeMs, wake };
      alarms.add(alarm);
      return () => alarms.delete(alarm);
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      await turn();
      for (let due = nextDue(untilMs); due; due = nextDue(untilMs)) {
        alarms.delete(due);
        nowMs = Math.max(nowMs, due.timeMs);
        due.wake();
        await turn();
      }
      nowMs = untilMs;
    },
  };
}

/** Lets a turn of the event loop end, so that a timer's work can set the next one. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
