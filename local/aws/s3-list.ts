import { AwsError } from './aws-error.ts';
import type { StoredObject } from './s3-store.ts';
import { xmlElement } from './xml.ts';

const KEYS_MAX = 1000;

type Line = { readonly name: string; readonly object: StoredObject | undefined };

/** The response of ListObjectsV2: keys and, with a delimiter, the common prefixes, a page at a time. */
export function listObjects(
  request: { bucket: string; query: URLSearchParams; namespace: string },
  list: (prefix: string) => readonly StoredObject[],
): string {
  const { bucket, query, namespace } = request;
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const maxKeys = Math.min(Number(query.get('max-keys') ?? KEYS_MAX), KEYS_MAX);
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString('utf8');
  if (Number.isNaN(maxKeys)) throw new AwsError('InvalidArgument', 'max-keys is not a number');

  const lines = groupByDelimiter(list(prefix), prefix, delimiter).filter(({ name }) => name > after);
  const page = lines.slice(0, maxKeys);
  const last = page.at(-1);
  const next =
    lines.length > page.length && last !== undefined ? Buffer.from(last.name).toString('base64url') : undefined;
  const encode = (text: string) => (query.get('encoding-type') === 'url' ? encodeURIComponent(text) : text);
  return [
    `<ListBucketResult ${namespace}>`,
    xmlElement('Name', bucket),
    xmlElement('Prefix', encode(prefix)),
    delimiter === '' ? '' : xmlElement('Delimiter', encode(delimiter)),
    query.has('encoding-type') ? xmlElement('EncodingType', 'url') : '',
    xmlElement('MaxKeys', maxKeys),
    xmlElement('KeyCount', page.length),
    xmlElement('IsTruncated', next !== undefined),
    next === undefined ? '' : xmlElement('NextContinuationToken', next),
    ...page.map((line) => lineXml(line, encode)),
    '</ListBucketResult>',
  ].join('');
}

function groupByDelimiter(objects: readonly StoredObject[], prefix: string, delimiter: string): Line[] {
  if (delimiter === '') return objects.map((object) => ({ name: object.key, object }));
  const lines = new Map<string, Line>();
  for (const object of objects) {
    const end = object.key.indexOf(delimiter, prefix.length);
    const name = end < 0 ? object.key : object.key.slice(0, end + delimiter.length);
    if (!lines.has(name)) lines.set(name, { name, object: end < 0 ? object : undefined });
  }
  return [...lines.values()];
}

function lineXml({ name, object }: Line, encode: (text: string) => string): string {
  if (object === undefined) return `<CommonPrefixes>${xmlElement('Prefix', encode(name))}</CommonPrefixes>`;
  const fields = [
    xmlElement('Key', encode(name)),
    xmlElement('LastModified', object.modifiedAt.toISOString()),
    xmlElement('ETag', object.etag),
    xmlElement('Size', object.bytes),
    xmlElement('StorageClass', 'STANDARD'),
  ];
  return `<Contents>${fields.join('')}</Contents>`;
}
