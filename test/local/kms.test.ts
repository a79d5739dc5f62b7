import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Kms, openKms } from '../../local/aws/kms.ts';

const place = { accountId: '000000000000', region: 'us-east-1' };
const keyId = '06a5a698-689c-deea-c1f7-aaef600e7f88';
const arn = `arn:aws:kms:us-east-1:000000000000:key/${keyId}`;
const EncryptionContext = { tenant: 'acme', endpoint: 'ep_1' };

let dir: string;
let kms: Kms;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'postrider-kms-'));
  kms = reopen();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the local KMS', () => {
  it('decrypts with the same context, in any order of its pairs', () => {
    const { CiphertextBlob, Plaintext } = dataKey();

    const opened = kms.handle('Decrypt', { CiphertextBlob, EncryptionContext: { endpoint: 'ep_1', tenant: 'acme' } });

    expect(opened).toMatchObject({ Plaintext, KeyId: arn });
  });

  it.each([
    ['another context', { tenant: 'acme', endpoint: 'ep_2' }],
    ['a part of the context', { tenant: 'acme' }],
    ['no context', undefined],
  ])('does not decrypt with %s, and does not say why', (_what, other) => {
    const { CiphertextBlob } = dataKey();

    expect(() => kms.handle('Decrypt', { CiphertextBlob, EncryptionContext: other })).toThrow(
      expect.objectContaining({ code: 'InvalidCiphertextException', message: '' }),
    );
  });

  it('does not decrypt a ciphertext with one wrong bit', () => {
    const blob = Buffer.from(dataKey().CiphertextBlob, 'base64');
    blob.writeUInt8(blob.readUInt8(blob.length - 1) ^ 1, blob.length - 1);

    expect(() => kms.handle('Decrypt', { CiphertextBlob: blob.toString('base64'), EncryptionContext })).toThrow(
      expect.objectContaining({ code: 'InvalidCiphertextException' }),
    );
  });

  it('decrypts after a restart what was encrypted before', () => {
    const { CiphertextBlob, Plaintext } = dataKey();

    expect(reopen().handle('Decrypt', { CiphertextBlob, EncryptionContext })).toMatchObject({ Plaintext });
  });

  it('keeps its keys readable only by their owner', () => {
    expect(readdirSync(dir)).toEqual([keyId]);
    expect(statSync(join(dir, keyId)).mode & 0o777).toBe(0o600);
  });

  it('has no key that the template does not declare', () => {
    expect(() => kms.handle('DescribeKey', { KeyId: 'other' })).toThrow(
      expect.objectContaining({ code: 'NotFoundException' }),
    );
  });
});

function reopen(): Kms {
  const opened = openKms(dir, place);
  opened.ensureKey(keyId);
  return opened;
}

function dataKey() {
  const answer = kms.handle('GenerateDataKey', { KeyId: arn, KeySpec: 'AES_256', EncryptionContext });
  return z.object({ CiphertextBlob: z.string(), Plaintext: z.string() }).parse(answer);
}
