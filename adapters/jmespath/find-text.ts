import type { Meter } from './meter.ts';

/**
 * V8 looks for a text by its last 250 characters (`kBMMaxShift` in its string-search.h): as long as there are no others,
 * that takes time for the length of the text it looks through, whatever both say, and next to none for ordinary ones.
 */
const NATIVE_LENGTH_MAX = 250;

/**
 * Whether a text holds another. It takes time for the sum of their lengths, whatever they say; `String.includes` takes it for their
 * product on long texts such as `aaaa…`.
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

/** For each beginning of a text, the length of its longest shorter beginning that is also its end. */
function bordersOf(search: string): Uint32Array {
  const borders = new Uint32Array(search.length);
  for (let at = 1; at < search.length; at++) {
    borders[at] = extend(search, borders, borders[at - 1] ?? 0, search.charCodeAt(at));
  }
  return borders;
}

/** How much of `search` is matched when `unit` comes after so much. */
function extend(search: string, borders: Uint32Array, matched: number, unit: number): number {
  let length = matched;
  while (length > 0 && search.charCodeAt(length) !== unit) length = borders[length - 1] ?? 0;
  return search.charCodeAt(length) === unit ? length + 1 : length;
}
