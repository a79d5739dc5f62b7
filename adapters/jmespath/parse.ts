import { NotAnExpression } from './faults.ts';
import { lex, shown, type Token } from './lex.ts';
import { type Comparison, partsOf, type Tree } from './tree.ts';

/** Enough for 200 alternatives or steps in a row; deeper ones would only overflow a stack. */
const DEPTH_MAX = 500;

/** How closely a sign binds to what precedes it. Below `PROJECTION_ENDS`, it ends a projection. */
const BINDING: Readonly<Record<string, number>> = {
  '|': 1,
  '||': 2,
  '&&': 3,
  '==': 5,
  '!=': 5,
  '<': 5,
  '<=': 5,
  '>': 5,
  '>=': 5,
  '[]': 9,
  '*': 20,
  '[?': 21,
  '.': 40,
  '!': 45,
  '[': 55,
  '(': 60,
};
const PROJECTION_ENDS = 10;

const bindingOf = (sign = '') => BINDING[sign] ?? 0;

const CURRENT: Tree = { kind: 'current' };

/**
 * Parses an expression: top-down operator precedence (Pratt), with the binding powers of JMESPath's first
 * implementation.
 * @throws NotAnExpression
 */
export function parse(expression: string): Tree {
  const parser = new Parser(lex(expression));
  const tree = parser.whole();
  if (isTooDeep(tree, DEPTH_MAX)) throw tooDeep();
  return tree;
}

function isTooDeep(tree: Tree, left: number): boolean {
  return left === 0 || partsOf(tree).some((part) => isTooDeep(part, left - 1));
}

const tooDeep = () => new NotAnExpression(`it is nested more than ${DEPTH_MAX} levels deep`);

class Parser {
  readonly #tokens: readonly Token[];
  #place = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Tree {
    const tree = this.#expression();
    if (this.#peek().kind !== 'end') throw this.#unexpected();
    return tree;
  }

  #peek(ahead = 0): Token {
    const token = this.#tokens[this.#place + ahead] ?? this.#tokens.at(-1);
    if (token === undefined) throw new Error('An expression always has an end.');
    return token;
  }

  #next(): Token {
    const token = this.#peek();
    this.#place += 1;
    return token;
  }

  #is(sign: string, ahead = 0): boolean {
    const token = this.#peek(ahead);
    return token.kind === 'sign' && token.sign === sign;
  }

  /** Consumes a sign if it is next. */
  #takes(sign: string): boolean {
    if (!this.#is(sign)) return false;
    this.#place += 1;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#takes(sign)) throw this.#unexpected(`, where "${sign}" is expected`);
  }

  #unexpected(instead = ''): NotAnExpression {
    const { kind, text } = this.#peek();
    return new NotAnExpression(
      kind === 'end' ? 'it ends too early' : `it has ${shown(text)} in the wrong place${instead}`,
    );
  }

  #bindingHere(): number {
    const token = this.#peek();
    return token.kind === 'sign' ? bindingOf(token.sign) : 0;
  }

  /** An expression, as far as it binds more closely than the sign before it. */
  #expression(before?: string): Tree {
    const binding = bindingOf(before);
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw tooDeep();
    let tree = this.#beginning();
    while (binding < this.#bindingHere()) tree = this.#goOn(tree);
    this.#depth -= 1;
    return tree;
  }

  /** Parses the beginning of an expression. */
  #beginning(): Tree {
    const token = this.#peek();
    if (token.kind === 'literal') {
      this.#place += 1;
      return { kind: 'literal', value: token.value };
    }
    if (token.kind === 'name') return this.#nameOrCall();
    if (token.kind !== 'sign') throw this.#unexpected();
    switch (token.sign) {
      case '@':
        this.#place += 1;
        return CURRENT;
      case '*':
        this.#place += 1;
        return { kind: 'each_member', of: CURRENT, pick: this.#is(']') ? CURRENT : this.#pick('*') };
      case '!':
        this.#place += 1;
        return { kind: 'not', of: this.#expression('!') };
      case '&':
        this.#place += 1;
        return { kind: 'expression', of: this.#expression() };
      case '(': {
        this.#place += 1;
        const tree = this.#expression();
        this.#expect(')');
        return tree;
      }
      case '{':
        return this.#members();
      case '[?':
      case '[]':
        return this.#goOn(CURRENT);
      case '[':
        return this.#isIndex() || (this.#is('*', 1) && this.#is(']', 2)) ? this.#bracket(CURRENT) : this.#list();
      default:
        throw this.#unexpected();
    }
  }

  #nameOrCall(): Tree {
    const token = this.#next();
    if (token.kind !== 'name') throw this.#unexpected();
    if (!this.#is('(')) return { kind: 'field', name: token.name };
    if (token.isQuoted) throw new NotAnExpression('the name of a function must not be quoted');
    this.#place += 1;
    const args: Tree[] = [];
    // The grammar requires commas between arguments; all implementations let them be omitted, or trail the last.
    while (!this.#takes(')')) {
      args.push(this.#expression());
      this.#takes(',');
    }
    return { kind: 'call', name: token.name, args };
  }

  /** Parses what may follow an expression. */
  #goOn(left: Tree): Tree {
    const token = this.#peek();
    if (token.kind !== 'sign') throw this.#unexpected();
    if (token.sign === '[') return this.#bracket(left);
    this.#place += 1;
    switch (token.sign) {
      case '.':
        if (this.#takes('*')) return { kind: 'each_member', of: left, pick: this.#pick('.') };
        return { kind: 'chain', first: left, second: this.#afterDot('.') };
      case '|':
        return { kind: 'chain', first: left, second: this.#expression('|') };
      case '||':
        return { kind: 'or', left, right: this.#expression('||') };
      case '&&':
        return { kind: 'and', left, right: this.#expression('&&') };
      case '[]':
        return { kind: 'each', of: { kind: 'flat', of: left }, pick: this.#pick('[]') };
      case '[?': {
        const holds = this.#expression();
        this.#expect(']');
        return { kind: 'where', of: left, holds, pick: this.#is('[]') ? CURRENT : this.#pick('[?') };
      }
      case '==':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=':
        return this.#comparison(token.sign, left);
      default:
        this.#place -= 1;
        throw this.#unexpected();
    }
  }

  #comparison(by: Comparison, left: Tree): Tree {
    return { kind: 'compare', by, left, right: this.#expression('==') };
  }

  /** The part that a projection applies to each element: as far as it binds more closely than what ends it. */
  #pick(before: string): Tree {
    if (this.#bindingHere() < PROJECTION_ENDS) return CURRENT;
    if (this.#is('[') || this.#is('[?')) return this.#expressionFrom(CURRENT, before);
    this.#expect('.');
    return this.#afterDot(before);
  }

  /** Parses an expression whose first part is given. */
  #expressionFrom(first: Tree, before: string): Tree {
    const binding = bindingOf(before);
    let tree = this.#goOn(first);
    while (binding < this.#bindingHere()) tree = this.#goOn(tree);
    return tree;
  }

  #afterDot(before: string): Tree {
    const token = this.#peek();
    if (token.kind === 'name' || this.#is('*')) return this.#expression(before);
    if (this.#is('[')) return this.#list();
    if (this.#is('{')) return this.#members();
    throw this.#unexpected();
  }

  /** Whether brackets hold an index or a slice. */
  #isIndex(): boolean {
    return this.#peek(1).kind === 'number' || this.#is(':', 1);
  }

  /** `[0]`, `[1:3]` or `[*]` after an expression. */
  #bracket(left: Tree): Tree {
    const isIndex = this.#isIndex();
    this.#expect('[');
    if (!isIndex) {
      this.#expect('*');
      this.#expect(']');
      return { kind: 'each', of: left, pick: this.#pick('*') };
    }
    const right = this.#indexOrSlice();
    const found: Tree = { kind: 'chain', first: left, second: right };
    return right.kind === 'slice' ? { kind: 'each', of: found, pick: this.#pick('*') } : found;
  }

  #indexOrSlice(): Tree {
    const parts: (number | null)[] = [this.#number()];
    while (parts.length < 3 && this.#takes(':')) parts.push(this.#number());
    this.#expect(']');
    const [start = null, stop = null, step = null] = parts;
    if (parts.length === 1 && start !== null) return { kind: 'index', at: start };
    if (step === 0) throw new NotAnExpression('a slice has the step 0');
    return { kind: 'slice', start, stop, step: step ?? 1 };
  }

  #number(): number | null {
    const token = this.#peek();
    if (token.kind !== 'number') return null;
    this.#place += 1;
    return token.number;
  }

  #list(): Tree {
    this.#expect('[');
    const items: Tree[] = [];
    do items.push(this.#expression());
    while (this.#takes(','));
    this.#expect(']');
    return { kind: 'list', items };
  }

  #members(): Tree {
    this.#expect('{');
    const entries: { name: string; value: Tree }[] = [];
    do {
      const token = this.#next();
      if (token.kind !== 'name') {
        this.#place -= 1;
        throw this.#unexpected();
      }
      this.#expect(':');
      entries.push({ name: token.name, value: this.#expression() });
    } while (this.#takes(','));
    this.#expect('}');
    return { kind: 'members', entries };
  }
}
