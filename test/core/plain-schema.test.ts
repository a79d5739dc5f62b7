import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { metadata } from '../../core/dictionary.ts';
import { shownShape, storedShape } from '../../core/plain-schema.ts';

const request = {
  url: z.url().max(20),
  kinds: z.array(z.enum(['a', 'b'])).max(1),
  limit: z.number().int().min(5).nullable().default(null),
  policy: z.strictObject({ factor: z.number().max(2).default(1), on: z.boolean().default(true) }).prefault({}),
  notes: metadata.prefault({}),
};
/** Against nearly every rule of the request, but of its types. */
const old = {
  url: 'no URL, and longer than twenty characters',
  kinds: ['a', 'b'],
  limit: 1,
  policy: { factor: 3, on: false },
  notes: Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`name ${at}`, 'x'.repeat(300)])),
};

describe.each([
  ['shown', shownShape],
  ['stored', storedShape],
])('what is %s of a request', (_, shapeOf) => {
  const schema = z.object(shapeOf(request));

  it('may be older than its rules', () => {
    expect(schema.parse(old)).toEqual(old);
  });

  it.each([
    ['url', 1],
    ['kinds', ['c']],
    ['limit', 0.5],
    ['policy', { factor: '1', on: true }],
    ['notes', { name: 1 }],
    ['notes', ['x']],
  ])('must still be of its types: %s', (name, value) => {
    const result = schema.safeParse({ ...old, [name]: value });
    expect(result.error?.issues[0]?.path[0]).toBe(name);
  });

  it('keeps a name that is special to objects', () => {
    const notes = JSON.parse('{"__proto__":"kept"}');
    expect(JSON.stringify(schema.parse({ ...old, notes }).notes)).toBe('{"__proto__":"kept"}');
  });

  it('is not guessed for a kind of schema that has no plain form yet', () => {
    expect(() => shapeOf({ at: z.date() })).toThrow('does not know this kind of schema yet: date');
  });
});

describe('a member that an item lacks', () => {
  it('has the default of the request, in every depth', () => {
    const { url, kinds } = old;
    const stored = z.object(storedShape(request));
    expect(stored.parse({ url, kinds })).toEqual({
      url,
      kinds,
      limit: null,
      policy: { factor: 1, on: true },
      notes: {},
    });
    expect(stored.parse({ url, kinds, policy: { factor: 3 } }).policy).toEqual({ factor: 3, on: true });
  });

  it('is missing if there is no default', () => {
    expect(z.object(storedShape(request)).safeParse({ kinds: [] }).error?.issues[0]?.path).toEqual(['url']);
  });
});
