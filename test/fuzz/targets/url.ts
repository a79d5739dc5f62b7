import assert from 'node:assert/strict';
import { BlockList, isIP } from 'node:net';
import { createEgressPolicy } from '../../../adapters/http/egress-policy.ts';
import type { Chance } from '../../simulation/engine/chance.ts';
import type { Target } from './target.ts';

const deployed = createEgressPolicy({ allowedCidrs: [], allowHttp: false });
const local = createEgressPolicy({ allowedCidrs: ['127.0.0.0/8', '::1/128'], allowHttp: true });

/** Node's own BlockList, filled from the IANA special-purpose registries, as an oracle independent of our code. */
function listOf(family: 'ipv4' | 'ipv6', ...cidrs: string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [base = '', bits] = cidr.split('/');
    list.addSubnet(base, Number(bits), family);
  }
  return list;
}

const specialV4 = listOf(
  'ipv4',
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/3'],
);
const globalV6 = listOf('ipv6', '2000::/3');
const specialV6 = listOf('ipv6', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20');
const wrapping = listOf('ipv6', '::ffff:0:0/96', '64:ff9b::/96');

function isGlobal(address: string): boolean {
  if (isIP(address) === 4) return !specialV4.check(address, 'ipv4');
  if (wrapping.check(address, 'ipv6')) return isGlobal(wrappedV4(address));
  return globalV6.check(address, 'ipv6') && !specialV6.check(address, 'ipv6');
}

/** The last 32 bits of an IPv6 address, which a URL writes as two groups of hexadecimal digits. */
function wrappedV4(address: string): string {
  const groups = new URL(`http://[${address}]/`).hostname.slice(1, -1).split(':').slice(-2);
  const [high = 0, low = 0] = groups.map((group) => Number.parseInt(group || '0', 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function check(input: string): string {
  checkAddress(input);
  const isLoopback = (host: string) =>
    /^(127(\.\d+){3}|::1|::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}|(.+\.)?localhost)$/.test(host);
  const verdicts = [checkUrl(input, deployed, () => false), checkUrl(input, local, isLoopback)];
  return verdicts.join();
}

function checkAddress(text: string): void {
  const isPlain = isIP(text) !== 0 && !text.includes('%');
  assert.equal(deployed.checkAddress(text), isPlain && isGlobal(text), 'An address is judged otherwise than by Node.');
  assert.equal(deployed.isException(text), false, 'There is no exception.');
}

function checkUrl(text: string, policy: typeof deployed, isException: (host: string) => boolean): string {
  const verdict = policy.checkUrl(text);
  if (!verdict.ok) {
    assert.match(verdict.reason, /^[^\n]+\.$/, 'A refusal is no sentence.');
    // The host is the caller's; everything else is ours.
    return verdict.reason.replace(/^.* is /s, '').slice(0, 60);
  }
  const { url } = verdict;
  assert.equal(url.href, new URL(text).href, 'What is sent is another URL.');
  assert.deepEqual([url.username, url.password, url.hash], ['', '', '']);
  assert.match(`${url.host}${url.pathname}${url.search}`, /^[\x21-\x7e]+$/, 'It cannot be written into a request.');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!isException(host)) {
    assert.equal(url.protocol, 'https:', 'Plain http leads outside.');
    if (isIP(host) !== 0) assert.ok(isGlobal(host), 'It leads to an address that may not be reached.');
    else assert.match(host, /^(?!.*\.(localhost|local|internal)\.?$).+\..*[^.]$/, 'It leads to a private name.');
  }
  const again = policy.checkUrl(url.href);
  assert.ok(again.ok && again.url.href === url.href, 'What it becomes is refused.');
  return `${url.protocol} ${isIP(host)}`;
}

/** Boundaries between kinds of addresses. */
const BORDERS = [
  ...[
    '0.0.0.0',
    '1.0.0.0',
    '9.255.255.255',
    '10.0.0.0',
    '11.0.0.0',
    '100.64.0.0',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
  ],
  ...[
    '169.254.0.0',
    '169.255.0.0',
    '172.16.0.0',
    '172.32.0.0',
    '192.0.0.0',
    '192.0.1.0',
    '192.0.2.0',
    '192.0.3.0',
    '192.88.99.0',
  ],
  ...[
    '192.88.100.0',
    '192.168.0.0',
    '192.169.0.0',
    '198.18.0.0',
    '198.20.0.0',
    '198.51.100.0',
    '198.51.101.0',
    '203.0.113.0',
  ],
  ...['203.0.114.0', '224.0.0.0', '240.0.0.0', '255.255.255.255'],
];
const PREFIXES = [
  '::ffff:',
  '64:ff9b::',
  '::',
  '2001:0:',
  '2001:1ff:',
  '2001:200:',
  '2001:db8:',
  '2002:',
  '3ffe::',
  '3fff:',
  '4000::',
];

/** An address near a boundary, in one of its spellings. */
function address(chance: Chance): string {
  const [a = 0, b = 0, c = 0, d = 0] = chance.pick(BORDERS).split('.').map(Number);
  const near = (((a << 24) | (b << 16) | (c << 8) | d) + chance.pick([-1, 0, 1, chance.whole(-70_000, 70_000)])) >>> 0;
  const bytes = [near >>> 24, (near >> 16) & 255, (near >> 8) & 255, near & 255];
  const groups = `${(near >>> 16).toString(16)}:${(near & 0xffff).toString(16)}`;
  return chance.pick([
    ...[bytes.join('.'), bytes.join('.'), String(near), `0x${near.toString(16)}`, `0${near.toString(8)}`],
    ...[`[::ffff:${groups}]`, `[${chance.pick(PREFIXES)}${groups}]`, `[${chance.pick(PREFIXES)}${bytes.join('.')}]`],
    `[${(0x1fff + chance.whole(0, 0x2002)).toString(16)}::${groups}]`,
  ]);
}

function make(chance: Chance): string {
  const host = address(chance);
  return chance.happens(0.5) ? host.replace(/^\[|\]$/g, '') : `${chance.pick(['https', 'http'])}://${host}/`;
}

export const target: Target = {
  holds: 'An allowed URL leads to no address outside the policy, and is sent as `new URL` reads it.',
  covers: ['adapters/http/egress-policy.ts', 'adapters/http/addresses.ts', 'node_modules/ipaddr.js/'],
  seeds: [
    ...[
      'https://example.com/hooks?token=a%20b',
      'https://EXAMPLE.com:8443/',
      'https://bücher.example/',
      'http://localhost:80/',
    ],
    ...[
      'https://93.184.216.34/',
      'https://[2606:4700:4700::1111]/',
      'https://[::ffff:93.184.216.34]/',
      'http://[::1]/',
    ],
    ...[
      'https://0x7f.1/',
      'https://2130706433/',
      'https://①②⑦.0.0.1/',
      'https://[64:ff9b::169.254.169.254]/',
      '8.8.8.8',
    ],
    ...[
      'https://user:pw@example.com/',
      'https://example.com:0/',
      'https://printer.local/',
      '2606:4700::1',
      '::ffff:10.0.0.1',
    ],
  ],
  dictionary: [
    ...[
      'https://',
      'http://',
      'HTTPS:',
      '//',
      '[',
      ']',
      '@',
      ':80',
      ':443',
      ':0',
      '#',
      '?',
      '%2e',
      '%00',
      '\\',
      '。',
      '．',
      '..',
    ],
    ...[
      '127.0.0.1',
      '169.254.169.254',
      '10.0.0.1',
      '0x7f',
      '0177',
      '017700000001',
      '2130706433',
      '::1',
      '::ffff:',
      '64:ff9b::',
    ],
    ...[
      '2002:',
      'fe80::',
      'fd00:',
      '2001:',
      '3fff:',
      '%25eth0',
      'localhost',
      '.local',
      '.internal',
      'example.com',
      'xn--',
      '\u00ad',
      'ⓔ',
    ],
  ],
  make,
  lengthMax: 2_100,
  check,
};
