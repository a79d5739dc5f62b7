import type { Meter } from './meter.ts';

/**
 * V8 searches by the last 250 characters of the pattern (`kBMMaxShift` in its string-search.h): for patterns up to that
 * length, a search is linear in the length of the text, whatever both contain, and nearly free for ordinary ones.
 */
const NATIVE_LENGTH_MAX = 250;

/**
 * Whether a text contains another. Always linear in the sum of their lengths; `String.includes` takes their product on
 * long texts such as `aaaa…`.
 * @throws BoundExceeded
 */
export function includesText(text: string, search: string, meter: Meter): boolean {
  if (search.length > text.length) return false;
  meter.spendSearch(text.length);
  if (search.length <= NATIVE_LENGTH_MAX) return text.includes(search);
  meter.spendSearch(text.length + search.length);
  return includesLong(text, search);
}

/** Knuth, Morris and Pratt, 1977. */
function includesLong(text: string, search: string): boolean {
  const borders = bordersOf(search);
  let matched = 0;
  for (let at = 0; at < text.length; at++) {
    matched = extend(search, borders, matched, text.charCodeAt(at));
    if (matched === search.length) return true;
  }
  return false;
}

/** For each prefix of a text, the length of its longest proper prefix that is also a suffix. */
function bordersOf(search: string): Uint32Array {
  const borders = new Uint32Array(search.length);
  for (let at = 1; at < search.length; at++) {
    borders[at] = extend(search, borders, borders[at - 1] ?? 0, search.charCodeAt(at));
  }
  return borders;
}

/** How much of `search` is matched when `unit` follows `matched` characters. */
function extend(search: string, borders: Uint32Array, matched: number, unit: number): number {
  let length = matched;
  while (length > 0 && search.charCodeAt(length) !== unit) length = borders[length - 1] ?? 0;
  return search.charCodeAt(length) === unit ? length + 1 : length;
}
