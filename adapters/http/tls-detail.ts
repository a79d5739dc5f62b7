import type { AttemptErrorDetail } from '../../core/deliveries/sender.ts';

/** Node's codes for certificates that are not trusted. */
const CERTIFICATES: Readonly<Record<string, AttemptErrorDetail>> = {
  CERT_HAS_EXPIRED: 'expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong_name',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'incomplete_chain',
  UNABLE_TO_GET_ISSUER_CERT: 'incomplete_chain',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'incomplete_chain',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self_signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'self_signed',
};

/** OpenSSL's number for an alert that the peer sent, by the alert's number in the registry of IANA. */
const alert = (number: number) => 1_000 + number;
const HANDSHAKE_FAILURE = alert(40);
/** OpenSSL's reasons (`sslerr.h`). */
const HANDSHAKES: Readonly<Record<number, AttemptErrorDetail>> = {
  // What follows a length or version that no TLS record has: mostly an answer in plain HTTP.
  198: 'protocol',
  258: 'protocol',
  266: 'protocol',
  267: 'protocol',
  // A server that knows no secure renegotiation.
  338: 'protocol',
  [alert(70)]: 'protocol',
  [alert(71)]: 'protocol',
  [alert(112)]: 'wrong_name',
  // We send no certificate, so this is about the one that is missing. `certificate_required` is new in TLS 1.3.
  [alert(41)]: 'client_certificate_wanted',
  [alert(42)]: 'client_certificate_wanted',
  [alert(116)]: 'client_certificate_wanted',
};

/**
 * What is wrong with the receiver's TLS; undefined if that is not known.
 * @param hadKeys whether both sides had agreed on keys before. A server that finds no common cipher and one that misses
 *   a client certificate in TLS 1.2 send the same alert, the former before that, the latter after it.
 */
export function tlsDetail(error: Error, hadKeys: boolean): AttemptErrorDetail | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const reason = opensslReason(error.message);
  if (reason === HANDSHAKE_FAILURE) return hadKeys ? 'client_certificate_wanted' : 'protocol';
  return CERTIFICATES[code] ?? (reason === undefined ? undefined : HANDSHAKES[reason]);
}

/** During a handshake Node's code is a bare EPROTO, and only the text has OpenSSL's number: library and reason. */
function opensslReason(message: string): number | undefined {
  const [, number] = /\berror:([0-9A-F]{8}):/i.exec(message) ?? [];
  return number === undefined ? undefined : Number.parseInt(number, 16) & 0x7fffff;
}
