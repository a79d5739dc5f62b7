import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { openDatabase } from './sqlite.ts';

/**
 * A SQLite file in which everything written during one turn of the event loop shares a transaction.
 *
 * Engines write at once and respond after `committed`: by then the operating system holds the write, so that a SIGKILL
 * loses nothing acknowledged, and concurrent requests share the cost. A reader in between may see uncommitted data;
 * anything it writes because of that is committed in a later turn, after it.
 */
export class TurnFile {
  readonly database: DatabaseSync;
  readonly #beginning: StatementSync;
  readonly #committing: StatementSync;
  #commit: Promise<void> | undefined;

  /** @param path a file, created if missing. */
  constructor(path: string) {
    this.database = openDatabase(path);
    this.#beginning = this.database.prepare('BEGIN');
    this.#committing = this.database.prepare('COMMIT');
  }

  /** Runs statements in this turn's transaction. */
  write(act: () => void): void {
    if (this.#commit === undefined) this.#begin();
    act();
  }

  /** Resolves once everything written so far is committed. */
  async committed(): Promise<void> {
    await this.#commit;
  }

  async close(): Promise<void> {
    await this.#commit;
    this.database.close();
  }

  #begin(): void {
    this.#beginning.run();
    this.#commit = new Promise((resolve, reject) => {
      setImmediate(() => {
        this.#commit = undefined;
        try {
          this.#committing.run();
          resolve();
        } catch (error) {
          this.database.exec('ROLLBACK');
          reject(error);
        }
      });
    });
  }
}
