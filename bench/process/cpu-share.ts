import { setTimeout as sleep } from 'node:timers/promises';

/** The share of a core that a Lambda function of this memory has: 1,769 MB is one. */
export const cpuShareOf = (memoryMb: number): number => memoryMb / 1769;

/** Node's options for the heap that Lambda's Node runtime leaves of this memory. */
export const heapOptionsOf = (memoryMb: number): string[] => [`--max-old-space-size=${Math.floor(memoryMb * 0.9)}`];

/** How long a process runs and stands in turn: short against everything that is measured. */
const PERIOD_MS = 50;

/**
 * Gives a process a share of one core, as Lambda does by memory (512 MB: 0.29), by stopping and continuing it in turn. It is
 * stricter than Lambda, which counts CPU time: here waiting counts as running too.
 * @param share of one core, between 0 and 1.
 * @returns a function that ends the limit, and leaves the process running.
 */
export function limitCpu(pid: number, share: number): () => Promise<void> {
  let isOn = true;
  const turns = async () => {
    // Each turn ends at its own time, however late the last one was.
    for (let at = performance.now(); isOn; at += PERIOD_MS) {
      process.kill(pid, 'SIGCONT');
      await sleep(Math.max(0, at + share * PERIOD_MS - performance.now()));
      process.kill(pid, 'SIGSTOP');
      await sleep(Math.max(0, at + PERIOD_MS - performance.now()));
    }
    process.kill(pid, 'SIGCONT');
  };
  const ended = turns();
  return () => {
    isOn = false;
    return ended;
  };
}
