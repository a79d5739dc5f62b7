import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyTooLarge, readBody } from '../http-server.ts';
import { type AwsServices, routeAws } from './router.ts';

/** DynamoDB accepts up to 16 MiB in one request; Postrider sends nothing larger. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;

/** Serves every AWS service. Requests that arrive before the services are ready wait for them. */
export function awsListener(services: Promise<AwsServices>) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
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
