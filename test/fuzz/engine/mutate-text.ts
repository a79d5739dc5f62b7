import type { Chance } from '../../simulation/engine/chance.ts';

/** Characters at the boundaries that parsers distinguish. */
const CHARACTERS = [
  ...'"\'`\\/{}[](),.:;=&|!<>?*@#%+-_~^$ \t\n\r09azAZ',
  ...['\0', '\x1f', '\x7f', '\x80', '\xa0', '\xff', 'é', '\u2028', '\u202e', '\ufeff', '\ufffd', '\ufffe', '\uffff'],
  ...['\ud800', '\udc00', '😀', '١', 'ſ', 'K'],
];
const NUMBERS = [
  ...['0', '-0', '1', '-1', '0.1', '1e1', '255', '256', '65535', '65536', '2147483647', '2147483648', '4294967296'],
  ...[
    '9007199254740991',
    '9007199254740993',
    '1e308',
    '1e309',
    '5e-324',
    '12345678901234567890',
    '0x10',
    '010',
    '-1e-7',
  ],
];

/** Placeholder in a dictionary token for the text that it wraps. */
export const GAP = '…';

/** The sources of mutations. */
export interface Means {
  dictionary: readonly string[];
  /** Another input that is worth keeping. */
  other: () => string;
}

type Mutation = (text: string, chance: Chance, means: Means) => string;

const somewhere = (text: string, chance: Chance) => chance.whole(0, text.length);

/** Mostly short, as one character often matters. */
function stretch(text: string, chance: Chance): [start: number, end: number] {
  const start = somewhere(text, chance);
  const most = chance.happens(0.7) ? 4 : text.length;
  return [start, Math.min(text.length, start + chance.whole(1, Math.max(1, most)))];
}

function character(chance: Chance): string {
  if (chance.happens(0.4)) return chance.pick(CHARACTERS);
  return String.fromCharCode(chance.happens(0.9) ? chance.whole(0x20, 0x7e) : chance.whole(0, 0xffff));
}

function token(chance: Chance, { dictionary }: Means): string {
  if (dictionary.length === 0 || chance.happens(0.1)) return chance.pick(NUMBERS);
  return chance.pick(dictionary);
}

const insert = (text: string, at: number, what: string) => text.slice(0, at) + what + text.slice(at);

const replaceCharacter: Mutation = (text, chance) => {
  const at = chance.whole(0, Math.max(0, text.length - 1));
  return text.slice(0, at) + character(chance) + text.slice(at + 1);
};
const insertCharacter: Mutation = (text, chance) => insert(text, somewhere(text, chance), character(chance));
const insertToken: Mutation = (text, chance, means) =>
  insert(
    text,
    somewhere(text, chance),
    token(chance, means).replaceAll(GAP, () => means.other()),
  );
/** Inserts a token, or wraps it around text if it has a placeholder. */
const replaceByToken: Mutation = (text, chance, means) => {
  const [start, end] = chance.happens(0.3) ? [0, text.length] : stretch(text, chance);
  const around = token(chance, means).replaceAll(GAP, () => text.slice(start, end));
  return text.slice(0, start) + around + text.slice(end);
};
const remove: Mutation = (text, chance) => {
  const [start, end] = stretch(text, chance);
  return text.slice(0, start) + text.slice(end);
};
const repeat: Mutation = (text, chance) => {
  const [start, end] = stretch(text, chance);
  return insert(text, end, text.slice(start, end).repeat(chance.happens(0.9) ? 1 : chance.whole(2, 64)));
};
const move: Mutation = (text, chance) => {
  const [start, end] = stretch(text, chance);
  const rest = text.slice(0, start) + text.slice(end);
  return insert(rest, somewhere(rest, chance), text.slice(start, end));
};
const otherNumber: Mutation = (text, chance) => {
  const numbers = [...text.matchAll(/-?\d+(\.\d+)?/g)];
  if (numbers.length === 0) return insertCharacter(text, chance, { dictionary: [], other: () => '' });
  const found = chance.pick(numbers);
  return text.slice(0, found.index) + chance.pick(NUMBERS) + text.slice(found.index + found[0].length);
};
const cross: Mutation = (text, chance, { other }) => {
  const from = other();
  const [start, end] = [somewhere(from, chance), from.length];
  return text.slice(0, somewhere(text, chance)) + from.slice(start, end);
};
const borrow: Mutation = (text, chance, { other }) => {
  const from = other();
  const [start, end] = stretch(from, chance);
  return insert(text, somewhere(text, chance), from.slice(start, end));
};

const MUTATIONS: readonly Mutation[] = [
  ...[replaceCharacter, insertCharacter, insertToken, insertToken, replaceByToken, remove, remove],
  ...[repeat, move, otherNumber, cross, borrow],
];

/** The text with one to six small changes. */
export function mutateText(text: string, chance: Chance, means: Means): string {
  let mutated = text;
  for (let left = chance.happens(0.5) ? 1 : chance.whole(2, 6); left > 0; left--) {
    mutated = chance.pick(MUTATIONS)(mutated, chance, means);
  }
  return mutated;
}
