const HIDDEN = '[hidden]';
/** In bytes. A shorter text is no secret, and without it an answer would be riddled with holes. */
const LENGTH_MIN = 4;
/** Shorter ones are struck out only where they are no part of a longer word. */
const LENGTH_ANYWHERE = 8;
/** How many times a text may be escaped over: JSON within JSON, a query within a query. */
const ROUNDS = 3;

/**
 * A text without these secrets, each of them replaced by `[hidden]`: as they are, their credential (what follows `Bearer`,
 * the password within `Basic`), escaped for JSON, a URL or HTML, and within hex or base64 of either alphabet, of which
 * the whole is replaced. So is the start of one at the end of the text, where it may have been cut.
 */
export function strikeOut(text: string, secrets: readonly string[]): string {
  if (text.length < LENGTH_MIN) return text;
  const pieces = secrets.flatMap(knownPieces);
  const bytes = bytesOf(text);
  const found = viewsOf(bytes).flatMap((view) =>
    [...plainIn(view.text, pieces), ...encodedIn(view.text, pieces)].map((range) => inSource(view, range)),
  );
  return found.length === 0 ? text : Buffer.from(replaced(bytes, found), 'latin1').toString('utf8');
}

/** A text with one character for each byte of its UTF-8, as all of this works on. */
const bytesOf = (text: string) => (/\P{ASCII}/u.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text);

/** From an index up to, not including, another. */
type Range = readonly [from: number, to: number];

function replaced(text: string, found: Range[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const [from, to] of found.sort(([one], [other]) => one - other)) {
    if (from >= at) parts.push(text.slice(at, from), HIDDEN);
    at = Math.max(at, to);
  }
  return parts.join('') + text.slice(at);
}

/** The pieces of secrets, since an endpoint's are the same at every delivery: several batches have fewer. */
const known = new Map<string, readonly string[]>();
const KNOWN_MAX = 1_000;

function knownPieces(secret: string): readonly string[] {
  const before = known.get(secret);
  if (before !== undefined) return before;
  if (known.size >= KNOWN_MAX) known.clear();
  const pieces = [...new Set(piecesOf(secret))].filter(({ length }) => length >= LENGTH_MIN);
  known.set(secret, pieces);
  return pieces;
}

const SCHEME = /^([A-Za-z][A-Za-z0-9_-]*) +(\S+)$/;

/** A secret, the parts of it that are one by themselves, and each as it looks with escapes undone. */
function piecesOf(secret: string): string[] {
  const [, scheme = '', credential] = SCHEME.exec(secret) ?? [];
  const parts = [secret, secret.replaceAll(' ', '+'), secret.replace(/^whsec_/, '')];
  if (credential !== undefined) parts.push(credential);
  if (credential !== undefined && scheme.toLowerCase() === 'basic') {
    const userAndPassword = Buffer.from(credential, 'base64').toString('utf8');
    parts.push(userAndPassword.slice(userAndPassword.indexOf(':') + 1));
  }
  return [...new Set(parts)].flatMap((part) => viewsOf(bytesOf(part)).map(({ text }) => text));
}

function plainIn(text: string, pieces: readonly string[]): Range[] {
  const isOfWord = (character = ' ') => /[A-Za-z0-9]/.test(character);
  const isAlone = ([from, to]: Range) => !isOfWord(text[from - 1]) && !isOfWord(text[to]);
  return pieces.flatMap((piece) => {
    const found = occurrences(text, piece);
    return piece.length >= LENGTH_ANYWHERE ? found : found.filter(isAlone);
  });
}

/** Where a piece is in a text, and where the text ends in its beginning. */
function occurrences(text: string, piece: string): Range[] {
  const found: Range[] = [];
  for (let at = text.indexOf(piece); at !== -1; at = text.indexOf(piece, at + 1)) found.push([at, at + piece.length]);
  const rest = text.slice(Math.max(0, text.length - piece.length + 1));
  const cut = rest.includes(piece.slice(0, LENGTH_MIN)) ? overlap(rest, piece) : 0;
  if (cut >= LENGTH_MIN) found.push([text.length - cut, text.length]);
  return found;
}

/** The length of the longest beginning of a piece with which a shorter text ends (Knuth, Morris and Pratt: in one pass). */
function overlap(text: string, piece: string): number {
  const shorter: number[] = [0];
  const next = (length: number, character: string | undefined) => {
    let known = length;
    while (known > 0 && piece[known] !== character) known = shorter[known - 1] ?? 0;
    return piece[known] === character ? known + 1 : known;
  };
  for (let at = 1; at < piece.length; at++) shorter.push(next(shorter[at - 1] ?? 0, piece[at]));
  let length = 0;
  for (const character of text) length = next(length, character);
  return length;
}

const BASE64 = /[A-Za-z0-9+/_-]+(?:\n[A-Za-z0-9+/_-]+)*=*/g;
const HEX = /[0-9A-Fa-f]{2,}/g;
/** Where a run may begin that follows other characters of its alphabet: any of four digits are three bytes. */
const BASE64_OFFSETS = [0, 1, 2, 3];
const HEX_OFFSETS = [0, 1];

/** The runs of base64 and hex with a piece in them. Only those that are long enough are decoded, or that may be cut. */
function encodedIn(text: string, pieces: readonly string[]): Range[] {
  const shortest = Math.min(...pieces.map(({ length }) => length));
  const runsOf = (alphabet: RegExp, digits: number) =>
    [...text.matchAll(alphabet)]
      .map(({ 0: run, index }) => ({ run, range: [index, index + run.length] as const }))
      .filter(({ run, range: [, to] }) => run.length >= digits * (to === text.length ? LENGTH_MIN : shortest));
  const has = (decoded: string) => viewsOf(decoded).some((view) => pieces.some((piece) => isIn(view.text, piece)));
  const isIn = (decoded: string, piece: string) => occurrences(decoded, piece).length > 0;
  const inBase64 = runsOf(BASE64, 4 / 3).filter(({ run }) =>
    BASE64_OFFSETS.some((from) => has(Buffer.from(run.slice(from), 'base64').toString('latin1'))),
  );
  const inHex = runsOf(HEX, 2).filter(({ run }) =>
    HEX_OFFSETS.some((from) => has(Buffer.from(run.slice(from), 'hex').toString('latin1'))),
  );
  return [...inBase64, ...inHex].map(({ range }) => range);
}

/** A text of which escapes are undone, and where each of its characters comes from in the text itself. */
interface View {
  text: string;
  places?: Range[];
}

function inSource({ places }: View, [from, to]: Range): Range {
  return places === undefined ? [from, to] : [places[from]?.[0] ?? from, places[to - 1]?.[1] ?? to];
}

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
  if (!/[\\%&]/.test(view.text)) return undefined;
  const characters: string[] = [];
  const places: Range[] = [];
  const add = (text: string, range: Range) => {
    const place = inSource(view, range);
    for (const character of text) {
      characters.push(character);
      places.push(place);
    }
  };
  let at = 0;
  for (const { 0: all, index, groups = {} } of view.text.matchAll(ESCAPE)) {
    for (; at < index; at++) add(view.text.charAt(at), [at, at + 1]);
    at = index + all.length;
    add(meaningOf(groups), [index, at]);
  }
  if (at === 0) return undefined;
  for (; at < view.text.length; at++) add(view.text.charAt(at), [at, at + 1]);
  return { text: characters.join(''), places };
}

/** The bytes that an escape stands for. */
function meaningOf(groups: Record<string, string | undefined>): string {
  const { json, single, byte, hex, decimal, entity } = groups;
  if (byte !== undefined) return String.fromCharCode(Number.parseInt(byte, 16));
  if (single !== undefined) return SINGLE[single] ?? single;
  if (entity !== undefined) return ENTITY[entity.toLowerCase()] ?? '';
  const code = decimal === undefined ? Number.parseInt(json ?? hex ?? '', 16) : Number(decimal);
  return code > 0x10_ff_ff ? '' : bytesOf(String.fromCodePoint(code));
}
