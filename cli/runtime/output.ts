import { elementExtents, memberText } from '../../core/events/raw-json.ts';
import { table } from '../table.ts';
import type { Io } from './io.ts';

/** A column of a table: its heading, and what it shows of an item. */
export interface Column<Item> {
  readonly heading: string;
  readonly value: (item: Item, time: ShowTime) => string | number | null;
}

/** Shows a time of the API, RFC 3339 in UTC; null stays null. */
export type ShowTime = (time: string | null) => string | null;

/** Writes data: for people on a terminal, for programs elsewhere. */
export class Output {
  readonly json: boolean;
  readonly #io: Pick<Io, 'out' | 'err' | 'outIsTerminal' | 'width'>;

  constructor(io: Pick<Io, 'out' | 'err' | 'outIsTerminal' | 'width'>, { json }: { json: boolean }) {
    this.#io = io;
    this.json = json;
  }

  /** A time: local for people on a terminal, and as the API wrote it for programs, who cannot know where this machine is. */
  readonly time: ShowTime = (time) => (time !== null && this.#io.outIsTerminal ? localTime(time) : time);

  /** A line of data. */
  data(line: string): void {
    this.#io.out(line);
  }

  /** A line about what happens, which is no data. */
  note(line: string): void {
    this.#io.err(line);
  }

  /** One thing: the API's JSON exactly as it answered, or what `shown` makes of it. */
  one<Thing>(
    text: string,
    shown: (thing: Thing, time: ShowTime) => readonly (readonly [name: string, value: string | number | null])[],
  ): void {
    if (this.json) {
      this.data(text);
      return;
    }
    const fields = shown(JSON.parse(text) as Thing, this.time).map(([name, value]) => [cellOf(name), value] as const);
    const width = Math.max(...fields.map(([name]) => name.length));
    for (const [name, value] of fields) {
      const cell = cellOf(value);
      this.data(this.#io.outIsTerminal ? `${name.padEnd(width)}  ${cell || '-'}` : `${name}\t${cell}`);
    }
  }

  /** An item of a list that goes on: a line of JSON, a line for a terminal, or values between tabs. */
  item<Item>(text: string, columns: readonly (Column<Item> & { readonly width?: number })[]): void {
    if (this.json) {
      this.data(text);
      return;
    }
    const item = JSON.parse(text) as Item;
    const cells = columns.map(({ value, width = 0 }) => ({ width, text: cellOf(value(item, this.time)) }));
    this.data(
      this.#io.outIsTerminal
        ? cells
            .map((cell) => (cell.text === '' ? '-' : cell.text).padEnd(cell.width))
            .join('  ')
            .trimEnd()
        : cells.map((cell) => cell.text).join('\t'),
    );
  }

  /** Items of a list: a line of JSON for each, a table on a terminal, or lines of values between tabs. */
  items<Item>(texts: readonly string[], columns: readonly Column<Item>[]): void {
    if (this.json) {
      for (const text of texts) this.data(text);
      return;
    }
    const rows = texts.map((text) => {
      const item = JSON.parse(text) as Item;
      return columns.map(({ value }) => value(item, this.time));
    });
    if (!this.#io.outIsTerminal) {
      for (const row of rows) this.data(row.map(cellOf).join('\t'));
      return;
    }
    if (rows.length === 0) {
      this.note('None.');
      return;
    }
    const right = columns.flatMap((_, at) => (rows.every((row) => typeof row[at] === 'number') ? [at] : []));
    const cells = rows.map((row) => row.map((cell) => cellOf(cell) || '-'));
    this.data(table({ headings: columns.map(({ heading }) => heading), rows: cells, right, width: this.#io.width }));
  }
}

/** A value on one line: what others wrote may hold line breaks, and what terminals take for commands. */
export function cellOf(value: string | number | null): string {
  return String(value ?? '').replaceAll(/\p{Cc}/gu, (control) =>
    control === '\n' ? '\\n' : `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The items of a page, each with its text as the API wrote it, and the cursor of the next page. */
export function pageOf(text: string): { items: string[]; next: string | null } {
  const next: unknown = JSON.parse(memberText(text, 'next') ?? 'null');
  return { items: elementsOf(memberText(text, 'data') ?? '[]'), next: typeof next === 'string' ? next : null };
}

/** The elements of a list, each with its text as it is written there. */
export function elementsOf(list: string): string[] {
  return elementExtents(list).map(({ start, end }) => list.slice(start, end));
}

/** A time for people: local, to the second. */
function localTime(time: string): string {
  const at = new Date(time);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
