import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { unchunk } from './aws-chunked.ts';
import { AwsError, notLocal } from './aws-error.ts';
import type { AwsReply, AwsRequest } from './exchange.ts';
import { listObjects } from './s3-list.ts';
import { BucketStore, type ObjectMetadata } from './s3-store.ts';
import { xmlElement } from './xml.ts';

const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** S3 with path-style addresses: what Postrider uses, and enough for `aws s3 ls` and `aws s3 cp`. */
export interface S3 {
  handle(request: AwsRequest): AwsReply;
  /** Makes the bucket unless it is there. */
  ensureBucket(name: string): void;
}

/** Opens the buckets in a folder. */
export function openS3(dir: string, region: string): S3 {
  mkdirSync(dir, { recursive: true });
  const buckets = new Map(readdirSync(dir).map((name) => [name, new BucketStore(join(dir, name))]));
  const ensureBucket = (name: string): void => {
    if (!buckets.has(name)) buckets.set(name, new BucketStore(join(dir, name)));
  };
  const respond = (request: AwsRequest): AwsReply => {
    const url = new URL(request.url, 'http://s3');
    const [bucket = '', ...rest] = url.pathname.slice(1).split('/');
    const key = decodeURIComponent(rest.join('/'));
    if (bucket === '') return listBuckets(request, dir, [...buckets.keys()]);
    if (request.method === 'PUT' && key === '' && isPlain(url)) return createBucket(bucket, buckets, ensureBucket);
    const store = buckets.get(bucket);
    if (store === undefined) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
    if (key === '') return bucketRequest({ request, url, bucket, store, region });
    if (!isPlain(url)) throw notLocal('S3', `${request.method} of an object with ?${url.searchParams}`);
    return objectRequest(request, store, key);
  };
  return { ensureBucket, handle: (request) => answer(request, respond) };
}

/** SDKs name the operation in `x-id`, which has no meaning; presigned requests carry their signature as a query. */
function isPlain(url: URL): boolean {
  return [...url.searchParams.keys()].every((name) => name === 'x-id' || name.toLowerCase().startsWith('x-amz-'));
}

function answer(request: AwsRequest, respond: (request: AwsRequest) => AwsReply): AwsReply {
  const common = { 'x-amz-request-id': randomUUID(), 'x-amz-id-2': 'local' };
  try {
    const reply = respond(request);
    return { ...reply, headers: { ...common, ...reply.headers } };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${xmlElement('Code', error.code)}${xmlElement('Message', error.message)}</Error>`;
    const headers = { ...common, 'content-type': 'application/xml' };
    return { status: error.status, headers, body: request.method === 'HEAD' ? '' : body };
  }
}

function listBuckets(request: AwsRequest, dir: string, names: readonly string[]): AwsReply {
  if (request.method !== 'GET') throw notLocal('S3', `${request.method} /`);
  const entries = names.map((name) => {
    const created = existsSync(join(dir, name)) ? statSync(join(dir, name)).birthtime : new Date(0);
    return `<Bucket>${xmlElement('Name', name)}${xmlElement('CreationDate', created.toISOString())}</Bucket>`;
  });
  const owner = '<Owner><ID>local</ID></Owner>';
  return xml(
    `<ListAllMyBucketsResult ${namespace}>${owner}<Buckets>${entries.join('')}</Buckets></ListAllMyBucketsResult>`,
  );
}

function createBucket(name: string, known: ReadonlyMap<string, unknown>, ensure: (name: string) => void): AwsReply {
  if (!bucketName.test(name)) throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.');
  if (known.has(name)) {
    throw new AwsError('BucketAlreadyOwnedByYou', 'Your previous request to create the named bucket succeeded.', 409);
  }
  ensure(name);
  return { status: 200, headers: { location: `/${name}` }, body: '' };
}

function bucketRequest(what: {
  request: AwsRequest;
  url: URL;
  bucket: string;
  store: BucketStore;
  region: string;
}): AwsReply {
  const { request, url, bucket, store, region } = what;
  if (request.method === 'HEAD') return { status: 200, headers: { 'x-amz-bucket-region': region }, body: '' };
  if (request.method === 'GET' && url.searchParams.has('location')) {
    return xml(`<LocationConstraint ${namespace}/>`);
  }
  if (request.method === 'GET' && url.searchParams.get('list-type') === '2') {
    return xml(listObjects({ bucket, query: url.searchParams, namespace }, (prefix) => store.list(prefix)));
  }
  throw notLocal('S3', `${request.method} of a bucket with ?${url.searchParams}`);
}

function objectRequest(request: AwsRequest, store: BucketStore, key: string): AwsReply {
  switch (request.method) {
    case 'PUT':
      return putObject(request, store, key);
    case 'GET':
      return getObject(request, store, key);
    case 'HEAD': {
      const object = store.head(key);
      if (object === undefined) throw noSuchKey();
      return { status: 200, headers: { ...objectHeaders(object, request), 'content-length': object.bytes }, body: '' };
    }
    case 'DELETE':
      store.delete(key);
      return { status: 204, headers: {}, body: '' };
    default:
      throw notLocal('S3', `${request.method} of an object`);
  }
}

function putObject({ headers, body: sent }: AwsRequest, store: BucketStore, key: string): AwsReply {
  if (headers['x-amz-copy-source'] !== undefined) throw notLocal('S3', 'CopyObject');
  if (headers['if-match'] !== undefined) throw notLocal('S3', 'PutObject with If-Match');
  const chunked = String(headers['content-encoding'] ?? '').includes('aws-chunked');
  const { body, trailers } = chunked ? unchunk(sent) : { body: sent, trailers: new Map<string, string>() };
  const crc = crc32Base64(body);
  const declared = trailers.get('x-amz-checksum-crc32') ?? headers['x-amz-checksum-crc32'];
  if (declared !== undefined && declared !== crc) {
    throw new AwsError('BadDigest', 'The CRC32 you specified did not match the calculated checksum.');
  }
  if (headers['if-none-match'] === '*' && store.head(key) !== undefined) {
    throw new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);
  }
  const etag = `"${createHash('md5').update(body).digest('hex')}"`;
  const contentType = headers['content-type'] ?? 'binary/octet-stream';
  const userMetadata = Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith('x-amz-meta-') && typeof value === 'string' ? [[name, value]] : [],
    ),
  );
  store.put({ key, contentType, bytes: body.length, etag, crc32: crc, userMetadata }, body);
  return {
    status: 200,
    headers: { etag, 'x-amz-checksum-crc32': crc, 'x-amz-checksum-type': 'FULL_OBJECT' },
    body: '',
  };
}

function getObject(request: AwsRequest, store: BucketStore, key: string): AwsReply {
  const found = store.get(key);
  if (found === undefined) throw noSuchKey();
  const { object, body } = found;
  const headers = objectHeaders(object, request);
  const { range } = request.headers;
  if (range === undefined) return { status: 200, headers, body };
  const span = parseRange(range, body.length);
  if (span === undefined) return { status: 200, headers, body };
  const [first, last] = span;
  if (first >= body.length || first > last) {
    throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416);
  }
  const { 'x-amz-checksum-crc32': _whole, 'x-amz-checksum-type': _type, ...partial } = headers;
  return {
    status: 206,
    headers: { ...partial, 'content-range': `bytes ${first}-${last}/${body.length}` },
    body: body.subarray(first, last + 1),
  };
}

/** First and last byte of a range, or undefined where S3 ignores it: more than one range, or no range at all. */
function parseRange(range: string, bytes: number): [number, number] | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first === '') return last === '0' ? [bytes, bytes] : [Math.max(0, bytes - Number(last)), bytes - 1];
  return [Number(first), last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1)];
}

function objectHeaders(object: ObjectMetadata, request: AwsRequest): Record<string, string> {
  const asked = String(request.headers['x-amz-checksum-mode'] ?? '').toUpperCase() === 'ENABLED';
  return {
    'content-type': object.contentType,
    etag: object.etag,
    'last-modified': object.modifiedAt.toUTCString(),
    'accept-ranges': 'bytes',
    ...(asked ? { 'x-amz-checksum-crc32': object.crc32, 'x-amz-checksum-type': 'FULL_OBJECT' } : {}),
    ...object.userMetadata,
  };
}

function crc32Base64(body: Buffer): string {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(body));
  return value.toString('base64');
}

function noSuchKey(): AwsError {
  return new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
}

function xml(content: string): AwsReply {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${content}`,
  };
}
