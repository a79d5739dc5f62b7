import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { secretFault, standardKey, webhookSecret } from '../../../core/signing/secret.ts';

const STANDARD = { signatureProfile: 'standard', signature: null };
const base64 = (bytes: number) => Buffer.alloc(bytes, 'k').toString('base64');
const isTaken = (profile: string, secret: string) =>
  webhookSecret.safeParse(secret).success &&
  secretFault({ signatureProfile: profile, signature: null }, secret) === undefined;

/** The same bytes for a lenient base64 decoder, with bits left over in the last digit. */
function withLeftoverBits(secret: string): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return secret.replace(
    /(.)(=*)$/,
    (_, last: string, padding: string) => `${digits[digits.indexOf(last) | 1]}${padding}`,
  );
}

describe('a secret of the profile standard', () => {
  it('holds 24 to 75 bytes, with or without padding', () => {
    for (let bytes = 0; bytes <= 90; bytes++) {
      const padded = `whsec_${base64(bytes)}`;
      const expected = bytes >= 24 && bytes <= 75;
      expect([bytes, isTaken('standard', padded)]).toEqual([bytes, expected]);
      expect([bytes, isTaken('standard', padded.replace(/=+$/, ''))]).toEqual([bytes, expected]);
    }
  });

  it.each([
    ['half its padding', `whsec_${base64(25).replace('==', '=')}`],
    ['padding too much', `whsec_${base64(24)}=`],
    ['a digit too many', `whsec_${base64(24)}A`],
    ['leftover bits, padded', withLeftoverBits(`whsec_${base64(25)}`)],
    ['leftover bits, unpadded', withLeftoverBits(`whsec_${base64(26)}`.replace('=', ''))],
    ['the alphabet of URLs', `whsec_${Buffer.alloc(32, 0xfb).toString('base64url')}`],
    ['no prefix', base64(24)],
    ['another prefix', `whsk_${base64(24)}`],
    ['two prefixes', `v1,whsec_${base64(24)}`],
    ['a prefix in capitals', `WHSEC_${base64(24)}`],
    ['a line break', `whsec_${base64(24)}\n`],
    ['blanks around', ` whsec_${base64(24)} `],
  ])('is refused with %s', (_, secret) => {
    expect(isTaken('standard', secret)).toBe(false);
  });

  it('is refused with a message that says what to do and never shows it', () => {
    const leftover = withLeftoverBits(`whsec_${base64(25)}`);
    expect(secretFault(STANDARD, leftover)).toMatch(/encode the bytes again/);
    expect(secretFault(STANDARD, 'correct-horse')).toMatch(
      /^Use "whsec_" .* signature_profile github, simple or stripe/,
    );
    expect(`${secretFault(STANDARD, leftover)}${secretFault(STANDARD, 'correct-horse')}`).not.toMatch(
      /correct-horse|a2tra/,
    );
  });
});

describe('a secret of another profile', () => {
  it.each([
    ['hex', 'd2a84f4b8b650937ec8f73cd8be2c74add5a911ba64df27458ed8229da804a26'],
    ['the shortest', '12345678'],
    ['the longest', 'x'.repeat(256)],
    ['letters of any alphabet, counted by characters', '🔑'.repeat(256)],
    ['base64 with leftover bits', withLeftoverBits(`whsec_${base64(25)}`)],
    ['another prefix', `whsk_${base64(24)}`],
  ])('may be %s', (_, secret) => {
    expect(['github', 'simple', 'stripe', 'stripe:X-Sig'].map((profile) => isTaken(profile, secret))).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  it.each([
    ['too short', '1234567'],
    ['too long', 'x'.repeat(257)],
    ['with a blank', 'correct horse'],
    ['with a line break at its end', 'correct-horse\n'],
    ['with a blank of no width', 'correct\u200bhorse'],
    ['with an invisible character', 'correct\u3164horse'],
    ['with a mark that nobody sees', 'correct\u034fhorse'],
    ['with a variation of how a character is shown', 'correct\u2764\ufe0fhorse'],
    ['with Braille without a dot', 'correct\u2800horse'],
    ['with half a character', 'correct-horse\ud83d'],
  ])('is refused if it is %s', (_, secret) => {
    expect(isTaken('github', secret)).toBe(false);
    expect(webhookSecret.safeParse(secret).error?.issues).toHaveLength(1);
  });
});

describe('the standard key of a secret that is already stored', () => {
  it('is what lenient decoders read, with bits left over or not', () => {
    const bytes = fc.uint8Array({ minLength: 24, maxLength: 64 });
    fc.assert(
      fc.property(bytes, fc.boolean(), (key, isLeftover) => {
        const canonical = `whsec_${Buffer.from(key).toString('base64')}`;
        const secret = isLeftover && canonical.endsWith('=') ? withLeftoverBits(canonical) : canonical;
        const [at, body] = [new Date(), '{}'];
        const byKey = new Webhook(standardKey(secret), { format: 'raw' }).sign('evt_1', at, body);
        expect(byKey).toBe(new Webhook(secret).sign('evt_1', at, body));
      }),
    );
  });
});
