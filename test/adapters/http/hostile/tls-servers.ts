import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';

const pem = (name: string) => readFileSync(new URL(`../../../support/tls/${name}.pem`, import.meta.url), 'utf8');
const END = '-----END CERTIFICATE-----\n';

/** The authority that the sender trusts. `test/support/tls/make.ts` makes the certificates. */
export const authority = pem('root');
const key = pem('key');
const complete = pem('complete');

/** Node's servers, with what is wrong with each. Their certificates name `receiver.example.com` and 127.0.0.1, if nothing else is said. */
export const TLS_SERVERS = {
  sound: { cert: complete },
  'sound, TLS 1.2': { cert: complete, maxVersion: 'TLSv1.2' },
  'an expired certificate': { cert: pem('expired') },
  'a certificate of another host': { cert: pem('wrong-name') },
  'a certificate with only a common name': { cert: pem('common-name-only') },
  'no intermediate certificate': { cert: complete.slice(0, complete.indexOf(END) + END.length) },
  'its private authority': { cert: complete + authority },
  'a self-signed certificate': { cert: pem('cert') },
  'a key that is too weak': { cert: pem('weak'), key: pem('weak-key'), ciphers: 'DEFAULT@SECLEVEL=0' },
  'TLS 1.0': { cert: complete, minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
  'TLS 1.1': { cert: complete, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
  'no common cipher': { cert: complete, maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' },
  'a wish for a client certificate, TLS 1.2': { cert: complete, maxVersion: 'TLSv1.2', requestCert: true },
  'a wish for a client certificate, TLS 1.3': { cert: complete, minVersion: 'TLSv1.3', requestCert: true },
  '400 certificates': { cert: complete + authority.repeat(400) },
} satisfies Record<string, ServerOptions>;

export type TlsServer = keyof typeof TLS_SERVERS;

export const tlsOptions = (name: TlsServer): ServerOptions => ({ key, ...TLS_SERVERS[name] });

/** One of them, which answers every request with 200 if nothing else is said. */
export function createTlsServer(name: TlsServer, listener: RequestListener = ok): Server {
  return createServer(tlsOptions(name), listener).on('tlsClientError', () => {});
}

const ok: RequestListener = (request, response) => {
  request.resume();
  response.end('ok');
};
