import { beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ApiWorld } from '../../support/api-world.ts';

let world: ApiWorld;
beforeEach(() => {
  world = new ApiWorld();
});

/** The largest response that Lambda accepts, in bytes. */
const ANSWER_BYTES_MAX = 6 * 1024 * 1024;
/** The largest possible metadata: each of these characters takes seven bytes in a response. */
const metadata = Object.fromEntries(
  Array.from({ length: 20 }, (_, at) => [`${at}`.padEnd(256, '\u0001'), '\u0001'.repeat(256)]),
);

const page = z.object({
  data: z.array(z.object({ id: z.string().optional(), object: z.string().optional(), name: z.string().optional() })),
  next: z.string().nullable(),
});

/** The items of each page of a list, with the largest page size. Every page is a response that Lambda accepts. */
async function pagesOf(path: string, cursor?: string): Promise<string[][]> {
  const { text, body } = await world.get(`${path}?limit=100${cursor === undefined ? '' : `&cursor=${cursor}`}`);
  expect(Buffer.byteLength(JSON.stringify({ body: text }))).toBeLessThan(ANSWER_BYTES_MAX);
  const { data, next } = page.parse(body);
  const names = data.map(({ id, object, name }) => object ?? id ?? name ?? '');
  return next === null ? [names] : [names, ...(await pagesOf(path, next))];
}

async function times(count: number, make: (at: number) => string | Promise<string>): Promise<string[]> {
  const made: string[] = [];
  for (let at = 0; at < count; at++) made.unshift(await make(at));
  return made;
}

describe('a page that would not fit in a response ends early, and the next continues after it', () => {
  it('in the list of events, for the metadata of each', async () => {
    const ids = await times(100, () => world.event([], { metadata }).id);
    const pages = await pagesOf('/v1/events');
    expect(pages.flat()).toEqual(ids);
    expect(pages).toHaveLength(2);
  });

  it('in the list of events, for the deliveries of each', async () => {
    const endpoints = await times(100, () => world.endpoint());
    const ids = await times(100, () => world.event(endpoints).id);
    const pages = await pagesOf('/v1/events');
    expect(pages.flat()).toEqual(ids);
    expect(pages.length).toBeGreaterThan(1);
  });

  it('in the list of endpoints, and in the audit trail', async () => {
    const ids = await times(100, () => world.endpoint({ metadata }));
    for (const path of ['/v1/endpoints', '/v1/audit']) {
      const pages = await pagesOf(path);
      expect(pages.flat()).toEqual(ids);
      expect(pages.length).toBeGreaterThan(1);
    }
  });

  it('in the list of event types', async () => {
    const version = { example: '\u0001'.repeat(10_000) };
    const versions = Array.from({ length: 4 }, (_, at) => ({ version: `${at}`, ...version }));
    const names = await times(25, async (at) => {
      world.now += 1;
      await world.request('PUT', `/v1/event-types/a${at}`, { body: { versions } });
      return `a${at}`;
    });
    const pages = await pagesOf('/v1/event-types');
    expect(pages.flat()).toEqual(names);
    expect(pages.length).toBeGreaterThan(1);
  });
});

it('a page holds at least one item, however large', async () => {
  const ids = await times(3, () => world.event([], { metadata: { a: '\u0001'.repeat(700_000) } }).id);
  expect(await pagesOf('/v1/events')).toEqual(ids.map((id) => [id]));
});

it('a page of small items has the requested length', async () => {
  const ids = await times(100, () => world.event([]).id);
  expect(await pagesOf('/v1/events')).toEqual([ids]);
});
