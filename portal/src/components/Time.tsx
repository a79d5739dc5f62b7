import { useSyncExternalStore } from 'react';
import { fullTime, shortTime } from '../words/format.ts';

/** One clock for the whole page: it ticks while somebody looks at it. */
const listeners = new Set<() => void>();
let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void) {
  listeners.add(listener);
  nowMs = Date.now();
  timer ??= setInterval(() => {
    nowMs = Date.now();
    for (const each of listeners) each();
  }, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

const never = () => () => undefined;

/** The time in ms, to the second; where it is not needed, that of the last drawing. */
export const useNow = (isNeeded: boolean): number => useSyncExternalStore(isNeeded ? subscribe : never, () => nowMs);

/** A time, short; in full where one points at it. */
export function Time({ at }: { at: string }) {
  return (
    <time dateTime={at} title={fullTime(at)}>
      {shortTime(at, Date.now())}
    </time>
  );
}
