const HIDDEN = '[hidden]';
/** In bytes. A shorter text is no secret, and without it an answer would be riddled with holes. */
const LENGTH_MIN = 4;
/** Shorter ones are struck out only where they are no part of a longer word. */
const LENGTH_ANYWHERE = 8;
/** How many times a text may be escaped over: JSON within JSON, a query within a query. */
const ROUNDS = 3;

/**
 * A text without these secrets, each of them replaced by `[hidden]`: as they are, their credential (what follows `Bearer`,
 * the password within `Basic`), in base64 of either alphabet, alone or within a longer text, in hex, and escaped for
 * JSON, a URL or HTML. So is the start of one at the end of the text, where it may have been cut.
 */
export function strikeOut(text: string, secrets: readonly string[]): string {
  if (text.length < LENGTH_MIN) return text;
  const bytes = bytesOf(text);
  const needles = needlesOf(secrets);
  const found = viewsOf(bytes).flatMap((view) =>
    needles.flatMap((needle) => needle.find(view.text).map(([from, to]) => inSource(view, from, to))),
  );
  if (found.length === 0) return text;
  return Buffer.from(replaced(bytes, found), 'latin1').toString('utf8');
}

/** A text with one character for each byte of its UTF-8, as all of this works on. */
const bytesOf = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

/** From an index up to, not including, another. */
type Range = [from: number, to: number];

function replaced(text: string, found: Range[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const [from, to] of found.sort(([one], [other]) => one - other)) {
    if (from >= at) parts.push(text.slice(at, from), HIDDEN);
    at = Math.max(at, to);
  }
  return parts.join('') + text.slice(at);
}

/** One form of a secret, and where it is in a text. */
interface Needle {
  find(text: string): Range[];
}

function needlesOf(secrets: readonly string[]): Needle[] {
  const pieces = new Set(
    secrets
      .flatMap(piecesOf)
      .flatMap((piece) => viewsOf(bytesOf(piece)).map(({ text }) => text))
      .filter((piece) => piece.length >= LENGTH_MIN),
  );
  return [...pieces].flatMap((piece) => [
    plain(piece),
    hex(piece),
    ...[0, 1, 2].map((offset) => base64(piece, offset)),
  ]);
}

const SCHEME = /^([A-Za-z][A-Za-z0-9_-]*) +(\S+)$/;

/** A secret, and the parts of it that are one by themselves. */
function piecesOf(secret: string): string[] {
  const [, scheme = '', credential] = SCHEME.exec(secret) ?? [];
  const pieces = [secret, secret.replaceAll(' ', '+'), secret.replace(/^whsec_/, '')];
  if (credential === undefined) return pieces;
  if (scheme.toLowerCase() !== 'basic') return [...pieces, credential];
  const userAndPassword = Buffer.from(credential, 'base64').toString('utf8');
  return [...pieces, credential, userAndPassword, userAndPassword.slice(userAndPassword.indexOf(':') + 1)];
}

function plain(piece: string): Needle {
  const find = (text: string) => occurrences(text, piece);
  if (piece.length >= LENGTH_ANYWHERE) return { find };
  const isOfWord = (character = ' ') => /[A-Za-z0-9]/.test(character);
  const isAlone = (text: string, [from, to]: Range) => !isOfWord(text[from - 1]) && !isOfWord(text[to]);
  return { find: (text) => find(text).filter((range) => isAlone(text, range)) };
}

function hex(piece: string): Needle {
  const needle = Buffer.from(piece, 'latin1').toString('hex');
  return { find: (text) => occurrences(text.toLowerCase(), needle) };
}

/**
 * The whole base64 text that has a piece in it.
 * @param offset how many bytes its last group of three has before the piece.
 */
function base64(piece: string, offset: number): Needle {
  const encoded = Buffer.from('\0'.repeat(offset) + piece, 'latin1').toString('base64');
  // A digit that holds bits of a neighbour may be any.
  const needle = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + piece.length) * 8) / 6));
  return {
    find(text) {
      const standard = text.replaceAll('-', '+').replaceAll('_', '/');
      return occurrences(standard, needle).map((range) => wholeRun(standard, range));
    },
  };
}

function wholeRun(text: string, [from, to]: Range): Range {
  const isDigit = (character = ' ') => /[A-Za-z0-9+/=]/.test(character);
  let [first, end] = [from, to];
  while (isDigit(text[first - 1])) first--;
  while (isDigit(text[end])) end++;
  return [first, end];
}

/** Where a needle is in a text, and where the text ends in its beginning. */
function occurrences(text: string, needle: string): Range[] {
  const found: Range[] = [];
  for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + 1))
    found.push([at, at + needle.length]);
  const start = needle.slice(0, LENGTH_MIN);
  let at = text.indexOf(start, Math.max(0, text.length - needle.length + 1));
  while (at !== -1 && !needle.startsWith(text.slice(at))) at = text.indexOf(start, at + 1);
  return at === -1 ? found : [...found, [at, text.length]];
}

/** A text of which escapes are undone, and where each of its characters comes from in the text itself. */
interface View {
  text: string;
  places?: Range[];
}

const inSource = ({ places }: View, from: number, to: number): Range =>
  places === undefined ? [from, to] : [places[from]?.[0] ?? from, places[to - 1]?.[1] ?? to];

const ESCAPE =
  /\\u(?<json>[0-9a-f]{4})|\\(?<single>.)|%(?<byte>[0-9a-f]{2})|&#(?:x(?<hex>[0-9a-f]{1,6})|(?<decimal>\d{1,7}));|&(?<entity>quot|apos|amp|lt|gt);/gis;
const SINGLE: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };
const ENTITY: Readonly<Record<string, string>> = { quot: '"', apos: "'", amp: '&', lt: '<', gt: '>' };

/** The text as it is, and with one level of escapes after another undone. */
function viewsOf(text: string): View[] {
  const views: View[] = [{ text }];
  for (let round = 0; round < ROUNDS; round++) {
    const next = unescaped(views[round] ?? { text: '' });
    if (next === undefined) break;
    views.push(next);
  }
  return views;
}

function unescaped(view: View): View | undefined {
  const characters: string[] = [];
  const places: Range[] = [];
  const add = (text: string, from: number, to: number) => {
    for (const character of text) {
      characters.push(character);
      places.push(inSource(view, from, to));
    }
  };
  let at = 0;
  for (const { 0: all, index, groups = {} } of view.text.matchAll(ESCAPE)) {
    for (; at < index; at++) add(view.text.charAt(at), at, at + 1);
    at = index + all.length;
    add(meaningOf(groups), index, at);
  }
  if (at === 0) return undefined;
  for (; at < view.text.length; at++) add(view.text.charAt(at), at, at + 1);
  return { text: characters.join(''), places };
}

/** The bytes that an escape stands for. */
function meaningOf(groups: Record<string, string | undefined>): string {
  const { json, single, byte, hex: hexadecimal, decimal, entity } = groups;
  if (byte !== undefined) return String.fromCharCode(Number.parseInt(byte, 16));
  if (single !== undefined) return SINGLE[single] ?? single;
  if (entity !== undefined) return ENTITY[entity.toLowerCase()] ?? '';
  const code = decimal === undefined ? Number.parseInt(json ?? hexadecimal ?? '', 16) : Number(decimal);
  return code > 0x10_ff_ff ? '' : bytesOf(String.fromCodePoint(code));
}
