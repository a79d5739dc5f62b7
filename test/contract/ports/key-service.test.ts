import { KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKeyService } from '../../../adapters/kms/key-service.ts';
import type { KeyService } from '../../../core/secrets/vault.ts';
import { createMemoryKeyService } from '../../fakes/vault.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { KEY_ARN, type LocalAws, startLocalAws } from '../local-aws.ts';

let aws: LocalAws;
let client: KMSClient;
beforeAll(async () => {
  aws = await startLocalAws();
  client = new KMSClient(aws.clientOptions);
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

const services: [string, () => KeyService][] = [
  ['in memory', () => createMemoryKeyService(seededRandom(5))],
  ['the KMS of a local run', () => createKeyService({ client, keyArn: KEY_ARN })],
];

// KMS = https://docs.aws.amazon.com/kms/latest/APIReference
describe.each(services)('the key service, %s', (_, open) => {
  // KMS/API_GenerateDataKey, KMS/API_Decrypt
  test('a data key has 32 bytes, differs each time, and can be decrypted from its wrapped form', async () => {
    const keys = open();
    const [one, other] = [await keys.generate({ a: 'b' }), await keys.generate({ a: 'b' })];
    expect([one.plain.length, other.plain.length]).toEqual([32, 32]);
    expect(Buffer.from(one.plain).equals(Buffer.from(other.plain))).toBe(false);
    expect(one.wrapped).not.toContain(Buffer.from(one.plain).toString('base64'));
    expect(Buffer.from(await keys.decrypt(one.wrapped, { a: 'b' })).equals(Buffer.from(one.plain))).toBe(true);
  });

  // KMS/API_Decrypt, EncryptionContext: the same as when it was encrypted, in any order
  test('it decrypts only in its own encryption context', async () => {
    const keys = open();
    const { wrapped, plain } = await keys.generate({ application: 'postrider', 'data-key': 'dk_1' });
    for (const context of [{}, { application: 'postrider' }, { application: 'postrider', 'data-key': 'dk_2' }]) {
      await expect(keys.decrypt(wrapped, context)).rejects.toThrow();
    }
    const reordered = { 'data-key': 'dk_1', application: 'postrider' };
    expect(Buffer.from(await keys.decrypt(wrapped, reordered)).equals(Buffer.from(plain))).toBe(true);
  });

  // KMS/API_Decrypt, InvalidCiphertextException
  test('a ciphertext of another key is refused', async () => {
    const never = Buffer.from('never wrapped').toString('base64');
    await expect(open().decrypt(never, {})).rejects.toThrow();
  });
});
