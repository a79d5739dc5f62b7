import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { answerParent } from './process/child.ts';

/** An endpoint over TLS in its own process that reads each webhook and answers after two seconds. */

const ANSWER_MS = 2_000;
const tls = (name: string) => readFileSync(new URL(`../test/support/tls/${name}.pem`, import.meta.url), 'utf8');

let received = 0;

const server = createServer({ cert: tls('cert'), key: tls('key') }, (request, response) => {
  request.resume();
  request.on('end', () => {
    received += 1;
    setTimeout(() => response.writeHead(204).end(), ANSWER_MS);
  });
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  answerParent({
    port: () => (typeof address === 'object' ? address?.port : undefined),
    received: () => received,
  });
});
