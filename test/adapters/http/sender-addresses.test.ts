import type { LookupAddress } from 'node:dns';
import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Resolve } from '../../../adapters/http/dns.ts';
import { createEgressPolicy } from '../../../adapters/http/egress-policy.ts';
import { Bench, post, type Receiver } from './receiver.ts';

const bench = new Bench();
afterEach(() => {
  bench.closeAll();
  vi.unstubAllEnvs();
});

const cert = readFileSync(new URL('../../support/tls/cert.pem', import.meta.url), 'utf8');
const key = readFileSync(new URL('../../support/tls/key.pem', import.meta.url), 'utf8');
const deployed = createEgressPolicy({ allowedCidrs: [], allowHttp: false });

function answers(...rounds: string[][]): Resolve {
  let round = 0;
  return async () => {
    const addresses = rounds[Math.min(round, rounds.length - 1)] ?? [];
    round += 1;
    return addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
}

function tlsReceiver(): Promise<Receiver> {
  return bench.listen(
    createTlsServer({ cert, key }, (_, response) => response.end('ok')),
    'https',
  );
}

describe('a forbidden address', () => {
  test.each([
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://2130706433/',
    'https://169.254.169.254/latest/meta-data/',
    'https://localhost/',
    'http://example.com/',
    'not a url',
  ])('is refused before a connection if it is in the URL: %s', async (url) => {
    const resolve = vi.fn(answers(['127.0.0.1']));

    const result = await bench.sender({ policy: deployed, resolve }).send(post(url));

    expect(result).toMatchObject({ statusCode: null, errorCode: 'blocked_address', durationMs: 0 });
    expect(resolve).not.toHaveBeenCalled();
  });

  test.each([
    [['127.0.0.1']],
    [['::1']],
    [['::ffff:127.0.0.1']],
    [['64:ff9b::7f00:1']],
    [['10.0.0.1', 'fd00::1', '169.254.169.254', '0.0.0.0']],
    [['fe80::1%lo']],
    [['not an address']],
  ])('is refused if a name resolves only to %s', async (addresses) => {
    const receiver = await tlsReceiver();
    const sender = bench.sender({ policy: deployed, resolve: answers(addresses), ca: cert });

    const result = await sender.send(post(`https://receiver.example.com:${receiver.port}/`));

    expect(result).toMatchObject({ statusCode: null, errorCode: 'blocked_address' });
    expect(receiver.connections()).toBe(0);
  });

  test('is never dialled if a name resolves to it next to an allowed one', async () => {
    const receiver = await tlsReceiver();
    const onlyLoopback = createEgressPolicy({ allowedCidrs: ['127.0.0.1/32'], allowHttp: false });
    const resolve = answers(['10.255.255.1', '169.254.169.254', '127.0.0.1']);

    const sender = bench.sender({ policy: onlyLoopback, resolve, ca: cert });
    const result = await sender.send(post(`https://receiver.example.com:${receiver.port}/`, { timeoutMs: 900 }));

    expect(result).toMatchObject({ statusCode: 200, errorCode: null });
  });

  test('is refused if the name is rebound to it after a public answer', async () => {
    const receiver = await tlsReceiver();
    const resolve = vi.fn(answers(['127.0.0.9'], ['127.0.0.1']));
    // The first answer represents a public address: it is allowed, and nothing listens there.
    const policy = createEgressPolicy({ allowedCidrs: ['127.0.0.9/32'], allowHttp: false });
    const sender = bench.sender({ policy, resolve, ca: cert });
    const request = post(`https://receiver.example.com:${receiver.port}/`);

    const first = await sender.send(request);
    const second = await sender.send(request);

    expect(first.errorCode).toBe('connection_refused');
    expect(second.errorCode).toBe('blocked_address');
    expect(resolve).toHaveBeenCalledTimes(2);
    expect(receiver.connections()).toBe(0);
  });

  test('includes public ones over plain http: http is only for the exceptions', async () => {
    const resolve = answers(['93.184.216.34']);

    const result = await bench.sender({ resolve }).send(post('http://localhost:9/'));

    expect(result.errorCode).toBe('blocked_address');
  });

  test('is detected on the connection itself if the look-up let it pass', async () => {
    let bytes = 0;
    const receiver = await bench.tcp((socket) => socket.on('data', (chunk) => (bytes += chunk.length)));
    let checks = 0;
    const passesOnce = () => ++checks === 1;
    const policy = {
      ...createEgressPolicy({ allowedCidrs: ['127.0.0.0/8'], allowHttp: true }),
      isException: passesOnce,
    };

    const sender = bench.sender({ policy, resolve: answers(['127.0.0.1']) });
    const result = await sender.send(post(`http://localhost:${receiver.port}/`));

    expect(result.errorCode).toBe('blocked_address');
    expect([checks, bytes]).toEqual([2, 0]);
  });
});

describe('a host name', () => {
  test('is resolved for a new connection only', async () => {
    const receiver = await bench.http((_, response) => response.end());
    const resolve = vi.fn(answers(['127.0.0.1']));
    const sender = bench.sender({ resolve });

    for (let i = 0; i < 3; i += 1) await sender.send(post(`http://localhost:${receiver.port}/`));

    expect(resolve).toHaveBeenCalledTimes(1);
  });

  test('is tried at its other addresses if the first one refuses', async () => {
    const receiver = await bench.http((_, response) => response.end());
    const sender = bench.sender({ resolve: answers(['::1', '127.0.0.2', '127.0.0.1']) });

    const result = await sender.send(post(`http://localhost:${receiver.port}/`));

    expect(result.statusCode).toBe(200);
  });

  test('that refuses at every address is connection_refused', async () => {
    const sender = bench.sender({ resolve: answers(['127.0.0.1', '127.0.0.2', '::1']) });

    const result = await sender.send(post('http://localhost:9/'));

    expect(result.errorCode).toBe('connection_refused');
  });

  test.each<[string, Resolve]>([
    ['cannot be resolved', () => Promise.reject(new Error('ENOTFOUND'))],
    ['has no address', answers([])],
  ])('that %s is dns_error', async (_, resolve) => {
    const result = await bench.sender({ policy: deployed, resolve }).send(post('https://gone.example.com/'));

    expect(result).toMatchObject({ statusCode: null, errorCode: 'dns_error' });
  });

  test('whose name servers hang is a timeout', async () => {
    const resolve: Resolve = () => new Promise(() => {});

    const result = await bench
      .sender({ policy: deployed, resolve })
      .send(post('https://slow.example.com/', { timeoutMs: 50 }));

    expect(result.errorCode).toBe('timeout');
  });

  test('that is localhost needs no name server', async () => {
    const receiver = await bench.http((_, response) => response.end());

    const result = await bench.sender().send(post(`http://localhost:${receiver.port}/`));

    expect(result.statusCode).toBe(200);
  });
});

describe('TLS', () => {
  test('delivers to a trusted certificate, names the host to the server and keeps the connection', async () => {
    const names: unknown[] = [];
    const server = createTlsServer({ cert, key }, (request, response) => {
      names.push('servername' in request.socket && request.socket.servername);
      response.end('ok');
    });
    const receiver = await bench.listen(server, 'https');
    const sender = bench.sender({ ca: cert, resolve: answers(['127.0.0.1']) });
    const request = post(`https://receiver.example.com:${receiver.port}/`);

    const results = [await sender.send(request), await sender.send(request)];

    expect(results.map((result) => result.statusCode)).toEqual([200, 200]);
    expect(names).toEqual(['receiver.example.com', 'receiver.example.com']);
    expect(receiver.connections()).toBe(1);
  });

  test('to an address in the URL is verified against that address', async () => {
    const receiver = await tlsReceiver();

    const result = await bench.sender({ ca: cert }).send(post(receiver.url));

    expect(result.statusCode).toBe(200);
  });

  test('replaces a kept-alive connection that has died', async () => {
    let served = 0;
    const server = createTlsServer({ cert, key }, (request, response) => {
      served += 1;
      if (served === 2) request.socket.end();
      else response.end();
    });
    const receiver = await bench.listen(server, 'https');
    const sender = bench.sender({ ca: cert });
    await sender.send(post(receiver.url));

    const result = await sender.send(post(receiver.url));

    expect(result).toMatchObject({ statusCode: 200, errorCode: null });
    expect([served, receiver.connections()]).toEqual([3, 2]);
  });

  test('refuses a self-signed certificate, even if the environment disables the check', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const receiver = await tlsReceiver();

    const result = await bench.sender().send(post(receiver.url));

    expect(result).toMatchObject({ statusCode: null, errorCode: 'tls_error' });
  });

  test('refuses a certificate of another host', async () => {
    const receiver = await tlsReceiver();
    const sender = bench.sender({ ca: cert, resolve: answers(['127.0.0.1']) });

    const result = await sender.send(post(`https://other.example.com:${receiver.port}/`));

    expect(result).toMatchObject({ statusCode: null, errorCode: 'tls_error' });
  });

  test('to a receiver that speaks plain HTTP is tls_error', async () => {
    const receiver = await bench.raw('HTTP/1.1 400 Bad Request\r\n\r\n');

    const result = await bench.sender().send(post(`https://127.0.0.1:${receiver.port}/`));

    expect(result).toMatchObject({ statusCode: null, errorCode: 'tls_error' });
  });

  test('to a receiver that accepts the connection and stays silent times out', async () => {
    const receiver = await bench.tcp(() => {});

    const result = await bench.sender().send(post(`https://127.0.0.1:${receiver.port}/`, { timeoutMs: 80 }));

    expect(result.errorCode).toBe('timeout');
  });

  test('to a receiver that closes during the handshake is connection_reset', async () => {
    const receiver = await bench.tcp((socket) => socket.once('data', () => socket.end()));

    const result = await bench.sender().send(post(`https://127.0.0.1:${receiver.port}/`));

    expect(result.errorCode).toBe('connection_reset');
  });
});
