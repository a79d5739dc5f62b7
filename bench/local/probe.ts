import { isMainThread } from 'node:worker_threads';
import { answerParent } from '../process/child.ts';

/**
 * Loaded into the product's process before its own code (`--import`): says how much CPU and memory it uses, all its
 * threads included. The product knows nothing of it.
 */
if (isMainThread) {
  answerParent({
    usage: () => {
      const { user, system } = process.cpuUsage();
      return { cpuMs: (user + system) / 1000, rssMb: process.memoryUsage.rss() / 1e6 };
    },
  });
}
