import { parentPort } from 'node:worker_threads';
import { judgeAll } from './judge.ts';
import type { Answer, Question } from './protocol.ts';
import { readJson } from './read-json.ts';

/** The thread that evaluates filters: it holds one envelope at a time, and answers one question after another. */
if (parentPort === null) throw new Error('This file is the entry of a worker thread.');
const port = parentPort;

port.on('message', ({ id, envelope, filters, steps }: Question) => {
  const answer: Answer = { id, ...judgeAll(filters, readJson(envelope), steps) };
  port.postMessage(answer);
});
