import type { AttemptErrorCode } from '../../core/deliveries/sender.ts';
import { BlockedAddressError, DnsError, OwnLookupError } from './lookup.ts';

const codes: Readonly<Record<string, AttemptErrorCode>> = {
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_reset',
  ECONNABORTED: 'connection_reset',
  EPIPE: 'connection_reset',
  ETIMEDOUT: 'timeout',
  ERR_SOCKET_CONNECTION_TIMEOUT: 'timeout',
  ENETUNREACH: 'network_unreachable',
  EHOSTUNREACH: 'network_unreachable',
  ENETDOWN: 'network_unreachable',
  EHOSTDOWN: 'network_unreachable',
  EADDRNOTAVAIL: 'network_unreachable',
  EAFNOSUPPORT: 'network_unreachable',
  EACCES: 'network_unreachable',
  EPERM: 'network_unreachable',
  EINVAL: 'network_unreachable',
  EPROTO: 'tls_error',
  // Node's code for a certificate that OpenSSL rejects for a newer reason, such as a key that is too weak.
  UNSPECIFIED: 'tls_error',
};

/** The prefixes of Node's and OpenSSL's codes for certificate and handshake failures. */
const tlsCodes =
  /^(ERR_TLS|ERR_SSL|ERR_OSSL|ERROR_IN_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|INVALID_|PATH_LENGTH|HOSTNAME_)/;
const ownFaultCodes = new Set(['EMFILE', 'ENFILE', 'EBUSY', 'ENOBUFS', 'ENOMEM']);

/** The API's error code of a failed exchange. */
export function attemptErrorCode(error: Error): AttemptErrorCode {
  if (error instanceof BlockedAddressError) return 'blocked_address';
  if (error instanceof DnsError) return 'dns_error';
  const code = codeOf(error);
  if (code.startsWith('HPE_')) return 'invalid_response';
  if (tlsCodes.test(code)) return 'tls_error';
  return codes[code] ?? 'connection_reset';
}

/** Whether we ran out of sockets or memory, or our look-ups fail: that must not count against the receiver. */
export function isOwnFault(error: Error): boolean {
  return error instanceof OwnLookupError || ownFaultCodes.has(codeOf(error));
}

/** Whether the peer dropped the connection, as happens to one that was kept alive for too long. */
export function isConnectionLoss(error: Error): boolean {
  const code = codeOf(error);
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED';
}

/**
 * The system's code. If several addresses were tried, an unavailable address family is the least informative, so any
 * other failure takes precedence.
 */
function codeOf(error: Error): string {
  if (error instanceof AggregateError) {
    const tried = error.errors.filter((inner) => inner instanceof Error).map(codeOf);
    return tried.find((code) => codes[code] !== 'network_unreachable') ?? tried[0] ?? '';
  }
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
