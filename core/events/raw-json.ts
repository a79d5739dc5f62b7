/** A half-open range of characters of a text. */
export interface Extent {
  start: number;
  end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const isSpace = (code: number) => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

function skipString(text: string, from: number): number {
  for (let close = text.indexOf('"', from + 1); ; close = text.indexOf('"', close + 1)) {
    let escapes = 0;
    while (text.charCodeAt(close - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return close + 1;
  }
}

/** Brackets are only counted: the text is valid JSON, so their kinds match. Iterative, so depth is not a problem. */
function skipContainer(text: string, from: number): number {
  let depth = 0;
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = skipString(text, at);
      continue;
    }
    if (code === 0x7b || code === 0x5b) depth++;
    if (code === 0x7d || code === 0x5d) depth--;
    at++;
    if (depth === 0) return at;
  }
}

function skipValue(text: string, from: number): number {
  const code = text.charCodeAt(from);
  if (code === QUOTE) return skipString(text, from);
  if (code === 0x7b || code === 0x5b) return skipContainer(text, from);
  let at = from;
  while (at < text.length && !isSpace(text.charCodeAt(at)) && !',]}'.includes(text.charAt(at))) at++;
  return at;
}

/**
 * The range of each element of a JSON array in its text.
 * @param text valid JSON (`JSON.parse` has accepted it) whose top level is an array.
 */
export function elementExtents(text: string): Extent[] {
  const extents: Extent[] = [];
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (text.charAt(at) !== ']') {
    const end = skipValue(text, at);
    extents.push({ start: at, end });
    at = skipSpace(text, end);
    if (text.charAt(at) === ',') at = skipSpace(text, at + 1);
  }
  return extents;
}

/**
 * The text of one top-level member, exactly as written: numbers, key order and escapes untouched.
 * Of a duplicate name the last value counts, as in `JSON.parse`.
 * @param text valid JSON whose top level is an object.
 * @returns the member's text, or undefined if there is none.
 */
export function memberText(text: string, name: string): string | undefined {
  let found: string | undefined;
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (text.charAt(at) !== '}') {
    const keyEnd = skipString(text, at);
    const key: unknown = JSON.parse(text.slice(at, keyEnd));
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = skipValue(text, start);
    if (key === name) found = text.slice(start, end);
    at = skipSpace(text, end);
    if (text.charAt(at) === ',') at = skipSpace(text, at + 1);
  }
  return found;
}
