import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where API keys are kept: core/keys mints them, the registry table holds them. */
export interface AdminKeys {
  /** Makes a new admin key and stores its hash. @returns the key itself, which nobody can read again. */
  create(): Promise<string>;
  /** Stores the hash of a key that was chosen elsewhere. Storing the same key again changes nothing. */
  adopt(key: string): Promise<void>;
}

/** The admin key of a local run, and whether it was made just now. */
export interface AdminKey {
  readonly key: string;
  readonly isNew: boolean;
}

/**
 * Finds or makes the admin key. It is kept in `<data>/admin-key`, readable by its owner alone, so that the smoke test
 * and the benchmark can use it; an account keeps no such file.
 */
export async function ensureAdminKey(dataDir: string, given: string | undefined, keys: AdminKeys): Promise<AdminKey> {
  const path = join(dataDir, 'admin-key');
  const kept = readIfThere(path);
  const key = given ?? kept ?? (await keys.create());
  // A kept key is stored once more too: a crash may have come between the file and the table.
  if (given !== undefined || kept !== undefined) await keys.adopt(key);
  if (key !== kept) writeFileSync(path, key, { mode: 0o600 });
  return { key, isNew: given === undefined && kept === undefined };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
