import { createHash, createHmac } from 'node:crypto';
import { SignatureV4MultiRegion as SdkSigner } from '@aws-sdk/signature-v4-multi-region';
import { expect, it } from 'vitest';
import { SignatureV4MultiRegion } from '../../../lambdas/runtime/sdk/multi-region.ts';

/** SHA-256 as the SDK asks for it. */
class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }
  update(data: string | ArrayBuffer | ArrayBufferView) {
    this.#hash.update(bytesOf(data));
  }
  async digest() {
    return this.#hash.digest();
  }
  reset() {}
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

it("the bundles' signer signs a request to S3 as the SDK's own does", async () => {
  const options = {
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' },
    ...{ region: 'eu-west-1', service: 's3', sha256: Sha256, uriEscapePath: false, runtime: 'node' },
  };
  const request = {
    ...{ method: 'PUT', protocol: 'https:', hostname: 'bucket.s3.eu-west-1.amazonaws.com', port: 443, body: '{"a":1}' },
    ...{ path: '/acme/evt_1/a b+c=', query: { 'x-id': 'PutObject' } },
    headers: { host: 'bucket.s3.eu-west-1.amazonaws.com', 'content-type': 'application/json' },
  };
  const at = { signingDate: new Date('2026-11-22T10:00:00.000Z') };

  const ours = await new SignatureV4MultiRegion(options).sign(structuredClone(request), at);
  const theirs = await new SdkSigner(options).sign(structuredClone(request), at);

  expect(ours.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20261122\/eu-west-1\/s3/);
  expect(ours.headers).toEqual(theirs.headers);
});
