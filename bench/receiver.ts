import { createServer } from 'node:http';
import * as z from 'zod';
import { LONG_ANSWER_PATH, longAnswer } from './long-answer.ts';
import { answerParent } from './process/child.ts';

/**
 * An endpoint in its own process that reads each webhook and answers at once, with 204 unless the path says otherwise.
 * It records when each id arrived, by the machine's monotonic clock, which all processes share.
 */

/** Paths of endpoints that never answer, and that always fail. */
const HANG = '/hang';
const FAIL = '/fail';

let bad = 0;
let arrivals: [id: string, atMs: number][] = [];

const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
  request.resume();
  request.on('end', () => {
    if (request.url === HANG || request.url === FAIL) {
      bad += 1;
      if (request.url === FAIL) response.writeHead(500).end();
      return;
    }
    arrivals.push([String(request.headers['webhook-id']), Number(process.hrtime.bigint()) / 1e6]);
    if (request.url === LONG_ANSWER_PATH) response.end(longAnswer);
    else response.writeHead(204).end();
  });
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  answerParent({
    port: () => (typeof address === 'object' ? address?.port : undefined),
    count: () => arrivals.length,
    countOf: (ids) => {
      const wanted = new Set(z.array(z.string()).parse(ids));
      return arrivals.filter(([id]) => wanted.has(id)).length;
    },
    bad: () => bad,
    take: () => {
      const taken = arrivals;
      arrivals = [];
      return taken;
    },
  });
});
