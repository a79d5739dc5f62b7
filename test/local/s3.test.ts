import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AwsReply } from '../../local/aws/exchange.ts';
import { openS3, type S3 } from '../../local/aws/s3.ts';
import { TurnFile } from '../../local/aws/turn-file.ts';

let dir: string;
let file: TurnFile;
let s3: S3;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'postrider-s3-'));
  await open();
});
afterEach(async () => {
  await file.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('the local S3', () => {
  it('returns the stored bytes, also after a restart', async () => {
    await request('PUT', '/payloads/a/%C3%BC%20%3F.json', {
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    });

    await file.close();
    await open();

    const reply = await request('GET', '/payloads/a/%C3%BC%20%3F.json');
    expect(reply.body.toString()).toBe('{"a":1}');
    expect(reply.headers).toMatchObject({ 'content-type': 'application/json' });
  });

  it.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=5-99', '56789', 'bytes 5-9/10'],
  ])('answers the range %s', async (range, body, contentRange) => {
    await request('PUT', '/payloads/digits', { body: '0123456789' });

    const reply = await request('GET', '/payloads/digits', { headers: { range } });

    expect(reply).toMatchObject({ status: 206, headers: { 'content-range': contentRange } });
    expect(reply.body.toString()).toBe(body);
  });

  it('refuses a range beyond the end', async () => {
    await request('PUT', '/payloads/digits', { body: '0123456789' });

    expect((await request('GET', '/payloads/digits', { headers: { range: 'bytes=10-' } })).status).toBe(416);
  });

  it('accepts a chunked body with a trailing checksum, as SDKs stream it', async () => {
    const headers = { 'content-encoding': 'aws-chunked', 'x-amz-trailer': 'x-amz-checksum-crc32' };
    const body = '3\r\nabc\r\n3;chunk-signature=0\r\ndef\r\n0\r\nx-amz-checksum-crc32:S4457w==\r\n\r\n';

    expect((await request('PUT', '/payloads/streamed', { body, headers })).status).toBe(200);
    expect((await request('GET', '/payloads/streamed')).body.toString()).toBe('abcdef');
  });

  it('refuses a body that does not match its checksum', async () => {
    const reply = await request('PUT', '/payloads/broken', {
      body: 'abc',
      headers: { 'x-amz-checksum-crc32': 'S4457w==' },
    });

    expect(reply.status).toBe(400);
    expect(reply.body).toContain('<Code>BadDigest</Code>');
    expect((await request('GET', '/payloads/broken')).status).toBe(404);
  });

  it('does not replace an object if the writer forbids it', async () => {
    await request('PUT', '/payloads/once', { body: 'first' });

    const reply = await request('PUT', '/payloads/once', { body: 'second', headers: { 'if-none-match': '*' } });

    expect(reply.status).toBe(412);
    expect((await request('GET', '/payloads/once')).body.toString()).toBe('first');
  });

  it('lists keys page by page in byte order', async () => {
    for (const key of ['b', 'a/2', 'a/1', 'c']) await request('PUT', `/payloads/${key}`, { body: key });

    const keys: string[] = [];
    let query = '?list-type=2&max-keys=3';
    for (let page = 0; page < 2; page += 1) {
      const listing = (await request('GET', `/payloads${query}`)).body.toString();
      keys.push(...Array.from(listing.matchAll(/<Key>(.*?)<\/Key>/g), ([, key]) => key ?? ''));
      query = `?list-type=2&continuation-token=${/<NextContinuationToken>(.*?)</.exec(listing)?.[1]}`;
    }

    expect(keys).toEqual(['a/1', 'a/2', 'b', 'c']);
  });

  it('refuses unknown operations', async () => {
    expect((await request('POST', '/payloads/big?uploads=')).status).toBe(501);
    expect((await request('GET', '/elsewhere/key')).body).toContain('<Code>NoSuchBucket</Code>');
  });
});

async function open(): Promise<void> {
  file = new TurnFile(join(dir, 'aws.db'));
  s3 = openS3(file, 'us-east-1');
  await s3.ensureBucket('payloads');
}

async function request(
  method: string,
  url: string,
  { body = '', headers = {} }: { body?: string; headers?: object } = {},
): Promise<AwsReply> {
  const whenGone = () => new AbortController().signal;
  return s3.handle({ method, url, headers: { ...headers }, body: Buffer.from(body), whenGone });
}
