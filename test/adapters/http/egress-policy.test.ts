import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEgressPolicy } from '../../../adapters/http/egress-policy.ts';

const deployed = createEgressPolicy({ allowedCidrs: [], allowHttp: false });
const local = createEgressPolicy({ allowedCidrs: ['127.0.0.0/8', '::1/128'], allowHttp: true });

describe('a URL that may be registered', () => {
  test.each([
    'https://example.com',
    'https://example.com/hooks?token=a%20b',
    'https://example.com:8443/hooks',
    'https://EXAMPLE.com/',
    'https://xn--bcher-kva.example/',
    'https://bücher.example/',
    'https://93.184.216.34/',
    'https://93.184.216.34:8443?a',
    'https://[2606:4700:4700::1111]/',
    'https://[::ffff:93.184.216.34]/',
    'https://[64:ff9b::93.184.216.34]/',
    'https://local.example.com/',
    'https://192.175.48.1/',
  ])('%s is accepted', (url) => {
    const verdict = deployed.checkUrl(url);

    expect(verdict).toMatchObject({ ok: true });
  });
});

describe('a URL that is refused', () => {
  test.each([
    ['', /start with https/],
    ['example.com/hooks', /start with https/],
    ['http://example.com/', /start with https/],
    ['ftp://example.com/', /start with https/],
    ['javascript:alert(1)', /start with https/],
    ['https:example.com', /start with https/],
    ['https://', /space|host|valid/],
    ['https:///example.com', /no host/],
    ['https://?a', /no host/],
    ['https://exa mple.com/', /space/],
    ['https://example.com/\r\nX-Evil: 1', /control character/],
    ['https://exa\tmple.com/', /control character/],
    ['https://example.com\\@127.0.0.1/', /backslash/],
    ['https://user:pw@example.com/', /user name/],
    ['https://user@example.com/', /user name/],
    ['https://example.com@127.0.0.1/', /user name/],
    ['https://example.com/#top', /fragment/],
    ['https://example.com:0/', /Port 0/],
    ['https://example.com:65536/', /valid URL/],
    ['https://exa%00mple.com/', /valid URL/],
    [`https://example.com/${'a'.repeat(2_048)}`, /longer/],
    [`https://example.com/${'ü'.repeat(1_000)}`, /once encoded/],
    ['https://.example.com/', /1 to 63 characters/],
    ['https://。example.com/', /1 to 63 characters/],
    ['https://example..com/', /1 to 63 characters/],
    [`https://${'a'.repeat(64)}.example.com/`, /1 to 63 characters/],
    ['https://localhost/', /private network/],
    ['https://LOCALHOST:8443/', /private network/],
    ['https://api.localhost/', /private network/],
    ['https://printer.local/', /private network/],
    ['https://metadata.google.internal/', /private network/],
    ['https://ip-10-0-0-1.ec2.internal/', /private network/],
    ['https://intranet/', /private network/],
    ['https://example.com./', /full stop/],
    ['https://localhost./', /full stop/],
    ['https://127.0.0.1./', /loopback/],
    ['https://10.0.0.1/', /private address/],
    ['https://127.1/', /loopback/],
    ['https://0x7f.1/', /loopback/],
    ['https://0x7f000001/', /loopback/],
    ['https://2130706433/', /loopback/],
    ['https://017700000001/', /loopback/],
    ['https://0177.0.0.01/', /loopback/],
    ['https://0/', /unspecified/],
    ['https://0127.0.0.1/', /another spelling of 87\.0\.0\.1; write the address as four decimal numbers/],
    ['https://134744072/', /another spelling of 8\.8\.8\.8/],
    ['https://0.0.0.0:9001/', /unspecified/],
    ['https://%31%32%37.0.0.1/', /loopback/],
    ['https://①②⑦.0.0.1/', /loopback/],
    ['https://127。0。0。1/', /loopback/],
    ['https://169.254.169.254/latest/meta-data/', /link-local/],
    ['https://[::]/', /unspecified/],
    ['https://[::1]/', /loopback/],
    ['https://[0:0:0:0:0:0:0:1]/', /loopback/],
    ['https://[::ffff:169.254.169.254]/', /link-local/],
    ['https://[::ffff:a9fe:a9fe]/', /link-local/],
    ['https://[::ffff:0:169.254.169.254]/', /not a global/],
    ['https://[::169.254.169.254]/', /not a global/],
    ['https://[::8.8.8.8]/', /not a global/],
    ['https://[64:ff9b::169.254.169.254]/', /NAT64 form of a link-local/],
    ['https://[64:ff9b:1::808:808]/', /not a global/],
    ['https://[2002:a9fe:a9fe::1]/', /6to4/],
    ['https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/', /reserved/],
    ['https://[fe80::1%25eth0]/', /valid URL/],
    ['https://[fe80::1%eth0]/', /valid URL/],
    ['https://[fe80::1]/', /link-local/],
    ['https://[fec0::1]/', /private address/],
    ['https://[fd00:ec2::254]/', /private address/],
    ['https://[ff02::1]/', /multicast/],
    ['https://[2001:db8::1]/', /documentation/],
    ['https://[3fff::1]/', /documentation/],
    ['https://[100::1]/', /not a global/],
    ['https://[5f00::1]/', /not a global/],
    ['https://[4000::1]/', /not a global/],
  ])('%s is refused with a reason', (url, reason) => {
    const verdict = deployed.checkUrl(url);

    expect(verdict).toMatchObject({ ok: false, reason: expect.stringMatching(reason) });
  });
});

describe('the exceptions of the local stage', () => {
  test.each([
    'http://127.0.0.1:8080/',
    'https://127.0.0.1:8443/',
    'http://localhost:8080/',
    'http://127.1:8080/',
    'http://[::1]:8080/',
    'http://[::ffff:127.0.0.1]/',
    'https://example.com/',
  ])('allow %s', (url) => {
    expect(local.checkUrl(url)).toMatchObject({ ok: true });
  });

  test.each([
    'http://example.com/',
    'http://93.184.216.34/',
    'http://10.0.0.1/',
    'https://10.0.0.1/',
    'http://0.0.0.0:8080/',
    'http://169.254.169.254/',
    'http://user@127.0.0.1/',
    'http://.localhost/',
    'https://[64:ff9b::127.0.0.1]/',
    'https://printer.local/',
  ])('do not allow %s', (url) => {
    expect(local.checkUrl(url)).toMatchObject({ ok: false });
  });

  test('open a private block only over https if http is not allowed', () => {
    const vpc = createEgressPolicy({ allowedCidrs: ['10.1.0.0/16'], allowHttp: false });

    expect(vpc.checkUrl('https://10.1.2.3/')).toMatchObject({ ok: true });
    expect(vpc.checkUrl('https://10.2.2.3/')).toMatchObject({ ok: false });
    expect(vpc.checkUrl('http://10.1.2.3/')).toMatchObject({ ok: false });
    expect(vpc.checkUrl('https://localhost/')).toMatchObject({ ok: false });
  });

  test.each(['10.0.0.0', '10/8', '10.0.0.0/33', 'localhost', '::1/129', ''])(
    'must be CIDR blocks: "%s" prevents the start',
    (cidr) => {
      expect(() => createEgressPolicy({ allowedCidrs: [cidr], allowHttp: true })).toThrow(/CIDR/);
    },
  );
});

/** IPv4 blocks that webhooks must not reach, as base and prefix length. */
const refusedBlocks: [number, number, number, number, number][] = [
  [0, 0, 0, 0, 8],
  [10, 0, 0, 0, 8],
  [100, 64, 0, 0, 10],
  [127, 0, 0, 0, 8],
  [169, 254, 0, 0, 16],
  [172, 16, 0, 0, 12],
  [192, 0, 0, 0, 24],
  [192, 0, 2, 0, 24],
  [192, 88, 99, 0, 24],
  [192, 168, 0, 0, 16],
  [198, 18, 0, 0, 15],
  [198, 51, 100, 0, 24],
  [203, 0, 113, 0, 24],
  [224, 0, 0, 0, 4],
  [240, 0, 0, 0, 4],
];

const toNumber = (a: number, b: number, c: number, d: number) => ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
const octets = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255] as const;
const mask = (bits: number) => (0xffffffff << (32 - bits)) >>> 0;
const refusedV4 = fc.tuple(fc.constantFrom(...refusedBlocks), fc.nat(0xffffffff)).map(([[a, b, c, d, bits], rest]) => {
  return ((toNumber(a, b, c, d) & mask(bits)) | (rest & ~mask(bits))) >>> 0;
});
const globalV4 = fc.nat(0xffffffff).filter((n) => {
  return refusedBlocks.every(([a, b, c, d, bits]) => (n & mask(bits)) >>> 0 !== toNumber(a, b, c, d));
});

/** All spellings of an IPv4 address in a URL's host. */
function spellings(n: number): string[] {
  const [a, b, c, d] = octets(n);
  const hex = (part: number) => `0x${part.toString(16)}`;
  const octal = (part: number) => `0${part.toString(8)}`;
  return [
    `${a}.${b}.${c}.${d}`,
    `${n}`,
    hex(n),
    octal(n),
    `${a}.${n & 0xffffff}`,
    `${a}.${b}.${n & 0xffff}`,
    [a, b, c, d].map(hex).join('.'),
    [a, b, c, d].map(octal).join('.'),
    `${hex(a)}.${octal(b)}.${n & 0xffff}`,
  ];
}

function wrapped(n: number): string[] {
  const [a, b, c, d] = octets(n);
  const dotted = `${a}.${b}.${c}.${d}`;
  const [high, low] = [(n >>> 16).toString(16), (n & 0xffff).toString(16)];
  const teredo = `2001:0:4136:e378:8000:63bf:${(~n >>> 16).toString(16)}:${(~n & 0xffff).toString(16)}`;
  return [
    `::ffff:${dotted}`,
    `::ffff:${high}:${low}`,
    `64:ff9b::${dotted}`,
    `2002:${high}:${low}::1`,
    `::${dotted}`,
    teredo,
  ];
}

describe('for any IPv4 address', () => {
  test('every spelling of a forbidden one is refused', () => {
    fc.assert(
      fc.property(refusedV4, (n) => {
        const hosts = [...spellings(n), ...wrapped(n).map((v6) => `[${v6}]`)];

        const accepted = hosts.filter((host) => deployed.checkUrl(`https://${host}/`).ok);

        expect(accepted).toEqual([]);
        expect([...spellings(n), ...wrapped(n)].filter(deployed.checkAddress)).toEqual([]);
      }),
    );
  });

  test('every global unicast one is accepted, in the URL and when it is dialled', () => {
    fc.assert(
      fc.property(globalV4, (n) => {
        const dotted = octets(n).join('.');

        expect(deployed.checkUrl(`https://${dotted}/`).ok).toBe(true);
        expect([dotted, `::ffff:${dotted}`, `64:ff9b::${dotted}`].every(deployed.checkAddress)).toBe(true);
      }),
    );
  });
});

describe('for any IPv6 address', () => {
  const group = fc.nat(0xffff).map((part) => part.toString(16));

  test('one outside 2000::/3 is refused unless it wraps a public IPv4 address', () => {
    const first = fc.nat(0xffff).filter((part) => part >> 13 !== 1 && part !== 0 && part !== 0x64);
    fc.assert(
      fc.property(first, fc.array(group, { minLength: 7, maxLength: 7 }), (head, tail) => {
        const address = [head.toString(16), ...tail].join(':');

        expect(deployed.checkAddress(address)).toBe(false);
        expect(deployed.checkUrl(`https://[${address}]/`).ok).toBe(false);
      }),
    );
  });

  test('one of the regional registries is accepted', () => {
    const first = fc.integer({ min: 0x2400, max: 0x2fff });
    fc.assert(
      fc.property(first, fc.array(group, { minLength: 7, maxLength: 7 }), (head, tail) => {
        expect(deployed.checkAddress([head.toString(16), ...tail].join(':'))).toBe(true);
      }),
    );
  });
});

describe('for any text', () => {
  test('the check of a URL never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.webUrl(),
          fc.string().map((s) => `https://${s}`),
        ),
        (text) => {
          const verdict = deployed.checkUrl(text);

          expect(verdict.ok || verdict.reason.endsWith('.')).toBe(true);
        },
      ),
    );
  });

  test('an accepted URL has an https scheme and no user information', () => {
    fc.assert(
      fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (text) => {
        const verdict = deployed.checkUrl(text);

        if (verdict.ok) expect(verdict.url).toMatchObject({ protocol: 'https:', username: '', password: '', hash: '' });
      }),
    );
  });

  test('only an address in its canonical spelling may be dialled', () => {
    for (const text of [
      '',
      'localhost',
      '127.1',
      '8.8',
      '0x08080808',
      '8.8.8.8 ',
      '010.8.8.8',
      '2606::1%eth0',
      '::8.8.8.8',
      '[2606::1]',
    ]) {
      expect(deployed.checkAddress(text), text).toBe(false);
    }
  });
});
