import { createHash } from 'node:crypto';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type PayloadRef, payloadGone } from '../../core/events/event.ts';
import { awsClientConfig, prepared } from '../aws-client.ts';

/** A client for the life of an execution environment. */
export function createS3(): S3Client {
  return prepared(
    new S3Client({
      ...awsClientConfig,
      // We send our own SHA-256; the SDK's default CRC would be a second pass over the body.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    }),
  );
}

export interface PayloadStoreOptions {
  client: S3Client;
  bucket: string;
}

/** Envelopes as objects of the payload bucket. */
export function createPayloadStore({ client, bucket }: PayloadStoreOptions) {
  return {
    /** Stores a text once. The key holds its SHA-256, so putting it again changes nothing. */
    async put(key: string, body: string): Promise<void> {
      const bytes = Buffer.from(body);
      await client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: bytes,
          ContentType: 'application/json',
          // S3 rejects a body that was corrupted in transit.
          ChecksumSHA256: createHash('sha256').update(bytes).digest('base64'),
        }),
      );
    },

    /**
     * The text of a range, byte for byte.
     * @throws Problem `gone` when there is no such object: S3 says so only to callers that may list the bucket, and
     * denies access to others. Error when it is shorter than it should be.
     */
    async get({ key, offset, length }: PayloadRef): Promise<string> {
      const Range = `bytes=${offset}-${offset + length - 1}`;
      const { Body } = await unlessGone(client.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range })));
      const bytes = await Body?.transformToByteArray();
      if (bytes?.length !== length) throw new Error('The payload store returned a different length than requested.');
      return Buffer.from(bytes).toString('utf8');
    },
  };
}

async function unlessGone<Result>(read: Promise<Result>): Promise<Result> {
  try {
    return await read;
  } catch (fault) {
    throw fault instanceof NoSuchKey ? payloadGone() : fault;
  }
}
