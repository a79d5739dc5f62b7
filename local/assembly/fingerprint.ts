import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** All inputs of the templates and bundles, relative to the repository. */
const SOURCES = [
  'bin',
  'lib',
  'lambdas',
  'core',
  'adapters',
  'portal',
  'client',
  'cdk.json',
  'package.json',
  'package-lock.json',
];

/** A digest of all sources of the cloud assembly and of the given settings: the same digest means the same assembly. */
export function fingerprint(root: string, settings = ''): string {
  const hash = createHash('sha256').update(process.version).update(settings);
  for (const source of SOURCES) {
    for (const file of filesBelow(root, source)) {
      hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

function filesBelow(root: string, path: string): string[] {
  try {
    const entries = readdirSync(join(root, path), { withFileTypes: true });
    return entries
      .filter(({ name }) => name !== 'node_modules')
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) => (entry.isDirectory() ? filesBelow(root, join(path, entry.name)) : [join(path, entry.name)]));
  } catch (error) {
    if (isCode(error, 'ENOTDIR')) return [path];
    if (isCode(error, 'ENOENT')) return [];
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
