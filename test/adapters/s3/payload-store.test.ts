import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { createPayloadStore } from '../../../adapters/s3/payload-store.ts';

const aws = mockClient(S3Client);
const store = createPayloadStore({ client: new S3Client({ region: 'us-east-1' }), bucket: 'payloads' });
beforeEach(() => aws.reset());

describe('the payload store', () => {
  it('lets S3 refuse payloads damaged in transit', async () => {
    aws.on(PutObjectCommand).resolves({});
    await store.put('k', 'é');
    expect(aws.commandCalls(PutObjectCommand)[0]?.args[0].input).toMatchObject({
      Bucket: 'payloads',
      Key: 'k',
      ChecksumSHA256: 'SplVfkAzw1Od4utlRyAXytX5VX96BiWgnxw/biumnEw=',
    });
  });

  it('reads a range, and fails if the response is too short', async () => {
    aws.on(GetObjectCommand).callsFake(() => ({ Body: { transformToByteArray: async () => Buffer.from('abc') } }));
    expect(await store.get({ key: 'k', offset: 5, length: 3 })).toBe('abc');
    expect(aws.commandCalls(GetObjectCommand)[0]?.args[0].input.Range).toBe('bytes=5-7');
    await expect(store.get({ key: 'k', offset: 5, length: 4 })).rejects.toThrow('length');
  });

  it('treats an object as gone only if S3 says so', async () => {
    const read = () => store.get({ key: 'k', offset: 0, length: 1 });
    aws.on(GetObjectCommand).rejects(new NoSuchKey({ message: '', $metadata: {} }));
    await expect(read()).rejects.toMatchObject({ kind: 'gone' });
    aws.on(GetObjectCommand).rejects(new S3ServiceException({ name: 'AccessDenied', $fault: 'client', $metadata: {} }));
    await expect(read()).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});
