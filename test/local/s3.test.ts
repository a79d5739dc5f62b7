import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AwsReply } from '../../local/aws/exchange.ts';
import { openS3, type S3 } from '../../local/aws/s3.ts';

let dir: string;
let s3: S3;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'postrider-s3-'));
  s3 = reopen();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the local S3', () => {
  it('gives back the bytes that it took, also after a restart', () => {
    request('PUT', '/payloads/a/%C3%BC%20%3F.json', {
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    });

    s3 = reopen();

    const reply = request('GET', '/payloads/a/%C3%BC%20%3F.json');
    expect(reply.body.toString()).toBe('{"a":1}');
    expect(reply.headers).toMatchObject({ 'content-type': 'application/json' });
  });

  it.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=5-99', '56789', 'bytes 5-9/10'],
  ])('answers the range %s', (range, body, contentRange) => {
    request('PUT', '/payloads/digits', { body: '0123456789' });

    const reply = request('GET', '/payloads/digits', { headers: { range } });

    expect(reply).toMatchObject({ status: 206, headers: { 'content-range': contentRange } });
    expect(reply.body.toString()).toBe(body);
  });

  it('refuses a range behind the end', () => {
    request('PUT', '/payloads/digits', { body: '0123456789' });

    expect(request('GET', '/payloads/digits', { headers: { range: 'bytes=10-' } }).status).toBe(416);
  });

  it('takes a body in chunks with its checksum behind it, as SDKs stream it', () => {
    const headers = { 'content-encoding': 'aws-chunked', 'x-amz-trailer': 'x-amz-checksum-crc32' };
    const body = '3\r\nabc\r\n3;chunk-signature=0\r\ndef\r\n0\r\nx-amz-checksum-crc32:S4457w==\r\n\r\n';

    expect(request('PUT', '/payloads/streamed', { body, headers }).status).toBe(200);
    expect(request('GET', '/payloads/streamed').body.toString()).toBe('abcdef');
  });

  it('refuses a body that does not fit its checksum', () => {
    const reply = request('PUT', '/payloads/broken', { body: 'abc', headers: { 'x-amz-checksum-crc32': 'S4457w==' } });

    expect(reply.status).toBe(400);
    expect(reply.body).toContain('<Code>BadDigest</Code>');
    expect(request('GET', '/payloads/broken').status).toBe(404);
  });

  it('does not replace an object for a writer that asked not to', () => {
    request('PUT', '/payloads/once', { body: 'first' });

    const reply = request('PUT', '/payloads/once', { body: 'second', headers: { 'if-none-match': '*' } });

    expect(reply.status).toBe(412);
    expect(request('GET', '/payloads/once').body.toString()).toBe('first');
  });

  it('lists keys page by page in the order of their bytes', () => {
    for (const key of ['b', 'a/2', 'a/1', 'c']) request('PUT', `/payloads/${key}`, { body: key });

    const keys: string[] = [];
    let query = '?list-type=2&max-keys=3';
    for (let page = 0; page < 2; page += 1) {
      const listing = request('GET', `/payloads${query}`).body.toString();
      keys.push(...Array.from(listing.matchAll(/<Key>(.*?)<\/Key>/g), ([, key]) => key ?? ''));
      query = `?list-type=2&continuation-token=${/<NextContinuationToken>(.*?)</.exec(listing)?.[1]}`;
    }

    expect(keys).toEqual(['a/1', 'a/2', 'b', 'c']);
  });

  it('refuses what it does not know', () => {
    expect(request('POST', '/payloads/big?uploads=').status).toBe(501);
    expect(request('GET', '/elsewhere/key').body).toContain('<Code>NoSuchBucket</Code>');
  });
});

function reopen(): S3 {
  const opened = openS3(dir, 'us-east-1');
  opened.ensureBucket('payloads');
  return opened;
}

function request(
  method: string,
  url: string,
  { body = '', headers = {} }: { body?: string; headers?: object } = {},
): AwsReply {
  return s3.handle({ method, url, headers: { ...headers }, body: Buffer.from(body) });
}
