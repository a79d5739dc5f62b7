import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { Fault } from '../explain.ts';

const profile = z.strictObject({ url: z.url(), key: z.string().min(1) });
export type Profile = z.output<typeof profile>;

const stored = z.strictObject({
  /** The profile that is used if none is named; null if there is none. */
  current: z.string().nullable(),
  profiles: z.record(z.string(), profile),
});
export type Profiles = z.output<typeof stored>;

/** The file of the profiles: it holds keys, and only its owner may read it. */
export function profilesFile(env: Readonly<NodeJS.ProcessEnv>): string {
  return join(env.XDG_CONFIG_HOME ?? join(env.HOME ?? homedir(), '.config'), 'postrider', 'profiles.json');
}

/** The profiles that `postrider login` stored. @throws Fault if the file cannot be read. */
export function readProfiles(env: Readonly<NodeJS.ProcessEnv>): Profiles {
  const path = profilesFile(env);
  try {
    return stored.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return { current: null, profiles: {} };
    throw new Fault(`${path} cannot be read: delete it, and log in again.`, { cause: fault });
  }
}

/** Replaces the file as a whole, readable by its owner alone. */
export function writeProfiles(env: Readonly<NodeJS.ProcessEnv>, profiles: Profiles): void {
  const path = profilesFile(env);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, path);
}
