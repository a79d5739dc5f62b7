import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import type { AttemptErrorCode } from '../../../../core/deliveries/sender.ts';
import { tlsOptions } from './tls-servers.ts';
import { answering, answeringOnce, dripping, flooding, type Serve } from './wire.ts';

/** A receiver that drips, floods, lies or breaks the rules. */
export interface HostileReceiver {
  readonly scheme: 'http' | 'https';
  readonly serve: (socket: Socket) => void;
  /** What its attempts may end as: a status or an error code. */
  readonly ends: readonly (number | Exclude<AttemptErrorCode, 'http_status'>)[];
}

const MB = 1024 * 1024;
const OK = 'HTTP/1.1 200 OK\r\n';
const ERROR = 'HTTP/1.1 500 Oops\r\n';
const CHUNKED = 'transfer-encoding: chunked\r\n\r\n';
const numbered = (count: number, line: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => line(at)).join('');

const plain = (serve: Serve, ...ends: HostileReceiver['ends']): HostileReceiver => ({ scheme: 'http', serve, ends });

const context = createSecureContext({ ...tlsOptions('sound'), maxVersion: 'TLSv1.3' });
const context12 = createSecureContext({ ...tlsOptions('sound, TLS 1.2'), maxVersion: 'TLSv1.2' });

/** It behaves until the handshake is done. */
const within = (
  serve: (socket: TLSSocket) => void,
  ends: HostileReceiver['ends'],
  secureContext = context,
): HostileReceiver => ({
  scheme: 'https',
  serve: (socket) => serve(new TLSSocket(socket, { isServer: true, secureContext }).on('error', () => {})),
  ends,
});
/** It does not. */
const instead = (serve: Serve, ...ends: HostileReceiver['ends']): HostileReceiver => ({ scheme: 'https', serve, ends });

function renegotiate(socket: TLSSocket): void {
  socket.resume();
  socket.renegotiate({}, (error) => {
    if (error === null) renegotiate(socket);
  });
}

/** By what each does, in the words of a test's name. */
export const HOSTILE_RECEIVERS: Readonly<Record<string, HostileReceiver>> = {
  'drips its headers': plain(dripping('x', 20, `${OK}x-slow: `), 'timeout'),
  'drips one byte at a time after long headers': plain(
    dripping('x', 1, `${OK}x-slow: ${'x'.repeat(250_000)}`),
    ...(['timeout', 'invalid_response'] as const),
  ),
  'drips its body': plain(dripping('x', 20, `${OK}\r\n`), 200),
  'sends chunks without end': plain(flooding(`400\r\n${'x'.repeat(1_024)}\r\n`, OK + CHUNKED), 200),
  'sends a body without end': plain(flooding('x', `${OK}\r\n`), 200),
  'sends a body of 50 MB with an error': plain(flooding('x', `${ERROR}content-length: ${50 * MB}\r\n\r\n`), 500),
  'sends a gzip bomb': plain(gzipBomb(), 500),
  'names encodings that nobody asked for': plain(
    answering(`${ERROR}content-encoding: deflate, br, zstd\r\ncontent-length: 4\r\n\r\n\x00\x01\x02\x03`),
    500,
  ),
  'sends 5,000 headers': plain(
    answering(`${OK}${numbered(5_000, (at) => `x-${at}: ${'v'.repeat(20)}\r\n`)}content-length: 0\r\n\r\n`),
    200,
  ),
  'sends 1,900 headers in 15 KB': plain(
    answering(`${OK}${numbered(1_900, (at) => `${at}: v\r\n`)}content-length: 0\r\n\r\n`),
    200,
  ),
  'sends a header of 1 MB': plain(answering(`${OK}x-long: ${'x'.repeat(MB)}\r\n\r\n`), 'invalid_response'),
  'sends a header without end': plain(flooding('x', `${OK}x-endless: `), 'invalid_response'),
  'sends headers without end': plain(flooding('x-more: and more\r\n', OK), 'invalid_response'),
  'sends a status line without end': plain(flooding('x', 'HTTP/1.1 200 '), 'invalid_response'),
  'sends a malformed status line': plain(answering('HTTP/1.1 OK 200\r\n\r\n'), 'invalid_response'),
  'speaks SSH': plain(answering('SSH-2.0-OpenSSH_9.6\r\n'), 'invalid_response'),
  'speaks HTTP/2': plain(answering('\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64'), 'invalid_response'),
  'answers with the status 000': plain(answering('HTTP/1.1 000 None\r\ncontent-length: 0\r\n\r\n'), 'invalid_response'),
  'answers with the status 99': plain(answering('HTTP/1.1 99 Short\r\ncontent-length: 0\r\n\r\n'), 'invalid_response'),
  'answers with the status 1000': plain(
    answering('HTTP/1.1 1000 Long\r\ncontent-length: 0\r\n\r\n'),
    'invalid_response',
  ),
  'answers with the status 099': plain(answering('HTTP/1.1 099 Odd\r\ncontent-length: 0\r\n\r\n'), 'invalid_response'),
  'closes early': plain((socket) => socket.once('data', () => socket.end()), 'connection_reset'),
  'resets at once': { scheme: 'http', serve: (socket) => socket.resetAndDestroy(), ends: ['connection_reset'] },
  'resets after its headers': {
    scheme: 'http',
    serve: (socket) =>
      socket.once('data', () =>
        socket.write(`${ERROR}content-length: 10\r\n\r\n`, () => setTimeout(() => socket.resetAndDestroy(), 20)),
      ),
    ends: [500],
  },
  'floods with 100 Continue': plain(flooding('HTTP/1.1 100 Continue\r\n\r\n'), 'invalid_response'),
  'floods with 103 Early Hints': plain(
    flooding(`HTTP/1.1 103 Early Hints\r\nlink: ${'x'.repeat(200)}\r\n\r\n`),
    'invalid_response',
  ),
  'sends a few large interim answers': plain(
    answering(`HTTP/1.1 103 Early Hints\r\nlink: ${'x'.repeat(200_000)}\r\n\r\n`.repeat(3)),
    'invalid_response',
  ),
  'sends 102 Processing every second': plain(
    dripping('HTTP/1.1 102 Processing\r\n\r\n', 1_000, 'HTTP/1.1 102 Processing\r\n\r\n'),
    'timeout',
  ),
  'never answers': plain((socket) => socket.resume(), 'timeout'),
  'ends before its content-length': plain(answeringOnce(`${ERROR}content-length: 500\r\n\r\nhalf`), 500),
  'goes on after its content-length': plain(answering(`${ERROR}content-length: 2\r\n\r\nno${'x'.repeat(10_000)}`), 500),
  'sends two content-lengths': plain(
    answering(`${OK}content-length: 1\r\ncontent-length: 2\r\n\r\nab`),
    'invalid_response',
  ),
  'sends a negative content-length': plain(answering(`${OK}content-length: -1\r\n\r\n`), 'invalid_response'),
  'sends a length beside chunks': plain(answering(`${OK}content-length: 1\r\n${CHUNKED}0\r\n\r\n`), 'invalid_response'),
  'sends a chunk extension without end': plain(flooding('x', `${OK}${CHUNKED}4;x=`), 200),
  'sends trailers without end': plain(flooding('x-more: and more\r\n', `${OK}${CHUNKED}0\r\n`), 200),
  'answers twice': plain(answering(`${ERROR}content-length: 0\r\n\r\n${OK}content-length: 0\r\n\r\n`), 500),
  'answers before it is asked': plain(
    (socket) => {
      socket.resume();
      socket.write(`${OK}content-length: 0\r\n\r\n`);
    },
    ...([200, 'timeout'] as const),
  ),
  'switches protocols': plain(
    answering('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
    'invalid_response',
  ),
  'redirects to the metadata service': plain(
    answering('HTTP/1.1 307 Temporary Redirect\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n'),
    307,
  ),
  'sends headers with NUL and 8-bit': plain(
    answering(`${OK}x-a: b\x00c\xff\r\ncontent-length: 0\r\n\r\n`),
    'invalid_response',
  ),
  'ends lines with bare line feeds': plain(answering('HTTP/1.1 200 OK\ncontent-length: 0\n\n'), 'invalid_response'),
  'folds its headers': plain(
    answering(`${OK}x-a: b\r\n c\r\ncontent-length: 0\r\n\r\n`),
    ...([200, 'invalid_response'] as const),
  ),
  'answers without reading the request': plain(
    (socket) => {
      socket.pause();
      socket.write(`${OK}content-length: 2\r\n\r\nok`);
    },
    ...([200, 'timeout'] as const),
  ),

  'never begins TLS': instead((socket) => socket.resume(), 'timeout'),
  'speaks plain HTTP where TLS belongs': instead(answeringOnce('HTTP/1.1 400 Bad Request\r\n\r\n'), 'tls_error'),
  'floods with plain HTTP where TLS belongs': instead(flooding('x', OK), 'tls_error'),
  'drips its handshake': instead(dripping('\x00', 20, '\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03'), 'timeout'),
  'sends garbage in its handshake': instead(flooding('\xde\xad\xbe\xef'), 'tls_error'),
  'floods with empty records': instead(flooding('\x16\x03\x03\x00\x00'), 'tls_error'),
  'floods with warning alerts': instead(
    flooding('\x15\x03\x03\x00\x02\x01\x5a'),
    ...(['tls_error', 'connection_reset'] as const),
  ),
  'says goodbye in its handshake': instead(answeringOnce('\x15\x03\x03\x00\x02\x01\x00'), 'connection_reset'),
  'sends 400 certificates': within(() => {}, ['tls_error'], createSecureContext(tlsOptions('400 certificates'))),
  'begins one handshake after the other': within(renegotiate, ['tls_error', 'connection_reset'], context12),
  'floods with 100 Continue over TLS': within(flooding('HTTP/1.1 100 Continue\r\n\r\n'), ['invalid_response']),
  'sends a body without end over TLS': within(flooding('x', `${OK}\r\n`), [200]),
  'never answers over TLS': within((socket) => socket.resume(), ['timeout']),
};

function gzipBomb(): Serve {
  const bomb = gzipSync(Buffer.alloc(100 * MB));
  return answering(
    Buffer.concat([Buffer.from(`${ERROR}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`), bomb]),
  );
}
