import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Place } from '../assembly/identity.ts';
import type { LocalApp } from '../assembly/local-app.ts';
import { type Invoke, PAYLOAD_BYTES_MAX } from '../functions/function-host.ts';
import { BodyTooLarge, readBody } from '../http-server.ts';
import { decodedPath, type GatewayRequest, proxyEvent } from './event.ts';
import { iamCaller } from './iam.ts';
import { type GatewayResponse, gatewayResponse, problem } from './response.ts';
import { compileRoutes } from './routes.ts';

/** Largest request body that an HTTP API accepts. */
export const BODY_BYTES_MAX = 10 * 1024 * 1024;
/** Request line and headers together. */
export const HEADER_BYTES_MAX = 10_240;

export interface GatewayOptions {
  readonly place: Pick<Place, 'accountId' | 'region'>;
  readonly api: LocalApp['api'];
  /** Finds the function with an ARN. */
  readonly invokeOf: (functionArn: string) => Invoke;
  readonly now: () => number;
  readonly onFailure: (message: string) => void;
}

/** Answers a request as the HTTP API of the template would. */
export type Gateway = (request: GatewayRequest) => Promise<GatewayResponse>;

/** Builds the template's HTTP API in front of the functions. */
export function createGateway(options: GatewayOptions): Gateway {
  const { api, now, place, onFailure } = options;
  const find = compileRoutes(api.routes.map((route) => ({ routeKey: route.routeKey, target: route })));
  const invokes = new Map(api.routes.map(({ functionArn }) => [functionArn, options.invokeOf(functionArn)]));
  const allows: Throttle = api.throttle === undefined ? () => true : tokenBucket(api.throttle, now);
  return async (request) => {
    const requestId = randomUUID();
    const matched = find(request.method, decodedPath(request.url));
    const invoke = matched && invokes.get(matched.target.functionArn);
    if (matched === undefined || invoke === undefined) return problem(404, 'Not Found');
    if (!allows()) return problem(429, 'Too Many Requests');
    const { routeKey, pathParameters, target } = matched;
    const timeMs = now();
    const iam = target.authorization === 'AWS_IAM' ? iamCaller(request.rawHeaders, place, timeMs) : null;
    if (iam === undefined) return problem(403, 'Forbidden');
    const { accountId } = place;
    const event = proxyEvent(request, { accountId, apiId: api.id, routeKey, pathParameters, requestId, timeMs, iam });
    const payload = JSON.stringify(event);
    // The body is escaped into a JSON string here, so it reaches this limit well below 6 MiB.
    if (Buffer.byteLength(payload) > PAYLOAD_BYTES_MAX) return problem(413, 'Request Entity Too Large');
    const response = await integrate(invoke, payload, { timeoutMs: target.timeoutMs, onFailure });
    return { ...response, headers: { ...response.headers, 'apigw-requestid': requestId } };
  };
}

async function integrate(
  invoke: Invoke,
  payload: string,
  { timeoutMs, onFailure }: { timeoutMs: number; onFailure: (message: string) => void },
): Promise<GatewayResponse> {
  const outcome = await within(timeoutMs, invoke(payload));
  if (outcome === undefined) return problem(503, 'Service Unavailable');
  if (outcome.ok) return gatewayResponse(outcome.payload);
  onFailure(`an invocation failed: ${outcome.error.errorType} ${outcome.error.errorMessage}`);
  return problem(500, 'Internal Server Error');
}

/** The result, or undefined if it takes longer. A plain timer: an abort signal costs a stack trace per request. */
function within<Result>(timeoutMs: number, work: Promise<Result>): Promise<Result | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), timeoutMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Connects a gateway to a listening server. Requests that arrive before it is ready get a 503. */
export function gatewayListener(current: () => Gateway | undefined) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const reply = await readRequest(request).then(
      (read) => current()?.(read) ?? problem(503, 'Service Unavailable'),
      (error: unknown) => {
        if (error instanceof BodyTooLarge) return problem(413, 'Request Entity Too Large');
        if (request.errored) return undefined;
        throw error;
      },
    );
    if (reply === undefined) return;
    const bodyless = reply.status === 204 || reply.status === 304;
    const length = bodyless ? {} : { 'content-length': reply.body.length };
    response.writeHead(reply.status, { ...reply.headers, ...length });
    response.end(request.method === 'HEAD' || bodyless ? undefined : reply.body);
    // The unread rest of the body would keep the connection busy.
    if (!request.complete) request.destroy();
  };
}

async function readRequest(request: IncomingMessage): Promise<GatewayRequest> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > BODY_BYTES_MAX) throw new BodyTooLarge('The declared length is over the limit.');
  return {
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    httpVersion: request.httpVersion,
    rawHeaders: request.rawHeaders,
    body: await readBody(request, BODY_BYTES_MAX),
    sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
  };
}

/** Returns whether another request may pass now. */
export type Throttle = () => boolean;

/** A token bucket, as API Gateway limits a stage: `burst` at once, `rate` a second on average. */
export function tokenBucket(limits: { rate: number; burst: number }, now: () => number): Throttle {
  let tokens = limits.burst;
  let filledAtMs = now();
  return () => {
    const timeMs = now();
    tokens = Math.min(limits.burst, tokens + ((timeMs - filledAtMs) / 1000) * limits.rate);
    filledAtMs = timeMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
