import { expect, test } from 'vitest';
import { attemptErrorCode, isOwnFault } from '../../../adapters/http/attempt-error.ts';
import { DnsError, OwnLookupError } from '../../../adapters/http/lookup.ts';

const failure = (code: string) => Object.assign(new Error('failed'), { code });

test.each([
  ['ECONNREFUSED', 'connection_refused'],
  ['ECONNRESET', 'connection_reset'],
  ['EPIPE', 'connection_reset'],
  ['ETIMEDOUT', 'timeout'],
  ['ENETUNREACH', 'network_unreachable'],
  ['EHOSTUNREACH', 'network_unreachable'],
  ['EPROTO', 'tls_error'],
  ['CERT_HAS_EXPIRED', 'tls_error'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls_error'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls_error'],
  ['UNSPECIFIED', 'tls_error'],
  ['ERROR_IN_CERT_NOT_AFTER_FIELD', 'tls_error'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls_error'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'tls_error'],
  ['HPE_INVALID_CONSTANT', 'invalid_response'],
  ['HPE_HEADER_OVERFLOW', 'invalid_response'],
  ['SOMETHING_NEW', 'connection_reset'],
])('%s becomes %s', (code, expected) => {
  expect(attemptErrorCode(failure(code))).toBe(expected);
});

test('if several addresses failed, a missing address family does not hide the real reason', () => {
  const tried = [failure('ENETUNREACH'), failure('ECONNREFUSED')];

  expect(attemptErrorCode(new AggregateError(tried))).toBe('connection_refused');
  expect(attemptErrorCode(new AggregateError(tried.slice(0, 1)))).toBe('network_unreachable');
  expect(attemptErrorCode(new AggregateError([]))).toBe('connection_reset');
});

test('running out of sockets is an error on our side, as are our look-ups; a refusal is not', () => {
  for (const code of ['EMFILE', 'ENFILE', 'EBUSY', 'ENOBUFS', 'ENOMEM']) expect(isOwnFault(failure(code))).toBe(true);
  expect(isOwnFault(new OwnLookupError('No resolver.'))).toBe(true);
  expect(isOwnFault(new DnsError('No such name.'))).toBe(false);
  expect(isOwnFault(new AggregateError([failure('EMFILE')]))).toBe(true);
  expect(isOwnFault(failure('ECONNREFUSED'))).toBe(false);
});
