import { NotAnExpression } from './faults.ts';
import { readJson } from './read-json.ts';
import type { Value } from './value.ts';

/** A token of an expression, and where it begins. */
export type Token = { at: number; text: string } & (
  | { kind: 'name'; name: string; isQuoted: boolean }
  | { kind: 'number'; number: number }
  | { kind: 'literal'; value: Value }
  | { kind: 'sign'; sign: string }
  | { kind: 'end' }
);

/** A name, a quoted name, a raw string, a JSON literal, a number, a sign, or the end; preceded by white space. */
const PIECE =
  /[ \t\n\r]*(?:([A-Za-z_]\w*)|("(?:[^"\\]|\\.)*")|('(?:[^'\\]|\\.)*')|(`(?:[^`\\]|\\.)*`)|(-?\d+)|(\[\?|\[\]|&&|\|\||[=!<>]=|[.*[\]{}(),:@&|<>!])|$)/suy;

/** Splits an expression into tokens, by the grammar of jmespath.org. @throws NotAnExpression */
export function lex(expression: string): Token[] {
  const tokens: Token[] = [];
  PIECE.lastIndex = 0;
  for (;;) {
    const from = PIECE.lastIndex;
    const piece = PIECE.exec(expression);
    if (piece === null) throw unknownSign(expression, from);
    const token = tokenOf(piece);
    tokens.push(token);
    if (token.kind === 'end') return tokens;
  }
}

function tokenOf(piece: RegExpExecArray): Token {
  const [whole, name, quoted, raw, json, number, sign] = piece;
  const text = whole.trimStart();
  const place = { at: piece.index + whole.length - text.length, text };
  if (name !== undefined) return { ...place, kind: 'name', name, isQuoted: false };
  if (quoted !== undefined) return { ...place, kind: 'name', name: quotedName(quoted), isQuoted: true };
  // Only the quotation mark is escaped; any other backslash is literal.
  if (raw !== undefined) return { ...place, kind: 'literal', value: raw.slice(1, -1).replaceAll("\\'", "'") };
  if (json !== undefined) return { ...place, kind: 'literal', value: jsonLiteral(json) };
  if (number !== undefined) return { ...place, kind: 'number', number: Number(number) };
  return sign === undefined ? { ...place, kind: 'end' } : { ...place, kind: 'sign', sign };
}

function quotedName(quoted: string): string {
  try {
    return JSON.parse(quoted);
  } catch {
    throw new NotAnExpression(`${shown(quoted)} is not a name: a quoted name must be a JSON string`);
  }
}

function jsonLiteral(quoted: string): Value {
  const text = quoted.slice(1, -1).replaceAll('\\`', '`');
  try {
    JSON.parse(text);
  } catch {
    throw new NotAnExpression(`${shown(quoted)} is not JSON: write text as 'text', and numbers as \`1\``);
  }
  return readJson(text);
}

function unknownSign(expression: string, from: number): NotAnExpression {
  const rest = expression.slice(from).trimStart();
  if (/^["'`]/.test(rest)) return new NotAnExpression(`the ${rest.charAt(0)} at ${shown(rest)} is never closed`);
  const sign = String.fromCodePoint(rest.codePointAt(0) ?? 0);
  if (sign === '=') return new NotAnExpression('a single "=" is not an operator: write "=="');
  return new NotAnExpression(`"${sign}" is not allowed here: put a name that contains it in "quotation marks"`);
}

const SHOWN_MAX = 40;

/** Part of the owner's expression, cut if long. */
export const shown = (text: string) => (text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text);
