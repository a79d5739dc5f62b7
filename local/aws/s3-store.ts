import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';

const metadata = z.object({
  key: z.string(),
  contentType: z.string(),
  bytes: z.number(),
  etag: z.string(),
  /** CRC32 of the body, base64, as the SDKs ask for it. */
  crc32: z.string(),
  userMetadata: z.record(z.string(), z.string()),
});

/** What is known of an object besides its bytes. */
export type ObjectMetadata = z.infer<typeof metadata> & { readonly modifiedAt: Date };

/** Metadata is one line of JSON before the body, so that one rename makes both appear at once. */
const LINE_END = 0x0a;

/**
 * Objects of one bucket, one file each.
 *
 * An object is written beside its place and renamed into it before the call returns: a killed process leaves the old
 * object or the new one, never a half. The calls are synchronous, since for objects of some kilobytes the detour over
 * the thread pool costs more than the write.
 */
export class BucketStore {
  readonly #dir: string;
  readonly #unfinished: string;

  constructor(dir: string) {
    this.#dir = join(dir, 'objects');
    this.#unfinished = join(dir, 'unfinished');
    rmSync(this.#unfinished, { recursive: true, force: true });
    mkdirSync(this.#dir, { recursive: true });
    mkdirSync(this.#unfinished, { recursive: true });
  }

  put(object: Omit<ObjectMetadata, 'modifiedAt'>, body: Buffer): void {
    const unfinished = join(this.#unfinished, randomUUID());
    writeFileSync(unfinished, Buffer.concat([Buffer.from(`${JSON.stringify(object)}\n`), body]));
    const path = this.#path(object.key);
    try {
      renameSync(unfinished, path);
    } catch (error) {
      if (!isMissing(error)) throw error;
      mkdirSync(dirname(path), { recursive: true });
      renameSync(unfinished, path);
    }
  }

  get(key: string): { object: ObjectMetadata; body: Buffer } | undefined {
    const path = this.#path(key);
    const whole = unlessMissing(() => readFileSync(path));
    if (whole === undefined) return undefined;
    const end = whole.indexOf(LINE_END);
    return { object: parse(whole.subarray(0, end), path), body: whole.subarray(end + 1) };
  }

  head(key: string): ObjectMetadata | undefined {
    return readMetadata(this.#path(key));
  }

  delete(key: string): void {
    rmSync(this.#path(key), { force: true });
  }

  /** All objects whose key starts with the prefix, in the order of their keys' bytes. */
  list(prefix: string): ObjectMetadata[] {
    return filesBelow(this.#dir)
      .map(readMetadata)
      .filter((object) => object?.key.startsWith(prefix) === true)
      .filter((object) => object !== undefined)
      .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  }

  /** A key may be longer than a file name and may hold anything, so files are named by its digest. */
  #path(key: string): string {
    const digest = createHash('sha256').update(key).digest('hex');
    return join(this.#dir, digest.slice(0, 2), digest);
  }
}

function filesBelow(dir: string): string[] {
  return readdirSync(dir).flatMap((shard) => readdirSync(join(dir, shard)).map((file) => join(dir, shard, file)));
}

function readMetadata(path: string): ObjectMetadata | undefined {
  const file = unlessMissing(() => openSync(path, 'r'));
  if (file === undefined) return undefined;
  try {
    const start = Buffer.alloc(8192);
    const length = readSync(file, start, 0, start.length, 0);
    const end = start.subarray(0, length).indexOf(LINE_END);
    return parse(
      end < 0 ? readFileSync(path).subarray(0, readFileSync(path).indexOf(LINE_END)) : start.subarray(0, end),
      path,
    );
  } finally {
    closeSync(file);
  }
}

function parse(line: Buffer, path: string): ObjectMetadata {
  return { ...metadata.parse(JSON.parse(line.toString('utf8'))), modifiedAt: statSync(path).mtime };
}

function unlessMissing<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
