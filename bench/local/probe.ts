import { isMainThread } from 'node:worker_threads';
import { answerParent } from '../process/child.ts';

/**
 * Loaded into the product's process before its own code (`--import`): reports its CPU and memory, including all threads.
 * The product is unaware of it.
 */
if (isMainThread) {
  answerParent({
    usage: () => {
      const { user, system } = process.cpuUsage();
      return { cpuMs: (user + system) / 1000, rssMb: process.memoryUsage.rss() / 1e6 };
    },
  });
}
