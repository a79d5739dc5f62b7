// `JSON.parse` rounds long numbers and forgets escapes and duplicate names, so payloads are never parsed: they are found in the
// answer as text, and shown as text. The answers are valid JSON: the API made them.

const STRING = /"(?:[^"\\]|\\.)*"/y;
const SPACE = /\s*/y;
const WORD = /[^\s,\]}]+/y;

/** The text of a member of a JSON object, exactly as it is written; undefined if there is none. */
export function memberText(json: string, name: string): string | undefined {
  let at = after(SPACE, json, 0) + 1;
  for (;;) {
    at = after(SPACE, json, at);
    if (json[at] !== '"') return undefined;
    const nameEnd = after(STRING, json, at);
    const key: unknown = JSON.parse(json.slice(at, nameEnd));
    const start = after(SPACE, json, after(SPACE, json, nameEnd) + 1);
    const end = valueEnd(json, start);
    if (key === name) return json.slice(start, end);
    at = after(SPACE, json, end);
    if (json[at] !== ',') return undefined;
    at += 1;
  }
}

/** The texts of the elements of a JSON array. */
export function elementTexts(json: string): string[] {
  const texts: string[] = [];
  let at = after(SPACE, json, after(SPACE, json, 0) + 1);
  while (at < json.length && json[at] !== ']') {
    const end = valueEnd(json, at);
    texts.push(json.slice(at, end));
    at = after(SPACE, json, end);
    if (json[at] === ',') at = after(SPACE, json, at + 1);
  }
  return texts;
}

/** Where the value ends that begins at a position. */
function valueEnd(json: string, start: number): number {
  if (json[start] !== '{' && json[start] !== '[') return after(json[start] === '"' ? STRING : WORD, json, start);
  let depth = 0;
  for (let at = start; at < json.length; ) {
    const letter = json[at];
    if (letter === '"') {
      at = after(STRING, json, at);
      continue;
    }
    if (letter === '{' || letter === '[') depth += 1;
    if (letter === '}' || letter === ']') depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
  return json.length;
}

/** JSON text on lines of its own, with every number, string and name as it was written. */
export function indented(json: string): string {
  const tokens = json.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  let depth = 0;
  let text = '';
  const newLine = () => `\n${'  '.repeat(depth)}`;
  for (const [index, token] of tokens.entries()) {
    const isEmpty = /^[}\]]$/.test(tokens[index + 1] ?? '');
    if (token === '{' || token === '[') {
      depth += 1;
      text += isEmpty ? token : token + newLine();
    } else if (token === '}' || token === ']') {
      depth -= 1;
      text += /^[{[]$/.test(tokens[index - 1] ?? '') ? token : newLine() + token;
    } else if (token === ',') text += token + newLine();
    else text += token === ':' ? ': ' : token;
  }
  return text;
}

function after(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
