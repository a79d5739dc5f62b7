import { describe, expect, it } from 'vitest';
import { SIGNATURE_SCHEME } from '../../../core/signing/described.ts';
import {
  neededHeaders,
  ownScheme,
  PRESET_NAMES,
  type SignatureScheme,
  schemeOf,
  signatureProfile,
  withSignatures,
} from '../../../core/signing/scheme.ts';
import { type LivingSecrets, overlappingHeaders, schemeHeaders } from '../../../core/signing/sign.ts';
import { posted } from '../../support/posted.ts';
import { byOctokit, byOwnHeadersOfSvix, byStripe, type Posted } from '../../support/verifiers.ts';

const preset = (profile: string): SignatureScheme =>
  schemeOf({ signatureProfile: profile, signature: null }) ?? expect.fail(`${profile} is no preset`);
const signed = (scheme: SignatureScheme, secrets: LivingSecrets, part: { body: string; timestamp?: number }) =>
  schemeHeaders(scheme, { id: 'evt_1', type: 'user.created', timestamp: 1, ...part }, secrets);
const own = (settings: object) => ownScheme.parse({ header: 'X-Acme-Signature', ...settings });
const faultOf = (settings: object) =>
  ownScheme.safeParse({ header: 'X-Acme-Signature', ...settings }).error?.issues[0]?.message;

describe('the preset convoy', () => {
  // Source: frain-dev/convoy at 2b60cc6, pkg/signature/testdata/signature-vectors.json.
  const secret = 'convoy-webhook-secret';
  const body = '{"event":"charge.success","amount":1000,"currency":"NGN"}';

  it('makes the header that Convoy makes, in its simple form', () => {
    expect(signed(preset('convoy'), [secret], { body }).needed).toEqual({
      'x-convoy-signature': '244449b7f48cbc2709060c9dcdc2b3aa47a78f540430579015c579fb12defbb4',
    });
  });

  it('makes the header that Convoy makes, in its advanced form', () => {
    expect(signed(preset('convoy-advanced'), [secret], { body, timestamp: 1_700_000_000 }).needed).toEqual({
      'x-convoy-signature': 't=1700000000,v1=77b8b9269f25a199846a55a2bd25b3fba151c70fdae60bb1dcd87fbbc943c55c',
    });
  });
});

describe('the preset outpost', () => {
  // Source: hookdeck/outpost at f67ae01, internal/destregistry/providers/destwebhook/signature_test.go and destwebhook.go.
  it("makes the headers that Outpost makes: with its own signer's value, its timestamp in RFC 3339", () => {
    const body = '1234567890.{"hello":"world"}';
    const { needed, telling } = signed(preset('outpost'), ['test-secret'], { body, timestamp: 1_717_230_216 });

    expect(needed).toEqual({
      'x-outpost-signature': 'v0=7054f74dae9f73e82b56ca73e8f81450097c698eeda0b00bb8728e89796baf2d',
    });
    expect(telling).toEqual({
      'x-outpost-event-id': 'evt_1',
      'x-outpost-topic': 'user.created',
      'x-outpost-timestamp': '2024-06-01T08:23:36Z',
    });
  });

  it('joins the signatures of several secrets as Outpost does', () => {
    expect(withSignatures(preset('outpost'), ['abc123', 'def456'])).toBe('v0=abc123,def456');
  });
});

describe('the preset github', () => {
  it('names the event and the delivery, as GitHub does', () => {
    expect(signed(preset('github'), ['a-secret'], { body: '{}' }).telling).toEqual({
      'x-github-event': 'user.created',
      'x-github-delivery': 'evt_1',
    });
  });
});

describe('a signature of your own making', () => {
  const secret = 'whsec_YW4gZXhhbXBsZSwgbm90IGEgc2VjcmV0IG9mIHVzZQ==';
  const renamed = ({ body, headers }: Posted, to: string): Posted => ({
    body,
    headers: { [to]: headers['X-Acme-Signature'] ?? '' },
  });

  it("verifies with Stripe's library, if it is made like Stripe's, by each secret", async () => {
    const signature = own({ content: '{timestamp}.{body}', format: 't={timestamp},v1={signature}' });
    const post = renamed(posted({ signature, standardHeaders: true }, [secret]), 'stripe-signature');

    expect(await byStripe(secret, post)).toBe(true);
    expect(await byStripe('another', post)).toBe(false);
    expect(await byStripe(secret, { ...post, body: `${post.body} ` })).toBe(false);
  });

  it("verifies with GitHub's library, if it is made like GitHub's", async () => {
    const post = posted({ signature: own({ format: 'sha256={signature}' }), standardHeaders: false }, ['a text']);
    expect(await byOctokit('a text', renamed(post, 'x-hub-signature-256'))).toBe(true);
    expect(Object.keys(post.headers).filter((name) => name.startsWith('webhook-'))).toEqual([]);
  });

  it("verifies with Svix's library, if it is made like Svix's: by the decoded bytes, in base64, with further headers", async () => {
    const signature = ownScheme.parse({
      header: 'svix-signature',
      content: '{id}.{timestamp}.{body}',
      format: 'v1,{signature}',
      encoding: 'base64',
      key: 'decoded',
      also: { 'svix-id': '{id}', 'svix-timestamp': '{timestamp}' },
    });
    expect(await byOwnHeadersOfSvix(secret, posted({ signature, standardHeaders: false }, [secret]))).toBe(true);
  });

  it.each([
    ['sha1', 'e2f4423c54f5385099d8e3fbb01237d415ee8fdf'],
    ['sha256', '7054f74dae9f73e82b56ca73e8f81450097c698eeda0b00bb8728e89796baf2d'],
    // Source: Python's hmac.
    ['sha512', '3df8824aa4a5a34d48ce0ae39b141118c638be63'],
  ])('is an HMAC of the hash that it names: %s', (algorithm, hex) => {
    const { needed } = signed(own({ algorithm }), ['test-secret'], { body: '1234567890.{"hello":"world"}' });
    expect(needed['X-Acme-Signature']?.startsWith(hex)).toBe(true);
  });

  it('joins the signatures of all living secrets by the character that it names, or is by the oldest', () => {
    const each = signed(own({ format: 'a={signatures;}' }), ['new', 'old'], { body: 'x' }).needed['X-Acme-Signature'];
    const oldest = signed(own({}), ['new', 'old'], { body: 'x' }).needed['X-Acme-Signature'];
    const alone = signed(own({}), ['old'], { body: 'x' }).needed['X-Acme-Signature'];
    expect(each).toMatch(/^a=[0-9a-f]{64};[0-9a-f]{64}$/);
    expect(each?.endsWith(oldest ?? '')).toBe(true);
    expect(oldest).toBe(alone);
  });

  it.each([
    [{ content: 'x' }, /Write \{body\} exactly once/],
    [{ content: '{body}{body}' }, /Write \{body\} exactly once/],
    [{ format: 'v1=' }, /Write \{signature\} exactly once/],
    [{ format: '{signature}{signatures,}' }, /Write \{signature\} exactly once/],
    [{ content: '{body}{secret}' }, /^\{secret\} is no placeholder: use \{id\}, \{timestamp\}, \{type\}, \{body\}\.$/],
    [{ content: '{body}{signature}' }, /\{signature\} is no placeholder/],
    [{ format: '{signature}{time}' }, /\{time\} is no placeholder/],
    [{ format: '{signature}}' }, /brace that stands alone/],
    [{ also: { 'X-Id': '{body}' } }, /\{body\} is no placeholder/],
    [{ also: { Host: 'x' } }, /Postrider sets this header/],
    [{ also: { 'x-acme-signature': '{id}' } }, /header of the signature is among them/],
    [{ header: 'webhook-signature' }, /Postrider sets this header/],
    [{ header: 'a b' }, /header name/],
    [{ format: '{signature}\r\nX: y' }, /visible ASCII/],
    [{ algorithm: 'md5' }, /Invalid option/],
  ])('is refused with what to do: %j', (settings, message) => {
    expect(faultOf(settings)).toMatch(message);
  });
});

describe('a preset', () => {
  it.each([...PRESET_NAMES, 'simple:bare', 'stripe:X-Sig'])('is known, and made, under its name: %s', (profile) => {
    expect(signatureProfile.parse(profile)).toBe(profile);
    const scheme = preset(profile);
    expect(Object.keys(signed(scheme, ['a-secret'], { body: '' }).needed).sort()).toEqual(neededHeaders(scheme).sort());
  });

  it.each(['stripes', 'simple:x', 'convoy:X', 'toString', 'stripe:', ''])('of no known name is refused: %s', (text) => {
    expect(signatureProfile.safeParse(text).error?.issues[0]?.message).toMatch(
      /^Use standard, .* stripe:<header name>/,
    );
  });

  it.each(['te', 'Connection', 'transfer-encoding', 'User-Agent', 'traceparent', 'host', 'webhook-id'])(
    'is refused where the signature would not arrive: stripe:%s',
    (header) => {
      expect(signatureProfile.safeParse(`stripe:${header}`).error?.issues).toMatchObject([
        { message: 'Postrider sets this header, or it would not arrive: use another name.' },
      ]);
    },
  );

  it.each(PRESET_NAMES)('%s has a signature by each living secret where discovery and a rotation say so', (profile) => {
    const scheme = preset(profile);
    const value = signed(scheme, ['one', 'two', 'three'], { body: 'x' }).needed[scheme.header] ?? '';
    const count = value.match(scheme.encoding === 'hex' ? /[0-9a-f]{64}/g : /[A-Za-z0-9+/]{43}=/g)?.length;
    const told = SIGNATURE_SCHEME.profile_headers[profile];

    expect([told?.header, told?.signed_by]).toEqual([scheme.header, count === 3 ? 'each' : 'oldest']);
    expect(overlappingHeaders(scheme, true)).toEqual(['webhook-signature', ...(count === 3 ? [scheme.header] : [])]);
  });
});
