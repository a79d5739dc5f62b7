import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Makes the certificates of the hostile receivers anew, with openssl: `node test/support/tls/make.ts`. The keys of the authorities
 * are thrown away; the receivers have `key.pem`, apart from the one whose key is weak.
 */

const here = (name: string) => fileURLToPath(new URL(`${name}.pem`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'postrider-tls-'));
const temporary = (name: string) => join(folder, name);
const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
const save = (name: string, ...parts: string[]) =>
  writeFileSync(here(name), parts.map((part) => readFileSync(temporary(part), 'utf8')).join(''));

const CA = 'basicConstraints = critical,CA:TRUE';
const NAMES = 'subjectAltName = DNS:receiver.example.com,IP:127.0.0.1';
const ALWAYS = ['20260101000000Z', '21260101000000Z'] as const;
const OVER = ['20240101000000Z', '20250101000000Z'] as const;

interface Wanted {
  subject: string;
  extension: string;
  key: string;
  issuer: string;
  valid?: readonly [from: string, until: string];
}

/** Makes `<name>.crt`. `openssl ca` is the only command of openssl 3.0 that takes both dates. */
function certify(name: string, { subject, extension, key, issuer, valid = ALWAYS }: Wanted): void {
  const config = `
[ca]
default_ca = one
[one]
database = ${temporary('index')}
rand_serial = yes
new_certs_dir = ${folder}
default_md = sha256
policy = any
unique_subject = no
x509_extensions = extensions
[any]
commonName = supplied
[extensions]
${extension}
subjectKeyIdentifier = hash
`;
  writeFileSync(temporary('config'), config);
  writeFileSync(temporary('index'), '');
  openssl('req', '-new', '-key', key, '-subj', `/CN=${subject}`, '-out', temporary('request'));
  const signed = issuer === name ? ['-selfsign'] : ['-cert', temporary(`${issuer}.crt`)];
  openssl(
    ...['ca', '-batch', '-notext', '-config', temporary('config'), '-in', temporary('request')],
    ...['-keyfile', temporary(`${issuer}.key`), ...signed, '-startdate', valid[0], '-enddate', valid[1]],
    ...['-out', temporary(`${name}.crt`)],
  );
}

try {
  for (const [name, issuer] of [
    ['root', 'root'],
    ['intermediate', 'root'],
  ] as const) {
    const key = temporary(`${name}.key`);
    openssl('ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', key);
    certify(name, { subject: `Postrider test ${name}`, extension: CA, key, issuer });
  }
  openssl('genrsa', '-out', temporary('weak.key'), '1024');

  const leaf = { subject: 'receiver.example.com', key: here('key'), extension: NAMES, issuer: 'intermediate' };
  certify('complete', leaf);
  certify('expired', { ...leaf, valid: OVER });
  certify('wrong-name', { ...leaf, extension: 'subjectAltName = DNS:other.example.com' });
  certify('common-name-only', { ...leaf, extension: 'basicConstraints = CA:FALSE' });
  certify('weak', { ...leaf, key: temporary('weak.key') });

  save('root', 'root.crt');
  for (const name of ['complete', 'expired', 'wrong-name', 'common-name-only', 'weak']) {
    save(name, `${name}.crt`, 'intermediate.crt');
  }
  save('weak-key', 'weak.key');
} finally {
  rmSync(folder, { recursive: true });
}
