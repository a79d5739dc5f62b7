import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './command.ts';

/** The version that the tools require, and what a virtual environment needs. */
const CHECK = 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 10))';

/** The name of a Python 3.10 or later that can create virtual environments, or undefined. */
export function findPython(): string | undefined {
  return ['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.10'].find(
    (name) => spawnSync(name, ['-c', CHECK], { stdio: 'ignore' }).status === 0,
  );
}

export interface PythonToolOptions {
  readonly python: string;
  /** The package and version for pip: `tool==1.2.3`. */
  readonly requirement: string;
  /** The root of the repository; the environment is kept in its `.cache/`. */
  readonly root: string;
  readonly signal: AbortSignal;
}

/** Installs a package from PyPI into its own environment, unless it exists. @returns the folder of its programs. */
export async function pythonTool({ python, requirement, root, signal }: PythonToolOptions): Promise<string> {
  const environment = join(root, '.cache', requirement.replace('==', '-'));
  const programs = join(environment, 'bin');
  // Written last, so that an interrupted installation is repeated.
  const done = join(environment, 'installed');
  if (existsSync(done)) return programs;
  mkdirSync(dirname(environment), { recursive: true });
  const options = { cwd: root, env: process.env, signal };
  await run(python, ['-m', 'venv', environment], options);
  await run(join(programs, 'pip'), ['install', '--quiet', '--disable-pip-version-check', requirement], options);
  writeFileSync(done, '');
  return programs;
}
