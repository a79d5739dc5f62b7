import { createServer, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { Bench, loopbackPolicy, post } from '../receiver.ts';
import { hasOpenssl, OpensslServer } from './openssl.ts';
import { authority, createTlsServer, TLS_SERVERS, type TlsServer, tlsOptions } from './tls-servers.ts';

const bench = new Bench();
afterEach(() => bench.closeAll());

const HOST = 'receiver.example.com';
const sender = (ca = authority) =>
  bench.sender({ policy: loopbackPolicy, resolve: async () => [{ address: '127.0.0.1', family: 4 }], ca });

async function attempt(name: TlsServer, ca?: string) {
  const { port } = await bench.listen(createTlsServer(name), 'https');
  return sender(ca).send(post(`https://${HOST}:${port}/hook`));
}

describe('a receiver over TLS', () => {
  test.each(['sound', 'sound, TLS 1.2'] as const)('gets its webhook: %s', async (name) => {
    const result = await attempt(name);

    expect(result).toMatchObject({ statusCode: 200, errorCode: null });
    expect(result).not.toHaveProperty('errorDetail');
  });

  test.each([
    ['an expired certificate', 'expired'],
    ['a certificate of another host', 'wrong_name'],
    ['a certificate with only a common name', 'wrong_name'],
    ['no intermediate certificate', 'incomplete_chain'],
    ['a self-signed certificate', 'self_signed'],
    ['TLS 1.0', 'protocol'],
    ['TLS 1.1', 'protocol'],
    ['no common cipher', 'protocol'],
    ['a wish for a client certificate, TLS 1.2', 'client_certificate_wanted'],
    ['a wish for a client certificate, TLS 1.3', 'client_certificate_wanted'],
    ['a key that is too weak', undefined],
    ['400 certificates', undefined],
  ] as const)('with %s is a tls_error, and why: %s', async (name, errorDetail) => {
    const result = await attempt(name);

    expect(result).toMatchObject({ statusCode: null, errorCode: 'tls_error' });
    expect(result.errorDetail).toBe(errorDetail);
  });

  test.each([
    ['sound', 'incomplete_chain'],
    ['its private authority', 'self_signed'],
  ] as const)('whose authority is not trusted is a tls_error: %s is %s', async (name, errorDetail) => {
    const result = await attempt(name, TLS_SERVERS['a self-signed certificate'].cert);

    expect(result).toMatchObject({ statusCode: null, errorCode: 'tls_error', errorDetail });
  });

  test.each([
    ['plain HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'protocol'],
    ['zeros', '\0'.repeat(100), 'protocol'],
    ['an alert that it has no such name', '\x15\x03\x03\x00\x02\x02\x70', 'wrong_name'],
    ['an alert about something else', '\x15\x03\x03\x00\x02\x02\x50', undefined],
  ])('that answers the handshake with %s is a tls_error', async (_, answer, errorDetail) => {
    const { port } = await bench.raw(answer);

    const result = await sender().send(post(`https://${HOST}:${port}/hook`));

    expect(result).toMatchObject({ statusCode: null, errorCode: 'tls_error' });
    expect(result.errorDetail).toBe(errorDetail);
  });

  test('cannot begin another handshake on a connection', async () => {
    let begun = 0;
    let done = 0;
    const begin = (socket: TLSSocket) => {
      begun += 1;
      socket.renegotiate({}, (error) => {
        if (error !== null) return;
        done += 1;
        begin(socket);
      });
    };
    const { port } = await bench.listen(
      createServer(tlsOptions('sound, TLS 1.2'), (socket) => begin(socket.on('error', () => {}))),
      'https',
    );

    const result = await sender().send(post(`https://${HOST}:${port}/hook`, { timeoutMs: 500 }));

    expect([begun, done]).toEqual([1, 0]);
    expect(result).toMatchObject({ statusCode: null, errorCode: 'tls_error' });
  });
});

describe.skipIf(!hasOpenssl())("openssl's server", () => {
  test.each([
    ['wants a client certificate, in TLS 1.2', ['-tls1_2', '-Verify', '1'], 'tls_error', 'client_certificate_wanted'],
    ['wants a client certificate, in TLS 1.3', ['-tls1_3', '-Verify', '1'], 'tls_error', 'client_certificate_wanted'],
    ['has no common cipher', ['-tls1_2', '-cipher', 'AES128-SHA'], 'tls_error', 'protocol'],
    ['sends 100,000 session tickets', ['-tls1_3', '-num_tickets', '100000'], 'tls_error', undefined],
    ['sends 16 session tickets', ['-tls1_3', '-num_tickets', '16'], 'timeout', undefined],
  ] as const)('%s', async (_, options, errorCode, errorDetail) => {
    const server = new OpensslServer(...options);
    try {
      const url = `https://${HOST}:${await server.port()}/hook`;

      const result = await sender().send(post(url, { timeoutMs: 400 }));

      expect(result).toMatchObject({ statusCode: null, errorCode });
      expect(result.errorDetail).toBe(errorDetail);
    } finally {
      await server.stop();
    }
  });
});
