import type { Agent, RequestOptions } from 'node:http';
import type { Clock } from '../../core/clock.ts';
import type { AttemptResult, OutboundRequest, Sender } from '../../core/deliveries/sender.ts';
import { type ConnectionLimits, createHttpAgent, createHttpsAgent } from './agents.ts';
import { type EgressGuard, hostOf } from './egress-policy.ts';
import { Exchange } from './exchange.ts';
import { createGuardedLookup, createSystemResolve, type Resolve } from './lookup.ts';

/** Settings of a sender. Only `policy` and `clock` have no default. */
export interface SenderOptions {
  policy: EgressGuard;
  clock: Clock;
  /** Sent if the request has no user-agent of its own. */
  userAgent?: string;
  /** Maximum idle connections in total, per scheme. Default 256. */
  idleSocketsMax?: number;
  /** Default 4 s. */
  idleTimeoutMs?: number;
  /** How long the rest of an answer's body may take once its status is known. Default 1 s. */
  bodyGraceMs?: number;
  /** Default: the operating system's resolver. */
  resolve?: Resolve;
  /** PEM of the certificate authorities to trust instead of the public ones. */
  ca?: string;
}

/** A sender that owns its connections. */
export interface HttpSender extends Sender {
  /** Closes every connection. Requests in progress fail as `connection_reset`. */
  close(): void;
}

/** The headers that only the sender sets: the framing of the message and the life of the connection. */
const ownHeaders = new Set([
  'host',
  'content-length',
  'accept-encoding',
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'expect',
]);

/**
 * Makes the one sender of a process: HTTP/1.1 on kept-alive connections, certificates always verified, redirects never
 * followed, and no connection to an address that the policy refuses.
 */
export function createSender(options: SenderOptions): HttpSender {
  const { policy, clock, userAgent = 'Postrider', bodyGraceMs = 1_000 } = options;
  const agents = createAgents(options);

  const send = async (request: OutboundRequest): Promise<AttemptResult> => {
    const at = clock();
    const verdict = policy.checkUrl(request.url);
    if (!verdict.ok) return blocked(at);
    const agent = verdict.url.protocol === 'https:' ? agents.https : agents.http;
    const requestOptions = { ...target(verdict.url), agent, headers: headerLines(verdict.url, request, userAgent) };
    const { body, timeoutMs, excerptBytesMax } = request;
    const dropIdle = () => dropIdleSockets(agent, requestOptions);
    const outgoing = { options: requestOptions, body, at, timeoutMs, excerptBytesMax, bodyGraceMs, dropIdle };
    return new Exchange(outgoing).run();
  };

  return {
    send,
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

function createAgents(options: SenderOptions): { http: Agent; https: Agent } {
  const { policy, resolve = createSystemResolve(), ca } = options;
  const { idleSocketsMax = 256, idleTimeoutMs = 4_000 } = options;
  const limits: ConnectionLimits = { idleSocketsMax, idleTimeoutMs };
  const dialling = (isAllowed: (ip: string) => boolean) => ({
    isAllowed,
    lookup: createGuardedLookup(resolve, isAllowed),
  });
  return {
    // Plain http is an exception of the stage, so its connections may only reach excepted addresses.
    http: createHttpAgent(limits, dialling(policy.isException)),
    https: createHttpsAgent(limits, dialling(policy.checkAddress), ca),
  };
}

function blocked(at: number): AttemptResult {
  const nothing = { statusCode: null, retryAfter: null, responseExcerpt: '' };
  return { at, durationMs: 0, errorCode: 'blocked_address', ...nothing };
}

function target(url: URL): RequestOptions {
  const { protocol, pathname, search } = url;
  const port = url.port === '' ? (protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { method: 'POST', protocol, hostname: hostOf(url), port, path: pathname + search };
}

/** Alternating names and values: Node writes such a list unchanged, host first, without building a map per request. */
function headerLines(url: URL, request: OutboundRequest, userAgent: string): string[] {
  const lines = ['host', url.host];
  let hasUserAgent = false;
  for (const [name, value] of Object.entries(request.headers)) {
    const lower = name.toLowerCase();
    if (ownHeaders.has(lower)) continue;
    hasUserAgent ||= lower === 'user-agent';
    lines.push(name, value);
  }
  if (!hasUserAgent) lines.push('user-agent', userAgent);
  lines.push('accept-encoding', 'identity', 'content-length', String(Buffer.byteLength(request.body)));
  return lines;
}

/** Node groups idle connections by host, port and then the TLS settings, which are the same within an agent. */
function dropIdleSockets(agent: Agent, { hostname, port }: RequestOptions): void {
  const prefix = `${hostname}:${port}:`;
  for (const [name, sockets = []] of Object.entries(agent.freeSockets)) {
    if (!name.startsWith(prefix)) continue;
    for (const socket of [...sockets]) socket.destroy();
  }
}
