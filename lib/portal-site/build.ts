import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';

// Builds the portal, unless that was done from the same sources, and copies it to the folder that is named:
// `node lib/portal-site/build.ts <folder>`. A program of its own, since the bundler is asynchronous and the CDK is not.

const root = fileURLToPath(new URL('../../', import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'postrider');

/** Everything that the result depends on, relative to the repository. */
const SOURCES = ['portal', 'client', 'lib/portal-site', 'package-lock.json'] as const;

/** Every kind of file that the portal has. Another one stops the build, until somebody has said what it is. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const [into] = process.argv.slice(2);
if (into === undefined) throw new Error('Name the folder for the portal: node lib/portal-site/build.ts <folder>');
cpSync(await built(), into, { recursive: true });

/** The folder of the portal as the sources are now. */
async function built(): Promise<string> {
  const dir = join(cache, `portal-${digest()}`);
  if (!existsSync(dir)) {
    mkdirSync(cache, { recursive: true });
    const unfinished = mkdtempSync(join(cache, 'unfinished-portal-'));
    try {
      await build({
        root: join(root, 'portal'),
        logLevel: 'error',
        build: { outDir: join(unfinished, 'files'), emptyOutDir: true },
      });
      writeFileSync(join(unfinished, 'manifest.json'), JSON.stringify(compressed(join(unfinished, 'files'))));
      moveInto(unfinished, dir);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  const now = new Date();
  // A start of the local product removes what nobody has used for a day.
  utimesSync(dir, now, now);
  return dir;
}

/** Another build that began at the same time may have been faster; its result is the same. */
function moveInto(unfinished: string, dir: string): void {
  try {
    renameSync(unfinished, dir);
  } catch (error) {
    if (!existsSync(dir)) throw error;
  }
}

function digest(): string {
  const hash = createHash('sha256').update(process.version);
  for (const path of SOURCES.flatMap((source) => filesBelow(join(root, source)))) {
    hash.update(`\0${relative(root, path)}\0`).update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 16);
}

function filesBelow(path: string): string[] {
  if (extname(path) === '.json') return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !relative(path, entry.parentPath).split(sep).includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Writes each file's compressed forms beside it, where they are smaller, and lists what there is. */
function compressed(dir: string): Record<string, object> {
  const paths = filesBelow(dir);
  return Object.fromEntries(
    paths.map((path) => {
      const type = TYPES[extname(path)];
      const name = relative(dir, path).replaceAll(sep, '/');
      if (type === undefined) throw new Error(`The portal has a file of an unknown kind, ${name}: name its type here.`);
      const bytes = readFileSync(path);
      const forms = [
        ['br', '.br', brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } })],
        ['gzip', '.gz', gzipSync(bytes, { level: 9 })],
      ] as const;
      const smaller = forms.filter(([, , form]) => form.length < bytes.length);
      for (const [, extension, form] of smaller) writeFileSync(path + extension, form);
      const encodings = smaller.map(([encoding]) => encoding);
      return [name, { type, immutable: name.startsWith('assets/'), encodings }];
    }),
  );
}
