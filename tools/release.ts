// Run by `npm version`: see "Releasing" in CONTRIBUTING.md. npm itself refuses a tree with changes, sets the version in
// package.json, commits and tags.
//
//   node tools/release.ts --check    before anything is changed: is there something to release?
//   node tools/release.ts            afterwards: everything else that states the version
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
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

if (process.argv.includes('--check')) released('next');
else {
  const version = process.env.npm_new_version;
  if (version === undefined) throw new Error('Use `npm version <major | minor | patch>`, which runs this.');
  writeFileSync(changelog, released(version));
  run('npm', 'version', version, '--workspace', 'client', '--no-workspaces-update');
  run('npm', 'install', '--package-lock-only', '--ignore-scripts');
  run('npx', 'vitest', 'run', 'test/lambdas/api/openapi.test.ts', '--update');
  run('npm', 'run', 'client');
  run('git', 'add', '--all');
}
