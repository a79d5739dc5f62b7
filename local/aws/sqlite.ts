import { DatabaseSync } from 'node:sqlite';

/**
 * A row of DynamoDB is often 1 KB or more: with 8 KB pages fewer of them overflow, and fewer pages change with each.
 *
 * Nothing waits for the disk: a commit is in the operating system's memory, which survives a SIGKILL. A checkpoint that waits
 * for the disk would hold up all of AWS for up to 250 ms; one every 4 MB (500 pages) that does not takes 10. The cache holds 64 MB.
 */
const pragmas = `
  PRAGMA page_size = 8192;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = OFF;
  PRAGMA wal_autocheckpoint = 500;
  PRAGMA cache_size = -65536;
`;

/**
 * Opens a SQLite file of a local run.
 * @param path created if missing.
 * @throws Error that says what to do if the file cannot be read, as after a power cut.
 */
export function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec(pragmas);
  } catch (cause) {
    database.close();
    const reason = 'A local run does not survive a power cut: delete its data folder, and start again.';
    throw new Error(`${path} cannot be read. ${reason}`, { cause });
  }
  return database;
}
