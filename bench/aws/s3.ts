import type { Reply } from './services.ts';
import type { Tally } from './tally.ts';

const OBJECTS_MAX = 200;

/** S3 as the payload store uses it: whole objects in, ranges out. */
export class S3Stub {
  readonly #objects = new Map<string, Buffer>();
  readonly #tally: Tally;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  /** @throws Error for anything but a plain PUT or a GET. */
  handle(request: { method: string; path: string; range: string | undefined; body: Buffer }): Reply {
    const { method, path, range, body } = request;
    if (method === 'PUT') return this.#put(path, body);
    if (method === 'GET') return this.#get(path, range);
    throw new Error(`The stub does not know ${method} of S3.`);
  }

  #put(path: string, body: Buffer): Reply {
    this.#tally.add('S3.PutObject');
    this.#objects.set(path, body);
    const [oldest] = this.#objects.keys();
    if (this.#objects.size > OBJECTS_MAX && oldest !== undefined) this.#objects.delete(oldest);
    return { status: 200, headers: { etag: '"0"' }, body: '' };
  }

  #get(path: string, range: string | undefined): Reply {
    this.#tally.add('S3.GetObject');
    const object = this.#objects.get(path);
    if (object === undefined) return { status: 404, headers: {}, body: '<Error><Code>NoSuchKey</Code></Error>' };
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
    if (from === undefined) return { status: 200, headers: {}, body: object };
    const part = object.subarray(Number(from), Number(to) + 1);
    return { status: 206, headers: { 'content-range': `bytes ${from}-${to}/${object.length}` }, body: part };
  }
}
