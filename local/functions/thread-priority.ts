import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/**
 * Lets all other threads of the machine have the CPU before this one. Only on Linux, where each thread has a priority of
 * its own; elsewhere, and in a sandbox that refuses, it changes nothing.
 */
export function yieldToOthers(): void {
  if (process.platform !== 'linux') return;
  try {
    // `<pid>/task/<tid>`: Linux takes a thread's id wherever it takes a process's.
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Only latency beside a heavy load depends on it.
  }
}
