import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { AwsError, notLocal } from './aws-error.ts';
import type { JsonService } from './exchange.ts';

const context = z.record(z.string(), z.string()).default({});
const base64 = z.base64().transform((text) => Buffer.from(text, 'base64'));
const inputs = {
  encrypt: z.object({ KeyId: z.string(), Plaintext: base64, EncryptionContext: context }),
  decrypt: z.object({ KeyId: z.string().optional(), CiphertextBlob: base64, EncryptionContext: context }),
  dataKey: z.object({
    KeyId: z.string(),
    KeySpec: z.enum(['AES_256', 'AES_128']).optional(),
    NumberOfBytes: z.number().int().min(1).max(1024).optional(),
    EncryptionContext: context,
  }),
  describe: z.object({ KeyId: z.string() }),
};

const PLAINTEXT_BYTES_MAX = 4096;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_BYTES = 36;

/** KMS with symmetric keys in the data folder. The encryption context is bound to the ciphertext, as on AWS. */
export interface Kms extends JsonService {
  /** Creates the key unless it exists. */
  ensureKey(keyId: string): void;
}

/** Opens the key store in a folder. */
export function openKms(dir: string, place: { accountId: string; region: string }): Kms {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const keys = new Map<string, Buffer>();
  const arnOf = (keyId: string) => `arn:aws:kms:${place.region}:${place.accountId}:key/${keyId}`;
  const find = (given: string): { keyId: string; key: Buffer } => {
    const keyId = given.replace(/^arn:aws:kms:[^:]*:[^:]*:key\//, '');
    const key = keys.get(keyId);
    if (key === undefined) throw new AwsError('NotFoundException', `Key '${arnOf(keyId)}' does not exist`);
    return { keyId, key };
  };
  const operations: Readonly<Record<string, (input: unknown) => object>> = {
    Encrypt: (input) => {
      const { KeyId, Plaintext, EncryptionContext } = parse(inputs.encrypt, input);
      if (Plaintext.length > PLAINTEXT_BYTES_MAX) throw invalid('plaintext must have length at most 4096');
      const { keyId, key } = find(KeyId);
      const sealed = seal({ keyId, key, plaintext: Plaintext, context: EncryptionContext });
      return { CiphertextBlob: sealed.toString('base64'), KeyId: arnOf(keyId), EncryptionAlgorithm };
    },
    Decrypt: (input) => {
      const { KeyId, CiphertextBlob, EncryptionContext } = parse(inputs.decrypt, input);
      const keyId = CiphertextBlob.subarray(0, KEY_ID_BYTES).toString('latin1');
      const key = keys.get(keyId);
      if (key === undefined) throw new AwsError('InvalidCiphertextException', '');
      if (KeyId !== undefined && find(KeyId).keyId !== keyId) {
        throw new AwsError(
          'IncorrectKeyException',
          'The key ID in the request does not identify the CMK of the ciphertext',
        );
      }
      const plaintext = open(key, CiphertextBlob, EncryptionContext);
      return { Plaintext: plaintext.toString('base64'), KeyId: arnOf(keyId), EncryptionAlgorithm };
    },
    GenerateDataKey: (input) => {
      const { KeyId, KeySpec, NumberOfBytes, EncryptionContext } = parse(inputs.dataKey, input);
      if ((KeySpec === undefined) === (NumberOfBytes === undefined)) {
        throw invalid('Please specify either number of bytes or key spec.');
      }
      const { keyId, key } = find(KeyId);
      const plaintext = randomBytes(NumberOfBytes ?? (KeySpec === 'AES_128' ? 16 : 32));
      const sealed = seal({ keyId, key, plaintext, context: EncryptionContext });
      return {
        CiphertextBlob: sealed.toString('base64'),
        Plaintext: plaintext.toString('base64'),
        KeyId: arnOf(keyId),
      };
    },
    DescribeKey: (input) => {
      const { keyId } = find(parse(inputs.describe, input).KeyId);
      return { KeyMetadata: describe(keyId, arnOf(keyId), place.accountId) };
    },
    ListKeys: () => ({
      Keys: [...keys.keys()].map((keyId) => ({ KeyId: keyId, KeyArn: arnOf(keyId) })),
      Truncated: false,
    }),
  };
  return {
    handle(name, input) {
      const operation = operations[name];
      if (operation === undefined) throw notLocal('KMS', name);
      return operation(input);
    },
    ensureKey(keyId) {
      keys.set(keyId, loadOrMakeKey(join(dir, keyId)));
    },
  };
}

const EncryptionAlgorithm = 'SYMMETRIC_DEFAULT';

function loadOrMakeKey(path: string): Buffer {
  if (!existsSync(path)) {
    // Write to another name and rename: a crash in between must not leave half a key, which no later start could repair.
    writeFileSync(`${path}.new`, randomBytes(32).toString('hex'), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
  return Buffer.from(readFileSync(path, 'utf8').trim(), 'hex');
}

function seal(what: {
  keyId: string;
  key: Buffer;
  plaintext: Buffer;
  context: Readonly<Record<string, string>>;
}): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', what.key, iv);
  cipher.setAAD(canonical(what.context));
  const body = Buffer.concat([cipher.update(what.plaintext), cipher.final()]);
  return Buffer.concat([Buffer.from(what.keyId, 'latin1'), iv, cipher.getAuthTag(), body]);
}

function open(key: Buffer, blob: Buffer, encryptionContext: Readonly<Record<string, string>>): Buffer {
  const ivEnd = KEY_ID_BYTES + IV_BYTES;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(KEY_ID_BYTES, ivEnd));
    decipher.setAAD(canonical(encryptionContext));
    decipher.setAuthTag(blob.subarray(ivEnd, ivEnd + TAG_BYTES));
    return Buffer.concat([decipher.update(blob.subarray(ivEnd + TAG_BYTES)), decipher.final()]);
  } catch {
    // KMS does not say whether the context or the ciphertext is wrong.
    throw new AwsError('InvalidCiphertextException', '');
  }
}

/** KMS ignores the order of the pairs, but every byte of them counts. */
function canonical(encryptionContext: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(encryptionContext).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(JSON.stringify(pairs));
}

function describe(keyId: string, arn: string, accountId: string): object {
  return {
    KeyId: keyId,
    Arn: arn,
    AWSAccountId: accountId,
    Enabled: true,
    KeyState: 'Enabled',
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeySpec: EncryptionAlgorithm,
    CustomerMasterKeySpec: EncryptionAlgorithm,
    EncryptionAlgorithms: [EncryptionAlgorithm],
    KeyManager: 'CUSTOMER',
    Origin: 'AWS_KMS',
    MultiRegion: false,
  };
}

function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.infer<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw invalid(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
