import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where API keys are stored: core/keys creates them, the registry table holds them. */
export interface AdminKeys {
  /** Creates an admin key and stores its hash. @returns the key itself, which cannot be read again. */
  create(): Promise<string>;
  /** Stores the hash of an existing key. Storing the same key again changes nothing. */
  adopt(key: string): Promise<void>;
}

/** The admin key of a local run, and whether it was just created. */
export interface AdminKey {
  readonly key: string;
  readonly isNew: boolean;
}

/**
 * Finds or creates the admin key. It is kept in `<data>/admin-key`, readable only by its owner, so that the smoke test
 * and the benchmark can use it; there is no such file in an account.
 */
export async function ensureAdminKey(dataDir: string, given: string | undefined, keys: AdminKeys): Promise<AdminKey> {
  const path = join(dataDir, 'admin-key');
  const kept = readIfThere(path);
  const key = given ?? kept ?? (await keys.create());
  // Store a kept key again too: a crash may have come between the file and the table.
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
