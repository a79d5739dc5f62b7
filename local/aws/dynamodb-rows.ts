import type { DatabaseSync } from 'node:sqlite';
import { Stream } from 'node:stream';
import type { TurnFile } from './turn-file.ts';

/** A range of keys and the order to read it in, as LevelDB takes it. */
export interface KeyRange {
  readonly gt?: string | undefined;
  readonly gte?: string | undefined;
  readonly lt?: string | undefined;
  readonly lte?: string | undefined;
  readonly reverse?: boolean | undefined;
}

type Done = (error: Error | null) => void;
type Change =
  | { readonly type: 'put'; readonly key: string; readonly value: unknown }
  | { readonly type: 'del'; readonly key: string };

/** The LevelDB interface that dynalite uses: JSON values under ordered keys, with callbacks. */
export interface Rows {
  get: (key: string, done: (error: Error | null, value?: unknown) => void) => void;
  put: (key: string, value: unknown, done: Done) => void;
  del: (key: string, done: Done) => void;
  batch(changes: readonly Change[], done: Done): void;
  createValueStream(range?: KeyRange): Stream;
  /** The keys that start with a prefix, without it. */
  createKeyStream(prefix: string): Stream;
}

interface Row {
  readonly key: string;
  readonly value: string;
}

const PAGE_ROWS = 64;

/** Keeps dynalite's rows in a SQLite file. Callbacks run in the same turn; the caller awaits the file's commit. */
export function openRows(file: TurnFile): Rows {
  const { database } = file;
  createTable(database);
  const select = database.prepare('SELECT key, value FROM rows WHERE key = ?');
  const insert = database.prepare(
    'INSERT INTO rows (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  const remove = database.prepare('DELETE FROM rows WHERE key = ?');
  const apply = (change: Change): void => {
    if (change.type === 'put') insert.run(change.key, JSON.stringify(change.value));
    else remove.run(change.key);
  };
  const write = (changes: readonly Change[], done: Done): void => {
    file.write(() => changes.forEach(apply));
    process.nextTick(done, null);
  };
  const readPage = (range: KeyRange) => {
    const [condition, values] = sqlRange(range);
    const order = range.reverse === true ? 'DESC' : 'ASC';
    const sql = `SELECT key, value FROM rows WHERE ${condition} ORDER BY key ${order} LIMIT ${PAGE_ROWS}`;
    return database
      .prepare(sql)
      .all(...values)
      .map(readRow);
  };
  return {
    get(key, done) {
      const found = select.get(key);
      process.nextTick(done, null, found && JSON.parse(readRow(found).value));
    },
    put: (key, value, done) => write([{ type: 'put', key, value }], done),
    del: (key, done) => write([{ type: 'del', key }], done),
    batch: write,
    createValueStream: (range = {}) => new RowStream(readPage, range, ({ value }) => JSON.parse(value)),
    createKeyStream: (prefix) =>
      new RowStream(readPage, { gte: prefix, lt: `${prefix}\u{ff}` }, ({ key }) => key.slice(prefix.length)),
  };
}

/**
 * Keys begin with a hash, so that each row is somewhere else in their order. A new row goes to the end of the table, and only
 * its key into an index: with the values in that order too, as in the table of earlier versions, a write took three times the
 * CPU once there were 100 MB.
 */
function createTable(database: DatabaseSync): void {
  database.exec(
    'CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, value TEXT NOT NULL)',
  );
  const earlier = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'dynamodb'").get();
  if (earlier === undefined) return;
  database.exec('BEGIN; INSERT INTO rows (key, value) SELECT key, value FROM dynamodb; DROP TABLE dynamodb; COMMIT');
}

/**
 * Emits a range as `data` events, then `end`, and stops early when destroyed. dynalite expects a stream in flowing
 * mode; a Readable would work, at several times the cost.
 */
class RowStream extends Stream {
  #destroyed = false;

  constructor(readPage: (range: KeyRange) => readonly Row[], range: KeyRange, show: (row: Row) => unknown) {
    super();
    process.nextTick(() => {
      let rest: KeyRange | undefined = range;
      while (rest !== undefined && !this.#destroyed) {
        const page = readPage(rest);
        for (const each of page) {
          if (!this.#destroyed) this.emit('data', show(each));
        }
        const last = page.length === PAGE_ROWS ? page.at(-1) : undefined;
        rest =
          last &&
          (range.reverse === true
            ? { ...range, lte: undefined, lt: last.key }
            : { ...range, gte: undefined, gt: last.key });
      }
      this.emit('end');
    });
  }

  destroy(): void {
    this.#destroyed = true;
  }
}

/** Validated by hand for speed: every item read passes here. */
function readRow({ key, value }: Record<string, unknown>): Row {
  if (typeof key === 'string' && typeof value === 'string') return { key, value };
  throw new Error('The local DynamoDB cannot read its file. Remove the data folder to start over.');
}

function sqlRange(range: KeyRange): [string, string[]] {
  const bounds = [
    ['key > ?', range.gt],
    ['key >= ?', range.gte],
    ['key < ?', range.lt],
    ['key <= ?', range.lte],
  ] as const;
  const given = bounds.filter((bound): bound is readonly [(typeof bound)[0], string] => bound[1] !== undefined);
  return [given.map(([sql]) => sql).join(' AND ') || 'TRUE', given.map(([, value]) => value)];
}
