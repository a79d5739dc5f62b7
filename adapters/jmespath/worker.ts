import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { judgeAll } from './judge.ts';
import type { Answer, Question } from './protocol.ts';
import { readJson } from './read-json.ts';

/** The thread that evaluates filters: it holds one envelope at a time, and answers questions in order. */
if (parentPort === null) throw new Error('This file is the entry of a worker thread.');
const port = parentPort;

// All other work of the process has priority. On Linux, 0 means only the calling thread: setpriority(2), "C
// library/kernel differences".
setPriority(0, constants.priority.PRIORITY_LOW);

port.on('message', ({ id, envelope, filters, steps }: Question) => {
  const answer: Answer = { id, ...judgeAll(filters, readJson(envelope), steps) };
  port.postMessage(answer);
});
