import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDERS = [
  'bin',
  'lib',
  'lambdas',
  'core',
  'adapters',
  'local',
  'cli',
  'bench',
  'soak',
  'client',
  'portal',
  'examples',
  'tools',
];
/** Third-party or generated code. */
const FOREIGN = /node_modules|\.d\.ts$/;

interface Import {
  from: string;
  /** A path from the root, or a package name. */
  to: string;
  isPackage: boolean;
}

function sources(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file) && !FOREIGN.test(file))
      .map((file) => join(folder, file)),
  );
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = text.matchAll(/(?:from\s+|import\(\s*|^import\s+)'([^']+)'/gm);
  return [...found].map(([, name = '']) =>
    name.startsWith('.')
      ? { from: file, to: normalize(join(dirname(file), name)), isPackage: false }
      : { from: file, to: name, isPackage: true },
  );
}

const IMPORTS = sources().flatMap(importsOf);
const inside = (folder: string) => (path: string) => path.startsWith(`${folder}/`);
const within = (folder: string) => IMPORTS.filter(({ from }) => inside(folder)(from));
const show = (edges: Import[]) => edges.map(({ from, to }) => `${from} -> ${to}`);

/** The adapter folder of an external system, such as adapters/sqs. */
const adapterOf = (path: string) => path.split('/').slice(0, 2).join('/');
const SHARED_BY_ADAPTERS = ['adapters/aws-client.ts'];
/** Composition roots: the only places that construct adapters. */
const MAY_USE_ADAPTERS = ['adapters', 'lambdas', 'local', 'cli', 'bench'];

describe('dependencies point inward', () => {
  it('finds the sources', () => {
    expect(IMPORTS.length).toBeGreaterThan(200);
  });

  it('core imports only itself, the schema library and node:crypto', () => {
    const wrong = within('core').filter(({ to, isPackage }) =>
      isPackage ? !['zod', 'node:crypto'].includes(to) : !inside('core')(to),
    );
    expect(show(wrong)).toEqual([]);
  });

  it('adapters import core, and never each other', () => {
    const wrong = within('adapters').filter(({ from, to, isPackage }) => {
      if (isPackage || inside('core')(to) || SHARED_BY_ADAPTERS.includes(to)) return false;
      return !inside('adapters')(to) || (adapterOf(to) !== adapterOf(from) && !from.startsWith(adapterOf(to)));
    });
    expect(show(wrong)).toEqual([]);
  });

  it('only composition roots construct adapters', () => {
    const wrong = IMPORTS.filter(
      ({ from, to, isPackage }) =>
        !isPackage && inside('adapters')(to) && !MAY_USE_ADAPTERS.some((folder) => inside(folder)(from)),
    );
    expect(show(wrong)).toEqual([]);
  });

  it('nothing imports a test', () => {
    expect(show(IMPORTS.filter(({ to }) => inside('test')(to)))).toEqual([]);
  });

  it('a Lambda never imports another', () => {
    const lambdaOf = (path: string) => path.split('/')[1];
    const wrong = within('lambdas').filter(
      ({ from, to }) => inside('lambdas')(to) && lambdaOf(to) !== lambdaOf(from) && lambdaOf(to) !== 'runtime',
    );
    expect(show(wrong)).toEqual([]);
  });

  it('the client and its examples use the API only over HTTP', () => {
    const libraries = /^(openapi-fetch|standardwebhooks|@postrider\/client|node:[\w/]+)$/;
    const wrong = ['client', 'examples'].flatMap((folder) =>
      within(folder).filter(({ to, isPackage }) => (isPackage ? !libraries.test(to) : !inside(folder)(to))),
    );
    expect(show(wrong)).toEqual([]);
  });

  it('the portal knows the API by its client alone, and the pages do not know each other', () => {
    const libraries = /^(react|react-dom|@tanstack\/react-(query|router)|@postrider\/client)(\/.*)?$/;
    const building = ['portal/vite.config.ts'];
    const pagesOf = (path: string) => /^portal\/src\/pages\/([\w-]+)\//.exec(path)?.[1];
    const wrong = within('portal')
      .filter(({ from }) => !building.includes(from))
      .filter(({ from, to, isPackage }) => {
        if (isPackage) return !libraries.test(to);
        if (!inside('portal/src')(to)) return true;
        // The router names all pages; whatever two folders of pages share is a component, or a feature.
        const [own, other] = [pagesOf(from), pagesOf(to)];
        return other !== undefined && from !== 'portal/src/router.tsx' && own !== other;
      });
    expect(show(wrong)).toEqual([]);
  });

  it('infrastructure and runtime meet only at the environment contract and the table of metrics', () => {
    const allowed = (to: string) => /^lambdas\/(\w+\/config|runtime\/(?:env|metric-table))\.ts$/.test(to);
    const wrong = [...within('lib'), ...within('bin')].filter(
      ({ to, isPackage }) => !isPackage && !inside('lib')(to) && !allowed(to),
    );
    expect(show(wrong)).toEqual([]);
  });

  it('no runtime code imports the CDK or lib', () => {
    const runtime = ['core', 'adapters', 'lambdas'].flatMap(within);
    const wrong = runtime.filter(({ to }) => inside('lib')(to) || to.startsWith('aws-cdk') || to === 'constructs');
    expect(show(wrong)).toEqual([]);
  });
});

describe('the folders of core', () => {
  const folderOf = (path: string) => (path.split('/').length === 2 ? 'core' : (path.split('/')[1] ?? ''));
  const edges = within('core')
    .filter(({ from, to, isPackage }) => !isPackage && folderOf(from) !== folderOf(to))
    .map(({ from, to }) => ({ from: folderOf(from), to: folderOf(to) }));
  const reachedFrom = (folder: string, seen = new Set<string>()): Set<string> => {
    for (const { from, to } of edges) {
      if (from !== folder || seen.has(to)) continue;
      seen.add(to);
      reachedFrom(to, seen);
    }
    return seen;
  };

  it('have no import cycles', () => {
    const inRing = [...new Set(edges.map(({ from }) => from))].filter((folder) => reachedFrom(folder).has(folder));
    expect(inRing).toEqual([]);
  });

  it('are imported by no file directly in core', () => {
    expect(edges.filter(({ from }) => from === 'core')).toEqual([]);
  });

  it('hold at most a third of its lines each', () => {
    const lines = new Map<string, number>();
    for (const file of sources().filter(inside('core'))) {
      const length = readFileSync(join(ROOT, file), 'utf8').split('\n').length;
      lines.set(folderOf(file), (lines.get(folderOf(file)) ?? 0) + length);
    }
    const total = [...lines.values()].reduce((sum, count) => sum + count, 0);
    expect([...lines].filter(([, count]) => count > total / 3)).toEqual([]);
  });
});

describe('the code stays tidy', () => {
  const texts = sources().map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));
  const naming = (pattern: RegExp, folders: string[], except: RegExp = /^$/) =>
    texts
      .filter(({ file, text }) => folders.some((folder) => inside(folder)(file)) && pattern.test(text))
      .map(({ file }) => relative('.', file))
      .filter((file) => !except.test(file));

  it('reads the environment in one place of the runtime', () => {
    const except = /^lambdas\/runtime\/(env|sdk\/credentials)\.ts$/;
    expect(naming(/process\.env/, ['core', 'adapters', 'lambdas', 'lib'], except)).toEqual([]);
  });

  it('injects time and randomness', () => {
    expect(naming(/Date\.now\(|Math\.random\(|new Date\(\)|randomBytes\(|randomUUID\(/, ['core'])).toEqual([]);
  });

  it('logs only through the logger', () => {
    expect(naming(/console\.\w+\(/, ['core', 'adapters', 'lambdas', 'lib'])).toEqual([]);
  });

  it('limits every file to 300 lines', () => {
    const long = texts.filter(({ text }) => text.split('\n').length > 301).map(({ file }) => file);
    expect(long).toEqual([]);
  });

  it('keeps handlers thin', () => {
    const thick = texts
      .filter(({ file, text }) => /^lambdas\/\w+\/handler\.ts$/.test(file) && text.split('\n').length > 101)
      .map(({ file }) => file);
    expect(thick).toEqual([]);
  });
});
