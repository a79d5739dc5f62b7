import { describe, expect, it } from 'vitest';
import { parse, resolve, serialize } from '../../../adapters/ajv/uri.ts';

describe('a reference at a base', () => {
  // RFC 3986, 5.4.1 and 5.4.2
  it.each([
    ['g:h', 'g:h'],
    ['g', 'http://a/b/c/g'],
    ['./g', 'http://a/b/c/g'],
    ['g/', 'http://a/b/c/g/'],
    ['/g', 'http://a/g'],
    ['//g', 'http://g'],
    ['?y', 'http://a/b/c/d;p?y'],
    ['g?y', 'http://a/b/c/g?y'],
    ['#s', 'http://a/b/c/d;p?q#s'],
    ['g#s', 'http://a/b/c/g#s'],
    ['g?y#s', 'http://a/b/c/g?y#s'],
    [';x', 'http://a/b/c/;x'],
    ['g;x?y#s', 'http://a/b/c/g;x?y#s'],
    ['', 'http://a/b/c/d;p?q'],
    ['.', 'http://a/b/c/'],
    ['./', 'http://a/b/c/'],
    ['..', 'http://a/b/'],
    ['../g', 'http://a/b/g'],
    ['../..', 'http://a/'],
    ['../../g', 'http://a/g'],
    ['../../../g', 'http://a/g'],
    ['/./g', 'http://a/g'],
    ['/../g', 'http://a/g'],
    ['g.', 'http://a/b/c/g.'],
    ['..g', 'http://a/b/c/..g'],
    ['./../g', 'http://a/b/g'],
    ['g/../h', 'http://a/b/c/h'],
    ['g;x=1/../y', 'http://a/b/c/y'],
    ['g?y/../x', 'http://a/b/c/g?y/../x'],
  ])('%j is %s', (reference, meant) => {
    expect(resolve('http://a/b/c/d;p?q', reference)).toBe(meant);
  });

  it.each([
    ['', 'a', 'a'],
    ['', '#/$defs/a', '#/$defs/a'],
    ['urn:x:y', '#/$defs/a', 'urn:x:y#/$defs/a'],
    ['https://e.com', 'a', 'https://e.com/a'],
    ['HTTPS://E.com/A', 'B', 'https://e.com/B'],
  ])('%j and %j are %s', (base, reference, meant) => {
    expect(resolve(base, reference)).toBe(meant);
  });

  it('can be split and reassembled', () => {
    for (const uri of ['http://u@a:1/b?c#d', 'urn:x:y', '#', 'a?', '//h']) expect(serialize(parse(uri))).toBe(uri);
  });
});
