import type { Agent, RequestOptions } from 'node:http';
import { isIP, type Socket } from 'node:net';
import type { Clock, Timer } from '../../core/clock.ts';
import type { AttemptResult, OutboundRequest, Sender } from '../../core/deliveries/sender.ts';
import { isOfTheConnection } from '../../core/signing/header-names.ts';
import { type ConnectionLimits, createHttpAgent, createHttpsAgent } from './agents.ts';
import { createDnsResolve, type Resolve } from './dns.ts';
import { type EgressGuard, hostOf } from './egress-policy.ts';
import { Exchange } from './exchange.ts';
import { createGuardedLookup, OwnLookupError } from './lookup.ts';
import { type NameLimits, Names } from './names.ts';

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
  /** Default: the name servers of the system. */
  resolve?: Resolve;
  /** A host name that always has an address: if it has none, our resolver fails. Default: none is asked. */
  canary?: string | null;
  nameLimits?: Partial<NameLimits>;
  /** PEM of the certificate authorities to trust instead of the public ones. */
  ca?: string;
}

/** A sender that owns its connections. */
export interface HttpSender extends Sender {
  /** Closes every connection. Requests in progress fail as `connection_reset`. */
  close(): void;
}

/**
 * Makes the one sender of a process: HTTP/1.1 on kept-alive connections, certificates always verified, redirects never
 * followed, and no connection to an address that the policy refuses.
 */
export function createSender(options: SenderOptions): HttpSender {
  const { policy, clock, userAgent = 'Postrider', bodyGraceMs = 1_000 } = options;
  const { resolve = createDnsResolve(), canary = null, nameLimits = {} } = options;
  const now = () => performance.now();
  const names = new Names({ resolve, canary, limits: nameLimits, now, after });
  const pools = createPools(options);

  const send = async (request: OutboundRequest): Promise<AttemptResult> => {
    const { body, tenant, timeoutMs, excerptBytesMax, hide = asItIs } = request;
    const verdict = policy.checkUrl(request.url);
    if (!verdict.ok) return blocked(clock());
    const { agent, isAllowed } = verdict.url.protocol === 'https:' ? pools.https : pools.http;
    const to = target(verdict.url);
    const hostname = hostOf(verdict.url);
    // Before the request and its time limit, since it may have to wait in our own line.
    const needsLookup = isIP(hostname) === 0 && idleSockets(agent, to).length === 0;
    let lookupSince: number | undefined;
    const begin = () => {
      lookupSince = now();
      return names.begin(hostname, tenant);
    };
    const begun = needsLookup ? await begin() : undefined;
    const find = async () => (begun ?? (await begin())).found;
    const headers = headerLines(verdict.url, request, userAgent);
    const requestOptions = { ...to, agent, headers, lookup: createGuardedLookup(find, isAllowed) };
    const dropIdle = () => {
      for (const socket of idleSockets(agent, to)) socket.destroy();
    };
    const answer = { timeoutMs, excerptBytesMax, hide, bodyGraceMs };
    const result = await new Exchange({ options: requestOptions, body, at: clock(), ...answer, dropIdle }).run();
    // The time limit of an endpoint may be shorter than that of a look-up.
    const since = result.errorCode === 'timeout' ? lookupSince : undefined;
    if (since !== undefined && (await names.resolverFails(since))) {
      throw new OwnLookupError('Our resolver answers nothing.');
    }
    return result;
  };

  return {
    send,
    close: () => {
      pools.http.agent.destroy();
      pools.https.agent.destroy();
    },
  };
}

/** The connections of one scheme, and the addresses that they may go to. */
interface Pool {
  agent: Agent;
  isAllowed: (address: string) => boolean;
}

function createPools({ policy, idleSocketsMax = 256, idleTimeoutMs = 4_000, ca }: SenderOptions): {
  http: Pool;
  https: Pool;
} {
  const limits: ConnectionLimits = { idleSocketsMax, idleTimeoutMs };
  // Plain http is an exception of the stage, so its connections may only reach excepted addresses.
  const http = { isAllowed: policy.isException };
  const https = { isAllowed: policy.checkAddress };
  return {
    http: { ...http, agent: createHttpAgent(limits, http) },
    https: { ...https, agent: createHttpsAgent(limits, https, ca) },
  };
}

const after: Timer = (ms, act) => {
  const timer = setTimeout(act, ms);
  return () => clearTimeout(timer);
};

const asItIs = (text: string) => text;

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
    if (isOfTheConnection(lower)) continue;
    hasUserAgent ||= lower === 'user-agent';
    lines.push(name, value);
  }
  if (!hasUserAgent) lines.push('user-agent', userAgent);
  lines.push('accept-encoding', 'identity', 'content-length', String(Buffer.byteLength(request.body)));
  return lines;
}

/** Node groups idle connections by host, port and then the TLS settings, which are the same within an agent. */
function idleSockets(agent: Agent, { hostname, port }: RequestOptions): Socket[] {
  const prefix = `${hostname}:${port}:`;
  const found: Socket[] = [];
  for (const name in agent.freeSockets) {
    if (name.startsWith(prefix)) found.push(...(agent.freeSockets[name] ?? []));
  }
  return found;
}
