import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Of two threads that both want a core, the one with this niceness gets a tenth of it. */
const NICENESS = 10;

/**
 * Lets all other threads of the machine have more of the CPU than this one. Only on Linux, where each thread has a priority
 * of its own; elsewhere, and in a sandbox that refuses, it changes nothing.
 */
export function yieldToOthers(): void {
  if (process.platform !== 'linux') return;
  try {
    // `<pid>/task/<tid>`: Linux takes a thread's id wherever it takes a process's.
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(thread, NICENESS);
  } catch {
    // Only latency beside a heavy load depends on it.
  }
}
