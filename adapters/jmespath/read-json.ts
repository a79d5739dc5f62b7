import { readNumber } from './decimal.ts';
import type { Members, Value } from './value.ts';

/** Matches numbers that a double may not hold exactly: with more than 15 digits, or a large exponent. */
const LONG_NUMBER = /(?:^|[:,[\s])-?(?:[\d.]{16}|[\d.]+[eE][+-]?\d{3})/;

/**
 * Parses JSON with all numbers exact.
 * @param text valid JSON: `JSON.parse` accepts it.
 */
export function readJson(text: string): Value {
  return LONG_NUMBER.test(text) ? readExactly(text) : JSON.parse(text);
}

/** A list or object that is not closed yet. */
type Open = { list: Value[] } | { members: Members; name: string | undefined };

/** Iterative, so depth is not a problem; slower than `JSON.parse`. */
function readExactly(text: string): Value {
  const open: Open[] = [];
  let at = 0;
  for (;;) {
    const inner = open.at(-1);
    switch (text.charAt(at)) {
      case '[':
        open.push({ list: [] });
        at += 1;
        continue;
      case '{':
        open.push({ members: {}, name: undefined });
        at += 1;
        continue;
      case ' ':
      case '\n':
      case '\r':
      case '\t':
      case ',':
      case ':':
        at += 1;
        continue;
    }
    const isEnd = text.charAt(at) === ']' || text.charAt(at) === '}';
    const end = isEnd ? at + 1 : endOfScalar(text, at);
    const value = isEnd ? closed(open.pop()) : readScalar(text.slice(at, end));
    at = end;
    if (!isEnd && typeof value === 'string' && inner && 'members' in inner && inner.name === undefined) {
      inner.name = value;
      continue;
    }
    const outer = open.at(-1);
    if (outer === undefined) return value;
    put(outer, value);
  }
}

function closed(open: Open | undefined): Value {
  if (open === undefined) throw new Error('The text is not valid JSON.');
  return 'list' in open ? open.list : open.members;
}

function put(open: Open, value: Value): void {
  if ('list' in open) return void open.list.push(value);
  const name = open.name ?? '';
  open.name = undefined;
  // Assigning this name would set the prototype.
  if (name === '__proto__') {
    Object.defineProperty(open.members, name, { value, enumerable: true, writable: true, configurable: true });
  } else open.members[name] = value;
}

const WORD = /[^\s,\]}]+/y;

function endOfScalar(text: string, from: number): number {
  if (text.charAt(from) !== '"') {
    WORD.lastIndex = from;
    return WORD.test(text) ? WORD.lastIndex : from + 1;
  }
  for (let close = text.indexOf('"', from + 1); ; close = text.indexOf('"', close + 1)) {
    let escapes = 0;
    while (text.charAt(close - 1 - escapes) === '\\') escapes++;
    if (escapes % 2 === 0) return close + 1;
  }
}

function readScalar(text: string): Value {
  if (text.startsWith('"') || text === 'true' || text === 'false' || text === 'null') return JSON.parse(text);
  return readNumber(text);
}
