import { createHash } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPayloadStore } from '../../../adapters/s3/payload-store.ts';
import type { PayloadWriter } from '../../../core/events/accept.ts';
import type { PayloadReader } from '../../../core/events/event.ts';
import { MemoryPayloadStore } from '../../fakes/payload-store.ts';
import { BUCKET, type LocalAws, startLocalAws } from '../local-aws.ts';

type PayloadStore = PayloadWriter & PayloadReader;

let aws: LocalAws;
let client: S3Client;
beforeAll(async () => {
  aws = await startLocalAws();
  client = new S3Client({ ...aws.clientOptions, forcePathStyle: true });
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

const stores: [string, () => PayloadStore][] = [
  ['in memory', () => new MemoryPayloadStore()],
  ['the S3 of a local run', () => createPayloadStore({ client, bucket: BUCKET })],
];

const keyOf = (body: string) => `acme/evt_1/${createHash('sha256').update(body).digest('hex')}`;
const bytes = (text: string) => Buffer.byteLength(text);

// S3 = https://docs.aws.amazon.com/AmazonS3/latest/API
describe.each(stores)('the payload store, %s', (_, open) => {
  test.each([
    ['small', '{"a":1}'],
    ['of several languages', '{"n":"é🚀\u2028","id":1234567890123456789}'],
    ['of 2 MB', `"${'x'.repeat(2_000_000)}"`],
  ])('a payload that is %s is read back byte for byte', async (_size, body) => {
    const store = open();
    await store.put(keyOf(body), body);
    expect(await store.get({ key: keyOf(body), offset: 0, length: bytes(body) })).toBe(body);
  });

  // S3/API_GetObject, Range
  test('each payload of a list is a range of one object', async () => {
    const store = open();
    const parts = ['{"a":"é"}', '{"b":"🚀"}', '{}'];
    const body = parts.join('');
    await store.put(keyOf(body), body);
    let offset = 0;
    for (const part of parts) {
      expect(await store.get({ key: keyOf(body), offset, length: bytes(part) })).toBe(part);
      offset += bytes(part);
    }
  });

  test('putting it again, even concurrently, changes nothing', async () => {
    const store = open();
    const body = '{"again":true}';
    await Promise.all([1, 2, 3].map(() => store.put(keyOf(body), body)));
    await store.put(keyOf(body), body);
    expect(await store.get({ key: keyOf(body), offset: 0, length: bytes(body) })).toBe(body);
  });

  // S3/API_GetObject: a range is cut at the object's end
  test('an object that is too short is an error, never a shorter payload', async () => {
    const store = open();
    const body = '{"short":1}';
    await store.put(keyOf(body), body);
    await expect(store.get({ key: keyOf(body), offset: 0, length: bytes(body) + 1 })).rejects.toThrow();
    await expect(store.get({ key: keyOf(body), offset: bytes(body), length: 1 })).rejects.toThrow();
  });

  // S3/API_GetObject, Errors: NoSuchKey
  test('a missing payload is reported as gone', async () => {
    const gone = { key: keyOf('never put'), offset: 0, length: 1 };
    await expect(open().get(gone)).rejects.toMatchObject({ name: 'Problem', kind: 'gone' });
  });
});
