#!/usr/bin/env node
// The command `postrider`. It is checked in, so that it exists as soon as the packages are installed: a missing bin would make npx
// ask the registry for a stranger's package of this name. The command itself is bundled when its sources have changed.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 12)) {
  console.error(
    `postrider needs Node.js 22.12 or newer; this is ${process.version}. In a checkout, run it by npx postrider.`,
  );
  process.exit(1);
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'node_modules', '.cache', 'postrider', 'cli');
const bundle = join(folder, 'postrider.mjs');
const record = join(folder, 'sources.json');

/** The sources of the bundle, with the time and size that each had; null if there is none yet. */
function recorded() {
  if (!existsSync(bundle) || !existsSync(record)) return null;
  return JSON.parse(readFileSync(record, 'utf8'));
}

/** A file's time of change and size; null if it is gone. */
function stateOf(path) {
  const found = statSync(join(root, path), { throwIfNoEntry: false });
  return found === undefined ? null : `${found.mtimeMs} ${found.size}`;
}

function isFresh() {
  try {
    const sources = recorded();
    return sources !== null && Object.entries(sources).every(([path, state]) => stateOf(path) === state);
  } catch {
    // A record that cannot be read is made again.
    return false;
  }
}

async function build() {
  const { build: bundleWith } = await import('esbuild');
  mkdirSync(folder, { recursive: true });
  const unfinished = `${bundle}.${process.pid}`;
  const { metafile } = await bundleWith({
    absWorkingDir: root,
    entryPoints: ['cli/main.ts'],
    outfile: unfinished,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    mainFields: ['module', 'main'],
    minify: true,
    keepNames: true,
    metafile: true,
    logLevel: 'warning',
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
  const sources = [...Object.keys(metafile.inputs), 'cli/postrider.mjs'].map((path) => [path, stateOf(path)]);
  // The bundle first, each by a rename: another run at the same time sees whole files, and at worst bundles again.
  rmSync(record, { force: true });
  renameSync(unfinished, bundle);
  writeFileSync(`${record}.${process.pid}`, JSON.stringify(Object.fromEntries(sources)));
  renameSync(`${record}.${process.pid}`, record);
}

if (!isFresh()) await build();
const { main } = await import(pathToFileURL(bundle).href);
await main();
