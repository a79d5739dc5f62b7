import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { awsClientConfig, endingWith, prepared } from '../../adapters/aws-client.ts';
import { createPayloadStore } from '../../adapters/s3/payload-store.ts';

/** The product's limits, a twentieth as long. */
const FASTER = 20;
const { connectionTimeout, requestTimeout, socketTimeout } = awsClientConfig.requestHandler;
const REF = { key: 'acme/evt_1/hash', offset: 0, length: 10 };

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A payload store over an S3 that answers like this. */
async function storeOver(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = prepared(
    new S3Client({
      ...awsClientConfig,
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      requestHandler: {
        ...awsClientConfig.requestHandler,
        connectionTimeout: connectionTimeout / FASTER,
        requestTimeout: requestTimeout / FASTER,
        socketTimeout: socketTimeout / FASTER,
      },
    }),
  );
  closers.push(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  return createPayloadStore({ client, bucket: 'payloads' });
}

describe('a call of AWS', () => {
  it('that is not answered is given up and tried again', async () => {
    let calls = 0;
    const store = await storeOver((_, response) => {
      calls += 1;
      if (calls === 2) response.end('0123456789');
    });
    expect(await store.get(REF)).toBe('0123456789');
  });

  it('whose response begins and does not go on fails', async () => {
    const store = await storeOver((_, response) => void response.writeHead(206, { 'content-length': 10 }).write('012'));
    await expect(store.get(REF)).rejects.toThrow(/inactivity/);
  });

  it('fails at once when the work that makes it is ended, and is not tried again', async () => {
    const open = new Set<object>();
    let calls = 0;
    const store = await storeOver((_, response) => {
      calls += 1;
      open.add(response);
      response.once('close', () => open.delete(response));
    });
    const work = new AbortController();
    const read = endingWith(work.signal, () => store.get(REF));
    const failed = expect(read).rejects.toThrow(/abort/i);
    await vi.waitUntil(() => open.size === 1);
    work.abort();
    await failed;
    await vi.waitUntil(() => open.size === 0);
    await expect(endingWith(work.signal, () => store.get(REF))).rejects.toThrow(/abort/i);
    expect(calls).toBe(1);
  });
});
