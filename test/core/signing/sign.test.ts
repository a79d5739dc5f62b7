import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProfile, SIGNATURE_SCHEME, signatureHeader, signatureProfile } from '../../../core/signing/profile.ts';
import { newSecret, secretFault, webhookSecret } from '../../../core/signing/secret.ts';
import { type LivingSecrets, overlappingHeaders, profileHeaders } from '../../../core/signing/sign.ts';
import { posted } from '../../support/posted.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import {
  byOctokit,
  byRawStandardWebhooks,
  bySimple,
  byStandardWebhooks,
  byStripe,
  bySvix,
  type Posted,
  type Verifier,
} from '../../support/verifiers.ts';

const random = seededRandom(1);

const verdicts = (verify: Verifier, secrets: readonly string[], post: Posted) =>
  Promise.all(secrets.map((secret) => verify(secret, post)));

/** `whsec_` and base64 of 24 to 75 bytes, padded or not. */
const standardSecret = fc
  .tuple(fc.uint8Array({ minLength: 24, maxLength: 75 }), fc.boolean())
  .map(([bytes, isPadded]) => `whsec_${Buffer.from(bytes).toString('base64')}`.replace(isPadded ? /$^/ : /=+$/, ''));
const freeText = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 8, maxLength: 256 }),
    fc.string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 256 }),
    fc.uint8Array({ minLength: 4, maxLength: 128 }).map((bytes) => Buffer.from(bytes).toString('hex')),
    standardSecret,
  )
  .filter((text) => webhookSecret.safeParse(text).success);

/** Each profile with the library of its convention. */
const LIBRARIES: [string, Verifier][] = [
  ['standard', byStandardWebhooks],
  ['standard', bySvix],
  ['github', byOctokit],
  ['simple', bySimple],
  ['stripe', byStripe],
];

describe('a webhook', () => {
  it.each([byStandardWebhooks, bySvix])(
    'verifies with %o for every secret that the profile standard accepts',
    (verify) =>
      fc.assert(
        fc.asyncProperty(standardSecret, fc.json(), async (secret, body) => {
          expect([webhookSecret.parse(secret), secretFault('standard', secret)]).toEqual([secret, undefined]);
          expect(await verify(secret, posted('standard', [secret], body))).toBe(true);
        }),
      ),
  );

  it.each<[string, Verifier]>([
    ['github', byOctokit],
    ['simple', bySimple],
    ['stripe', byStripe],
  ])('verifies with the library of %s for every secret as shown, including an imported text', (profile, verify) =>
    fc.assert(
      fc.asyncProperty(freeText, fc.json(), async (secret, body) => {
        expect(secretFault(profile, secret)).toBeUndefined();
        expect(await verify(secret, posted(profile, [secret], body))).toBe(true);
      }),
    ),
  );

  it.each(LIBRARIES)(
    'of the profile %s does not verify with a changed byte or another secret',
    async (profile, verify) => {
      const [secret, other] = [newSecret(random), newSecret(random)];
      const post = posted(profile, [secret]);
      expect(await verify(secret, post)).toBe(true);
      expect(await verify(other, post)).toBe(false);
      expect(await verify(secret, { ...post, body: '{"a":2}' })).toBe(false);
      expect(await verify(secret, { ...post, body: `${post.body} ` })).toBe(false);
    },
  );

  it('is bound to its id and time', async () => {
    const secret = newSecret(random);
    const post = posted('standard', [secret]);
    const later = String(Number(post.headers['webhook-timestamp']) + 1);
    for (const changed of [{ 'webhook-id': 'evt_2' }, { 'webhook-timestamp': later }]) {
      expect(await byStandardWebhooks(secret, { ...post, headers: { ...post.headers, ...changed } })).toBe(false);
    }
  });

  it('has a standard signature in every profile, by the text of a non-standard secret', async () => {
    const [shown, text] = [newSecret(random), 'correct-horse-battery-staple-é'];
    for (const profile of ['github', 'simple', 'stripe']) {
      expect(await byStandardWebhooks(shown, posted(profile, [shown]))).toBe(true);
      expect(await byRawStandardWebhooks(text, posted(profile, [text]))).toBe(true);
    }
  });
});

describe('while a rotation overlaps', () => {
  const [newest, older, ended] = [newSecret(random), newSecret(random), newSecret(random)];
  const living: LivingSecrets = [newest, older, 'a-text-of-before'];

  it.each([byStandardWebhooks, bySvix])('old and new secret verify with %o, and no other', async (verify) => {
    expect(await verdicts(verify, [newest, older, ended], posted('standard', living))).toEqual([true, true, false]);
  });

  it('each current secret verifies with the library of stripe, in a header of any name', async () => {
    expect(await verdicts(byStripe, [...living, ended], posted('stripe', living))).toEqual([true, true, true, false]);
    const { headers } = posted('stripe:X-Sig', living);
    expect(headers['X-Sig']).toMatch(/^t=\d+(,v1=[0-9a-f]{64}){3}$/);
    const renamed = { ...posted('stripe:X-Sig', living), headers: { 'stripe-signature': headers['X-Sig'] ?? '' } };
    expect(await verdicts(byStripe, [...living, ended], renamed)).toEqual([true, true, true, false]);
  });

  it.each<[string, Verifier]>([
    ['github', byOctokit],
    ['simple', bySimple],
  ])(
    'only the newest verifies with the library of %s, since its header holds one signature',
    async (profile, verify) => {
      expect(await verdicts(verify, [newest, older], posted(profile, living))).toEqual([true, false]);
    },
  );

  it('the headers listed with several signatures are those that have them', () => {
    for (const profile of ['standard', 'github', 'simple', 'stripe', 'stripe:X-Sig']) {
      const many = Object.entries(posted(profile, living).headers).filter(([, value]) => /v1[,=].*v1[,=]/.test(value));
      expect([profile, many.map(([name]) => name).sort()]).toEqual([
        profile,
        overlappingHeaders(parseProfile(profile)).sort(),
      ]);
    }
  });
});

describe('discovery', () => {
  it('names the header of each profile, and whether older secrets sign it', () => {
    const { profiles, profile_headers: told } = SIGNATURE_SCHEME;
    const added = profiles.flatMap((text) => {
      const profile = parseProfile(text);
      const [header] = Object.keys(profileHeaders(profile, { id: 'evt_1', timestamp: 1, body: '' }, ['secret']));
      const signedBy = overlappingHeaders(profile).includes(header ?? '') ? 'each' : 'newest';
      return header === undefined ? [] : [[text, header, signedBy]];
    });
    expect(Object.entries(told).map(([name, { header, signed_by }]) => [name, header, signed_by])).toEqual(added);
  });
});

describe('the header of a profile', () => {
  it.each(['standard', 'simple', 'github', 'stripe', 'stripe:X-Sig'])('is known before signing: %s', (text) => {
    const profile = parseProfile(text);
    const headers = profileHeaders(profile, { id: 'evt_1', timestamp: 1, body: '' }, ['secret']);
    expect([signatureHeader(profile) ?? []].flat()).toEqual(Object.keys(headers));
  });

  it.each([
    'te',
    'Connection',
    'transfer-encoding',
    'User-Agent',
    'traceparent',
    'host',
    'webhook-id',
    'content-length',
  ])('is refused where the signature would not arrive: stripe:%s', (header) => {
    expect(signatureProfile.safeParse(`stripe:${header}`).error?.issues).toMatchObject([
      { message: 'Postrider sets this header, or it would not arrive: use another name.' },
    ]);
  });
});
