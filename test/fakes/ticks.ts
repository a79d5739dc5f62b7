import type { Ticks } from '../../core/system/system.ts';

/** The ends of scheduled tasks in memory. */
export function createMemoryTicks(): Ticks {
  const last = new Map<string, number>();
  return {
    note: async (task, beganAtMs) => void last.set(task, beganAtMs),
    last: async () => new Map(last),
  };
}
