import { constants } from 'node:crypto';
import { type AgentOptions, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { checkServerIdentity, type PeerCertificate, TLSSocket } from 'node:tls';
import { BlockedAddressError } from './lookup.ts';

/** The limits of the connections that one sender keeps. */
export interface ConnectionLimits {
  /** Maximum idle connections in total; the one that has been idle longest is closed first. */
  idleSocketsMax: number;
  /** Idle time after which a connection is closed: below the 5 s after which many servers close theirs. */
  idleTimeoutMs: number;
}

/** How a pool dials: only to allowed addresses. Each request brings its guarded look-up. */
export interface Dialling {
  isAllowed: (address: string) => boolean;
}

/** A pool of plain connections, each checked when it is opened and thus for every reuse. */
export function createHttpAgent(limits: ConnectionLimits, dialling: Dialling): HttpAgent {
  return guard(new HttpAgent(agentOptions(limits)), limits, dialling);
}

/**
 * A pool of TLS connections. The peer's certificate is always verified, whatever the environment says.
 * @param ca PEM of the certificate authorities to trust instead of the public ones.
 */
export function createHttpsAgent(limits: ConnectionLimits, dialling: Dialling, ca?: string): HttpsAgent {
  const trust = ca === undefined ? {} : { ca };
  const agent = new HttpsAgent({
    ...agentOptions(limits),
    ...trust,
    rejectUnauthorized: true,
    checkServerIdentity: checkNames,
    // A receiver could start handshakes without end. `disableRenegotiation()` of a socket only binds a server.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  });
  return guard(agent, limits, dialling);
}

/** Node's check, without the common name, which it would accept from a certificate without alternative names. */
function checkNames(host: string, certificate: PeerCertificate): Error | undefined {
  return checkServerIdentity(host, { ...certificate, subject: { ...certificate.subject, CN: '' } });
}

const withKeys = new WeakSet<Duplex>();

/** Whether the two sides of a TLS connection had agreed on keys, even if the handshake failed after that. */
export const hadKeys = (socket: Duplex | null): boolean => socket !== null && withKeys.has(socket);

function agentOptions(limits: ConnectionLimits): AgentOptions {
  return {
    keepAlive: true,
    // The most recently used connection first, so that the others age and close.
    scheduling: 'lifo',
    // No limit per host: endpoints of many owners share one, and would queue behind one that hangs. The batch size
    // limits what one invocation opens.
    maxSockets: Number.POSITIVE_INFINITY,
    maxFreeSockets: limits.idleSocketsMax,
    timeout: limits.idleTimeoutMs,
    // Node gives one address 250 ms before it tries the next, less than a connect across the world may take.
    autoSelectFamilyAttemptTimeout: 1_000,
  };
}

/** Hooks into the three steps of a pooled connection that Node lets an agent override: opened, idle, reused. */
function guard<Pool extends HttpAgent>(agent: Pool, limits: ConnectionLimits, { isAllowed }: Dialling): Pool {
  const { createConnection, keepSocketAlive, reuseSocket } = agent;
  const idle = new IdleSockets(limits.idleSocketsMax);
  agent.createConnection = (...args) => {
    const socket = createConnection.apply(agent, args);
    if (socket instanceof Socket) {
      checkPeer(socket, isAllowed);
      if (socket instanceof TLSSocket) {
        // The only sign of it that Node gives. The keys themselves are not read.
        socket.once('keylog', () => withKeys.add(socket));
        limitTickets(socket);
      }
      socket.once('close', () => idle.remove(socket));
    }
    return socket;
  };
  agent.keepSocketAlive = (socket) => {
    idle.add(socket);
    return keepSocketAlive.call(agent, socket);
  };
  agent.reuseSocket = (socket, request) => {
    idle.remove(socket);
    reuseSocket.call(agent, socket, request);
  };
  return agent;
}

/**
 * Defence in depth: closes a connection to a peer that is not allowed, before a byte of the request is written. The
 * look-up hook should make that impossible; this covers a future Node that dials another way.
 */
function checkPeer(socket: Socket, isAllowed: (address: string) => boolean): void {
  socket.once('connect', () => {
    const peer = socket.remoteAddress;
    if (peer !== undefined && !isAllowed(peer)) socket.destroy(new BlockedAddressError('The peer may not be reached'));
  });
}

/** Servers send two or four tickets for later sessions; each costs us a derivation of keys. */
const ticketsMax = 16;

/** A code in OpenSSL's name, so that it counts as an error of TLS. */
class TooManyTicketsError extends Error {
  readonly code = 'ERR_SSL_TOO_MANY_TICKETS';
}

function limitTickets(socket: TLSSocket): void {
  let tickets = 0;
  socket.on('session', () => {
    tickets += 1;
    if (tickets > ticketsMax) socket.destroy(new TooManyTicketsError('The receiver sends too many session tickets'));
  });
}

/** The idle sockets in the order in which they became idle. Node limits them only per host. */
class IdleSockets {
  readonly #sockets = new Set<Duplex>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  add(socket: Duplex): void {
    this.#sockets.add(socket);
    if (this.#sockets.size <= this.#max) return;
    const [oldest] = this.#sockets;
    if (oldest === undefined) return;
    this.#sockets.delete(oldest);
    oldest.destroy();
  }

  remove(socket: Duplex): void {
    this.#sockets.delete(socket);
  }
}
