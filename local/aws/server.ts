import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyTooLarge, readBody } from '../http-server.ts';
import { type AwsServices, routeAws } from './router.ts';

/** DynamoDB accepts up to 16 MiB in one request; Postrider sends nothing larger. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Serves every AWS service. Requests that arrive before the services are ready wait for them. Signatures are not checked, so
 * a web page whose host name now resolves to loopback (DNS rebinding) could read everything: its host name is refused.
 */
export function awsListener(services: Promise<AwsServices>) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!isLoopback(request.headers.host)) {
      const headers = { 'content-type': 'text/plain', connection: 'close' };
      response.writeHead(403, headers).end('The local AWS answers only to loopback host names, such as 127.0.0.1.\n');
      return;
    }
    try {
      const body = await readBody(request, BODY_BYTES_MAX);
      const { method = 'GET', url = '/', headers } = request;
      const reply = await routeAws({ method, url, headers, body, whenGone: whenGone(response) }, await services);
      const length = reply.headers['content-length'] ?? Buffer.byteLength(reply.body);
      response.writeHead(reply.status, { ...reply.headers, 'content-length': length });
      response.end(reply.body);
    } catch (error) {
      if (request.errored) return;
      if (!(error instanceof BodyTooLarge)) throw error;
      response.writeHead(413, { connection: 'close' }).end();
    }
  };
}

/** Whether a Host header names loopback; with S3, perhaps a bucket under `localhost`. */
function isLoopback(host: string | undefined): boolean {
  const name = host === undefined ? undefined : URL.parse(`http://${host}`)?.hostname;
  return name !== undefined && /^(127(\.\d+){3}|\[::1\]|(.+\.)?localhost)$/.test(name);
}

/** Created on demand, because a signal costs more than a small request; not aborted after the response. */
function whenGone(response: ServerResponse): () => AbortSignal {
  return () => {
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    return gone.signal;
  };
}
