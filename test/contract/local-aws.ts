import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EngineClock, systemClock } from '../../local/aws/clock.ts';
import { openDynamoDb } from '../../local/aws/dynamodb.ts';
import type { JsonService } from '../../local/aws/exchange.ts';
import { openKms } from '../../local/aws/kms.ts';
import { openS3 } from '../../local/aws/s3.ts';
import { awsListener } from '../../local/aws/server.ts';
import { createSqs, type Sqs } from '../../local/aws/sqs.ts';
import { answerSts } from '../../local/aws/sts.ts';
import { TurnFile } from '../../local/aws/turn-file.ts';
import { listen } from '../../local/http-server.ts';

/** The resources of the engines below. */
export const BUCKET = 'payloads';
const KEY_ID = '11111111-2222-4333-8444-555555555555';
export const KEY_ARN = `arn:aws:kms:us-east-1:000000000000:key/${KEY_ID}`;

/** The engines of a local run (`npm start`) on one loopback port, in memory. */
export interface LocalAws {
  readonly port: number;
  readonly sqs: Sqs;
  /** Options of an SDK client for them. */
  readonly clientOptions: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly maxAttempts: number;
  };
  stop(): Promise<void>;
}

export async function startLocalAws(clock: EngineClock = systemClock): Promise<LocalAws> {
  const place = { accountId: '000000000000', region: 'us-east-1' };
  const keyDir = mkdtempSync(join(tmpdir(), 'postrider-kms-'));
  const file = new TurnFile(':memory:');
  let port = 0;
  const sqs = createSqs({ clock, ...place, endpoint: () => `http://127.0.0.1:${port}` });
  const s3 = openS3(file, place.region);
  const kms = openKms(keyDir, place);
  await s3.ensureBucket(BUCKET);
  kms.ensureKey(KEY_ID);
  const faults: unknown[] = [];
  const server = await listen({
    port,
    portVariable: 'none',
    listener: awsListener(
      Promise.resolve({
        json: new Map<string, JsonService>([
          ['DynamoDB_20120810', openDynamoDb(file, place)],
          ['TrentService', kms],
        ]),
        sqs: (target, body, signal) => sqs.handle(target, body, signal),
        s3: (request) => s3.handle(request),
        sts: (request) => answerSts(request, place.accountId),
      }),
    ),
    onError: (error) => faults.push(error),
  });
  port = server.port;
  return {
    port,
    sqs,
    clientOptions: {
      endpoint: `http://127.0.0.1:${port}`,
      region: place.region,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    },
    async stop() {
      await server.close(0);
      await sqs.close();
      await file.close();
      rmSync(keyDir, { recursive: true });
      if (faults.length > 0) throw new AggregateError(faults, 'The engines of the local run failed.');
    },
  };
}
