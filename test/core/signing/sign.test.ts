import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { parseProfile } from '../../../core/signing/profile.ts';
import { keyOf, newSecret } from '../../../core/signing/secret.ts';
import { profileHeaders, standardSignature } from '../../../core/signing/sign.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const random = seededRandom(1);
const keyFor = (secret: string): Buffer => keyOf(secret) ?? expect.fail('not a secret');
const now = () => Math.floor(Date.now() / 1000);

function verifies(secret: string, signature: string, id: string, timestamp: number, body: string): boolean {
  const headers = { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signature };
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

describe('the standard signature', () => {
  it('is accepted by the reference library, whatever the body', () => {
    fc.assert(
      fc.property(fc.json(), (body) => {
        const [secret, timestamp] = [newSecret(random), now()];
        const signature = standardSignature({ id: 'evt_1', timestamp, body }, [keyFor(secret)]);
        expect(verifies(secret, signature, 'evt_1', timestamp, body)).toBe(true);
      }),
    );
  });

  it('verifies with the old and the new secret while a rotation overlaps, and with no other', () => {
    const [fresh, old, other, timestamp] = [newSecret(random), newSecret(random), newSecret(random), now()];
    const signature = standardSignature({ id: 'evt_1', timestamp, body: '{}' }, [keyFor(fresh), keyFor(old)]);
    expect([fresh, old, other].map((secret) => verifies(secret, signature, 'evt_1', timestamp, '{}'))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('binds id, time and body', () => {
    const [secret, timestamp] = [newSecret(random), now()];
    const signature = standardSignature({ id: 'evt_1', timestamp, body: '{}' }, [keyFor(secret)]);
    expect(verifies(secret, signature, 'evt_2', timestamp, '{}')).toBe(false);
    expect(verifies(secret, signature, 'evt_1', timestamp + 1, '{}')).toBe(false);
    expect(verifies(secret, signature, 'evt_1', timestamp, '{} ')).toBe(false);
  });
});

describe('a secret', () => {
  it.each(['', 'whsec_', 'secret', `whsec_${Buffer.alloc(23).toString('base64')}`, `whsec_${'!'.repeat(32)}`])(
    '%j is refused',
    (text) => {
      expect(keyOf(text)).toBeUndefined();
    },
  );

  it('holds 24 to 64 bytes', () => {
    expect(keyOf(`whsec_${Buffer.alloc(24).toString('base64')}`)).toHaveLength(24);
    expect(keyOf(`whsec_${Buffer.alloc(64).toString('base64')}`)).toHaveLength(64);
    expect(keyOf(`whsec_${Buffer.alloc(65).toString('base64')}`)).toBeUndefined();
  });

  it('is one by its number of bytes alone, however the base64 is padded', () => {
    for (let bytes = 0; bytes <= 70; bytes++) {
      const secret = `whsec_${Buffer.alloc(bytes, 'k').toString('base64')}`;
      const expected = bytes >= 24 && bytes <= 64 ? bytes : undefined;
      expect([bytes, keyOf(secret)?.length]).toEqual([bytes, expected]);
    }
  });
});

describe('signature profiles', () => {
  const key = Buffer.alloc(32, 7);
  const signable = { id: 'evt_1', timestamp: 1_795_308_408, body: '{"a":1}' };
  const hex = (text: string) => createHmac('sha256', key).update(text).digest('hex');

  it.each([
    ['standard', {}],
    ['simple', { 'x-webhook-signature': `sha256=${hex('{"a":1}')}` }],
    ['github', { 'x-hub-signature-256': `sha256=${hex('{"a":1}')}` }],
    ['stripe', { 'Stripe-Signature': `t=1795308408,v1=${hex('1795308408.{"a":1}')}` }],
    ['stripe:X-Sig', { 'X-Sig': `t=1795308408,v1=${hex('1795308408.{"a":1}')}` }],
  ])('%s adds its header', (profile, expected) => {
    expect(profileHeaders(parseProfile(profile), signable, key)).toEqual(expected);
  });
});
