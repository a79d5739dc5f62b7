import { hash, randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { unchunk } from './aws-chunked.ts';
import { AwsError, notLocal } from './aws-error.ts';
import type { AwsReply, AwsRequest } from './exchange.ts';
import { listObjects } from './s3-list.ts';
import { ObjectStore, type StoredObject } from './s3-store.ts';
import type { TurnFile } from './turn-file.ts';
import { xmlElement } from './xml.ts';

const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** S3 with path-style addresses: the operations that Postrider, `aws s3 ls` and `aws s3 cp` use. */
export interface S3 {
  handle(request: AwsRequest): Promise<AwsReply>;
  /** Creates the bucket unless it exists. */
  ensureBucket(name: string): Promise<void>;
}

/** Opens the buckets in a file. */
export function openS3(file: TurnFile, region: string): S3 {
  const store = new ObjectStore(file);
  return {
    async handle(request) {
      const reply = answer(request, () => respond(request, store, region));
      await file.committed();
      return reply;
    },
    async ensureBucket(name) {
      store.createBucket(name);
      await file.committed();
    },
  };
}

function respond(request: AwsRequest, store: ObjectStore, region: string): AwsReply {
  const url = new URL(request.url, 'http://s3');
  const [bucket = '', ...rest] = url.pathname.slice(1).split('/');
  const key = decodeURIComponent(rest.join('/'));
  if (bucket === '') return listBuckets(request, store);
  if (request.method === 'PUT' && key === '' && isPlain(url)) return createBucket(bucket, store);
  if (!store.hasBucket(bucket)) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
  if (key === '') return bucketRequest({ request, url, bucket, store, region });
  if (!isPlain(url)) throw notLocal('S3', `${request.method} of an object with ?${url.searchParams}`);
  return objectRequest({ request, store, bucket, key });
}

/** SDKs send the operation as `x-id`, which S3 ignores; presigned requests carry their signature in the query. */
function isPlain(url: URL): boolean {
  return [...url.searchParams.keys()].every((name) => name === 'x-id' || name.toLowerCase().startsWith('x-amz-'));
}

function answer(request: AwsRequest, act: () => AwsReply): AwsReply {
  const common = { 'x-amz-request-id': randomUUID(), 'x-amz-id-2': 'local' };
  try {
    const reply = act();
    return { ...reply, headers: { ...common, ...reply.headers } };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${xmlElement('Code', error.code)}${xmlElement('Message', error.message)}</Error>`;
    const headers = { ...common, 'content-type': 'application/xml' };
    return { status: error.status, headers, body: request.method === 'HEAD' ? '' : body };
  }
}

function listBuckets(request: AwsRequest, store: ObjectStore): AwsReply {
  if (request.method !== 'GET') throw notLocal('S3', `${request.method} /`);
  const entries = store
    .buckets()
    .map(({ name, createdAt }) => xmlElement('Name', name) + xmlElement('CreationDate', createdAt.toISOString()));
  const buckets = entries.map((entry) => `<Bucket>${entry}</Bucket>`).join('');
  const owner = '<Owner><ID>local</ID></Owner>';
  return xml(`<ListAllMyBucketsResult ${namespace}>${owner}<Buckets>${buckets}</Buckets></ListAllMyBucketsResult>`);
}

function createBucket(name: string, store: ObjectStore): AwsReply {
  if (!bucketName.test(name)) throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.');
  if (store.hasBucket(name)) {
    throw new AwsError('BucketAlreadyOwnedByYou', 'Your previous request to create the named bucket succeeded.', 409);
  }
  store.createBucket(name);
  return { status: 200, headers: { location: `/${name}` }, body: '' };
}

function bucketRequest(what: {
  request: AwsRequest;
  url: URL;
  bucket: string;
  store: ObjectStore;
  region: string;
}): AwsReply {
  const { request, url, bucket, store, region } = what;
  if (request.method === 'HEAD') return { status: 200, headers: { 'x-amz-bucket-region': region }, body: '' };
  if (request.method === 'GET' && url.searchParams.has('location')) {
    return xml(`<LocationConstraint ${namespace}/>`);
  }
  if (request.method === 'GET' && url.searchParams.get('list-type') === '2') {
    return xml(listObjects({ bucket, query: url.searchParams, namespace }, (prefix) => store.list(bucket, prefix)));
  }
  throw notLocal('S3', `${request.method} of a bucket with ?${url.searchParams}`);
}

interface ObjectRequest {
  readonly request: AwsRequest;
  readonly store: ObjectStore;
  readonly bucket: string;
  readonly key: string;
}

function objectRequest(what: ObjectRequest): AwsReply {
  const { request, store, bucket, key } = what;
  switch (request.method) {
    case 'PUT':
      return putObject(what);
    case 'GET':
      return getObject(what);
    case 'HEAD': {
      const object = store.head(bucket, key);
      if (object === undefined) throw noSuchKey();
      return { status: 200, headers: { ...objectHeaders(object, request), 'content-length': object.bytes }, body: '' };
    }
    case 'DELETE':
      store.delete(bucket, key);
      return { status: 204, headers: {}, body: '' };
    default:
      throw notLocal('S3', `${request.method} of an object`);
  }
}

function putObject({ request: { headers, body: sent }, store, bucket, key }: ObjectRequest): AwsReply {
  if (headers['x-amz-copy-source'] !== undefined) throw notLocal('S3', 'CopyObject');
  if (headers['if-match'] !== undefined) throw notLocal('S3', 'PutObject with If-Match');
  const chunked = String(headers['content-encoding'] ?? '').includes('aws-chunked');
  const { body, trailers } = chunked ? unchunk(sent) : { body: sent, trailers: new Map<string, string>() };
  const crc = crc32Base64(body);
  const declared = trailers.get('x-amz-checksum-crc32') ?? headers['x-amz-checksum-crc32'];
  if (declared !== undefined && declared !== crc) {
    throw new AwsError('BadDigest', 'The CRC32 you specified did not match the calculated checksum.');
  }
  if (headers['if-none-match'] === '*' && store.head(bucket, key) !== undefined) {
    throw new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);
  }
  const etag = `"${hash('md5', body, 'hex')}"`;
  const contentType = headers['content-type'] ?? 'binary/octet-stream';
  store.put(bucket, key, { metadata: { contentType, etag, crc32: crc, userMetadata: userMetadata(headers) }, body });
  return {
    status: 200,
    headers: { etag, 'x-amz-checksum-crc32': crc, 'x-amz-checksum-type': 'FULL_OBJECT' },
    body: '',
  };
}

function userMetadata(headers: AwsRequest['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith('x-amz-meta-') && typeof value === 'string' ? [[name, value]] : [],
    ),
  );
}

function getObject({ request, store, bucket, key }: ObjectRequest): AwsReply {
  const object = store.head(bucket, key);
  if (object === undefined) throw noSuchKey();
  const headers = objectHeaders(object, request);
  const span = parseRange(request.headers.range, object.bytes);
  if (span === undefined) {
    return { status: 200, headers, body: store.read(bucket, key, { start: 0, length: object.bytes }) };
  }
  const [first, last] = span;
  if (first >= object.bytes || first > last) {
    throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416);
  }
  // The checksum is that of the whole object.
  const { 'x-amz-checksum-crc32': _crc32, 'x-amz-checksum-type': _type, ...partial } = headers;
  return {
    status: 206,
    headers: { ...partial, 'content-range': `bytes ${first}-${last}/${object.bytes}` },
    body: store.read(bucket, key, { start: first, length: last - first + 1 }),
  };
}

/** First and last byte of a range, or undefined where S3 ignores it: more than one range, or no range at all. */
function parseRange(range: string | undefined, bytes: number): [number, number] | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first === '') return last === '0' ? [bytes, bytes] : [Math.max(0, bytes - Number(last)), bytes - 1];
  return [Number(first), last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1)];
}

function objectHeaders(object: StoredObject, request: AwsRequest): Record<string, string> {
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
