import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A text in which marks are looked for, and what it is. */
export interface Haystack {
  readonly what: string;
  readonly text: string;
}

/** Where marks are in texts: as they are, or within base64 of any alignment and alphabet, hex, or escapes of a URL or JSON. */
export function findMarks(haystacks: readonly Haystack[], marks: readonly string[]): string[] {
  return haystacks.flatMap(({ what, text }) => {
    const readings = readingsOf(text);
    const isIn = (mark: string) => readings.some((reading) => reading.includes(mark));
    return marks.filter(isIn).map((mark) => `${mark} in ${what}`);
  });
}

function readingsOf(text: string): string[] {
  const inUrls = text.replaceAll(/%([0-9a-f]{2})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  const inJson = text
    .replaceAll(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll(/\\(.)/g, '$1');
  const hex = text.match(/([0-9a-f]{2}){6,}/gi) ?? [];
  const base64 = [...new Set(text.match(/[A-Za-z0-9+/_-]{8,}/g) ?? [])];
  return [
    ...[text, inUrls, inJson],
    ...hex.flatMap((run) => [run, run.slice(1)].map((digits) => Buffer.from(digits, 'hex').toString('latin1'))),
    ...base64.flatMap((run) => [0, 1, 2, 3].map((from) => Buffer.from(run.slice(from), 'base64').toString('latin1'))),
  ];
}

/** All that a local product keeps: every row of its databases, and every other file. */
export function keptIn(dataDir: string): Haystack[] {
  const files = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.flatMap(({ parentPath, name }) => {
    const path = join(parentPath, name);
    return name.endsWith('.db') ? rowsOf(path, name) : [{ what: name, text: readFileSync(path, 'latin1') }];
  });
}

function rowsOf(path: string, file: string): Haystack[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    return tables.flatMap(({ name }) =>
      database
        .prepare(`SELECT * FROM "${name}"`)
        .all()
        .map((row) => ({ what: `${file}, ${name}: ${textOf(row).slice(0, 200)}`, text: textOf(row) })),
    );
  } finally {
    database.close();
  }
}

const textOf = (row: object) =>
  Object.values(row)
    .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)))
    .join(' ');
