import { answerParent } from '../../../../bench/process/child.ts';
import { createTlsServer } from './tls-servers.ts';

/**
 * An endpoint over TLS in its own process that answers each webhook at once, and closes the connection, so that each delivery needs
 * its own handshake. It records when each id arrived, by the machine's monotonic clock, which all processes share.
 */

let arrivals: [id: string, atMs: number][] = [];

const server = createTlsServer('sound', (request, response) => {
  request.resume();
  request.on('end', () => {
    arrivals.push([String(request.headers['webhook-id']), Number(process.hrtime.bigint()) / 1e6]);
    response.writeHead(204, { connection: 'close' }).end();
  });
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  answerParent({
    port: () => (typeof address === 'object' ? address?.port : undefined),
    take: () => {
      const taken = arrivals;
      arrivals = [];
      return taken;
    },
  });
});
