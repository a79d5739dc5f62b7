// Run by `npm version`: see "Releasing" in CONTRIBUTING.md. npm itself refuses a tree with changes, sets the version in
// package.json, commits and tags.
//
//   node tools/release.ts --check    before anything is changed: is there something to release?
//   node tools/release.ts            afterwards: everything else that states the version
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { release } from './changelog.ts';

const root = join(import.meta.dirname, '..');
const changelog = join(root, 'CHANGELOG.md');

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { cwd: root, stdio: 'inherit' });
}

/** The changelog after the release. */
function released(version: string): string {
  return release(readFileSync(changelog, 'utf8'), version, new Date().toISOString().slice(0, 10));
}

/** Keeps what this version stores and sends, unless an earlier one did the same. */
function keepStoredShapes(version: string): void {
  const stored = join(root, 'test/stored');
  const folders = readdirSync(stored, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const textOf = (folder: string) =>
    readdirSync(join(stored, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.json'))
      .sort()
      .map((file) => `${file}\n${readFileSync(join(stored, folder, file), 'utf8')}`)
      .join();
  const current = textOf('current');
  if (folders.some(({ name }) => name !== 'current' && textOf(name) === current)) return;
  cpSync(join(stored, 'current'), join(stored, version), { recursive: true });
}

if (process.argv.includes('--check')) released('next');
else {
  const version = process.env.npm_new_version;
  if (version === undefined) throw new Error('Use `npm version <major | minor | patch>`, which runs this.');
  writeFileSync(changelog, released(version));
  const constant = join(root, 'lambdas/runtime/version.ts');
  writeFileSync(constant, readFileSync(constant, 'utf8').replace(/VERSION = '.*'/, `VERSION = '${version}'`));
  keepStoredShapes(version);
  run('npm', 'version', version, '--workspaces', '--no-workspaces-update');
  run('npm', 'install', '--package-lock-only', '--ignore-scripts');
  run('npx', 'vitest', 'run', 'test/lambdas/api/openapi.test.ts', '--update');
  run('npm', 'run', 'client');
  run('git', 'add', '--all');
}
