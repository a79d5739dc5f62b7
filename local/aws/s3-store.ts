import * as z from 'zod';
import type { TurnFile } from './turn-file.ts';

const metadata = z.object({
  contentType: z.string(),
  etag: z.string(),
  /** CRC32 of the body, base64, as the SDKs expect it. */
  crc32: z.string(),
  userMetadata: z.record(z.string(), z.string()),
});

const row = z.object({
  key: z.string(),
  modified_at: z.number(),
  bytes: z.number(),
  metadata: z.string(),
});
const bodyRow = z.object({ body: z.instanceof(Uint8Array) });
const bucketRow = z.object({ name: z.string(), created_at: z.number() });

/** Metadata that the writer supplies. */
export type ObjectMetadata = z.infer<typeof metadata>;

/** Metadata of a stored object. */
export interface StoredObject extends ObjectMetadata {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
}

const schema = `
  CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, created_at INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL, key TEXT NOT NULL, modified_at INTEGER NOT NULL, bytes INTEGER NOT NULL,
    metadata TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (bucket, key));
`;

/** Buckets and objects in a SQLite file. Respond to a writer after the file's `committed`. */
export class ObjectStore {
  readonly #file: TurnFile;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(file: TurnFile) {
    this.#file = file;
    file.database.exec(schema);
    this.#statements = prepare(file);
  }

  buckets(): { name: string; createdAt: Date }[] {
    return this.#statements.buckets.all().map((found) => {
      const { name, created_at } = bucketRow.parse(found);
      return { name, createdAt: new Date(created_at) };
    });
  }

  hasBucket(name: string): boolean {
    return this.#statements.bucket.get(name) !== undefined;
  }

  createBucket(name: string): void {
    this.#file.write(() => this.#statements.createBucket.run(name, Date.now()));
  }

  put(bucket: string, key: string, object: { metadata: ObjectMetadata; body: Buffer }): void {
    const { body } = object;
    this.#file.write(() =>
      this.#statements.put.run(bucket, key, Date.now(), body.length, JSON.stringify(object.metadata), body),
    );
  }

  head(bucket: string, key: string): StoredObject | undefined {
    const found = this.#statements.head.get(bucket, key);
    return found && storedObject(found);
  }

  /** Some bytes of an object that `head` found. */
  read(bucket: string, key: string, { start, length }: { start: number; length: number }): Buffer {
    // SQLite counts from 1.
    const { body } = bodyRow.parse(this.#statements.read.get(start + 1, length, bucket, key));
    return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  }

  delete(bucket: string, key: string): void {
    this.#file.write(() => this.#statements.delete.run(bucket, key));
  }

  /** The objects behind a key whose key starts with the prefix, in the order of their keys' bytes. */
  list(bucket: string, prefix: string): StoredObject[] {
    return this.#statements.list.all(bucket, prefix, prefix, prefix).map(storedObject);
  }
}

function storedObject(found: unknown): StoredObject {
  const { key, bytes, modified_at, metadata: text } = row.parse(found);
  return { key, bytes, modifiedAt: new Date(modified_at), ...metadata.parse(JSON.parse(text)) };
}

function prepare({ database }: TurnFile) {
  const columns = 'key, modified_at, bytes, metadata';
  return {
    buckets: database.prepare('SELECT name, created_at FROM buckets ORDER BY name'),
    bucket: database.prepare('SELECT name FROM buckets WHERE name = ?'),
    createBucket: database.prepare('INSERT OR IGNORE INTO buckets (name, created_at) VALUES (?, ?)'),
    put: database.prepare(
      'INSERT OR REPLACE INTO objects (bucket, key, modified_at, bytes, metadata, body) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    head: database.prepare(`SELECT ${columns} FROM objects WHERE bucket = ? AND key = ?`),
    read: database.prepare('SELECT substr(body, ?, ?) AS body FROM objects WHERE bucket = ? AND key = ?'),
    delete: database.prepare('DELETE FROM objects WHERE bucket = ? AND key = ?'),
    list: database.prepare(
      `SELECT ${columns} FROM objects WHERE bucket = ? AND key >= ? AND substr(key, 1, length(?)) = ? ORDER BY key`,
    ),
  };
}
