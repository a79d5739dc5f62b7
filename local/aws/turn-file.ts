import { DatabaseSync } from 'node:sqlite';

/** A checkpoint waits for the disk, so one every 16 MB (4,096 pages) is enough. The cache holds 64 MB. */
const pragmas = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 4096;
  PRAGMA cache_size = -65536;
`;

/**
 * A SQLite file in which everything written during one turn of the event loop shares a transaction.
 *
 * Engines write at once and respond after `committed`: by then the operating system holds the write, so that a SIGKILL
 * loses nothing acknowledged, and concurrent requests share the cost. A reader in between may see uncommitted data;
 * anything it writes because of that reaches the disk in a later turn, after that commit.
 */
export class TurnFile {
  readonly database: DatabaseSync;
  #commit: Promise<void> | undefined;

  /** @param path a file, created if missing. */
  constructor(path: string) {
    this.database = new DatabaseSync(path);
    this.database.exec(pragmas);
  }

  /** Runs statements in this turn's transaction. */
  write(act: () => void): void {
    if (this.#commit === undefined) this.#begin();
    act();
  }

  /** Resolves once everything written so far is on disk. */
  async committed(): Promise<void> {
    await this.#commit;
  }

  async close(): Promise<void> {
    await this.#commit;
    this.database.close();
  }

  #begin(): void {
    this.database.exec('BEGIN');
    this.#commit = new Promise((resolve, reject) => {
      setImmediate(() => {
        this.#commit = undefined;
        try {
          this.database.exec('COMMIT');
          resolve();
        } catch (error) {
          this.database.exec('ROLLBACK');
          reject(error);
        }
      });
    });
  }
}
