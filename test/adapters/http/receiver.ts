import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createEgressPolicy } from '../../../adapters/http/egress-policy.ts';
import { createSender, type HttpSender, type SenderOptions } from '../../../adapters/http/sender.ts';
import type { OutboundRequest } from '../../../core/deliveries/sender.ts';

/** The local stage's exceptions. */
export const loopbackPolicy = createEgressPolicy({ allowedCidrs: ['127.0.0.0/8', '::1/128'], allowHttp: true });

/** A receiver that listens on a loopback port and counts its connections. */
export interface Receiver {
  url: string;
  port: number;
  connections: () => number;
}

/** Starts and stops what a test needs; call `closeAll` in `afterEach`. */
export class Bench {
  readonly #closers: (() => void)[] = [];

  sender(options: Partial<SenderOptions> = {}): HttpSender {
    const sender = createSender({ policy: loopbackPolicy, clock: Date.now, bodyGraceMs: 100, ...options });
    this.#closers.push(() => sender.close());
    return sender;
  }

  http(listener: RequestListener): Promise<Receiver> {
    return this.listen(createServer(listener));
  }

  /** A receiver below HTTP: it gets the raw socket. */
  tcp(onConnection: (socket: Socket) => void): Promise<Receiver> {
    return this.listen(createTcpServer((socket) => onConnection(socket.on('error', () => {}))));
  }

  /** Answers every request with exactly these bytes. */
  raw(answer: string): Promise<Receiver> {
    return this.tcp((socket) => socket.on('data', () => socket.write(answer, 'latin1')));
  }

  async listen(server: Server, scheme = 'http'): Promise<Receiver> {
    const sockets = new Set<Socket>();
    let connections = 0;
    server.on('connection', (socket: Socket) => {
      connections += 1;
      sockets.add(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#closers.push(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The receiver has no port');
    const { port } = address;
    return { url: `${scheme}://127.0.0.1:${port}/hook`, port, connections: () => connections };
  }

  closeAll(): void {
    for (const close of this.#closers.splice(0)) close();
  }
}

/** A POST of a small event, with the given differences. */
export function post(url: string, changes: Partial<OutboundRequest> = {}): OutboundRequest {
  const headers = { 'content-type': 'application/json', 'webhook-id': 'evt_1' };
  return { url, tenant: 'acme', headers, body: '{"a":1}', timeoutMs: 2_000, excerptBytesMax: () => 1_024, ...changes };
}
