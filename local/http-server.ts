import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** Answers one request. A thrown error is answered with 500 and reported. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** A server on loopback that can be stopped. */
export interface LocalServer {
  readonly port: number;
  /** Accepts no new connections and resolves when open requests are answered, or cut off after the grace time. */
  close(graceMs: number): Promise<void>;
}

export interface ListenOptions {
  readonly port: number;
  /** Environment variable that sets the port, for the error message if it is in use. */
  readonly portVariable: string;
  readonly listener: Listener;
  readonly onError: (error: unknown) => void;
  readonly maxHeaderBytes?: number;
  /** How long a request may take to arrive: its headers, and as a whole. Default 10 s and 60 s. */
  readonly arrivalMs?: { readonly headers: number; readonly request: number };
}

/**
 * Listens on 127.0.0.1 only.
 * @throws Error naming the variable to change if the port is in use.
 */
export async function listen(options: ListenOptions): Promise<LocalServer> {
  const { arrivalMs = { headers: 10_000, request: 60_000 }, maxHeaderBytes = 65_536 } = options;
  const server = createServer(
    {
      // Clients in the same process tree keep their connections: closing an idle one races with their next request.
      keepAliveTimeout: 120_000,
      // A request that does not arrive holds its connection and what there is of its body.
      headersTimeout: arrivalMs.headers,
      requestTimeout: arrivalMs.request,
      connectionsCheckingInterval: arrivalMs.headers / 10,
      maxHeaderSize: maxHeaderBytes,
    },
    (request, response) => {
      options.listener(request, response).catch((error: unknown) => {
        options.onError(error);
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explain(error, options)));
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return { port, close: (graceMs) => close(server, graceMs) };
}

/** Thrown when a body is larger than its reader accepts. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** Reads a request's whole body. */
export function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bytesMax) chunks.push(chunk);
      else reject(new BodyTooLarge(`The body is larger than ${bytesMax} bytes.`));
    });
    request.on('end', () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    );
    request.on('error', reject);
  });
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}

function explain(error: Error, options: ListenOptions): Error {
  if (!('code' in error) || error.code !== 'EADDRINUSE') return error;
  return new Error(
    `Port ${options.port} is in use. Stop the process that listens there, or set ${options.portVariable} to a free port.`,
  );
}
