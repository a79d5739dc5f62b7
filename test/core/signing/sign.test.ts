import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PRESET_NAMES } from '../../../core/signing/scheme.ts';
import { newSecret, secretFault, webhookSecret } from '../../../core/signing/secret.ts';
import type { LivingSecrets } from '../../../core/signing/sign.ts';
import { posted } from '../../support/posted.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import {
  byOctokit,
  byOwnHeadersOfSvix,
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
  ['svix', byOwnHeadersOfSvix],
  ['github', byOctokit],
  ['simple', bySimple],
  ['stripe', byStripe],
];

const signing = (signatureProfile: string) => ({ signatureProfile, signature: null });

describe('a webhook', () => {
  it.each<[string, Verifier]>([
    ['standard', byStandardWebhooks],
    ['standard', bySvix],
    ['svix', byOwnHeadersOfSvix],
  ])('of the profile %s verifies with %o for every secret that the profile accepts', (profile, verify) =>
    fc.assert(
      fc.asyncProperty(standardSecret, fc.json(), async (secret, body) => {
        expect([webhookSecret.parse(secret), secretFault(signing(profile), secret)]).toEqual([secret, undefined]);
        expect(await verify(secret, posted(profile, [secret], body))).toBe(true);
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
        expect(secretFault(signing(profile), secret)).toBeUndefined();
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

  it('old and new secret verify by the headers of svix alone', async () => {
    expect(await verdicts(byOwnHeadersOfSvix, [newest, older, ended], posted('svix', living))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it.each<[string, Verifier]>([
    ['github', byOctokit],
    ['simple', bySimple],
  ])(
    'only the oldest verifies with the library of %s, since its header holds one signature, and the newest once that ended',
    async (profile, verify) => {
      expect(await verdicts(verify, [newest, older], posted(profile, [newest, older]))).toEqual([false, true]);
      expect(await verdicts(verify, [newest, older], posted(profile, [newest]))).toEqual([true, false]);
    },
  );
});

describe('a secret for a profile', () => {
  it.each(PRESET_NAMES)('%s: any text, unless the signature is by what it encodes', (profile) => {
    expect(secretFault(signing(profile), 'correct-horse') === undefined).toBe(profile !== 'svix');
  });
});
