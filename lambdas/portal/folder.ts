import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** How a file is kept besides its plain form. */
const encoding = z.enum(['br', 'gzip']);

export type Encoding = z.infer<typeof encoding>;

const EXTENSIONS: Readonly<Record<Encoding, string>> = { br: '.br', gzip: '.gz' };

const siteFile = z.object({
  type: z.string().min(1),
  /** Whether its name changes with its content. */
  immutable: z.boolean(),
  encodings: z.array(encoding),
});

/** The files of a site by their paths in it, as lib/portal-site/build.ts lists them. */
export const siteManifest = z.record(z.string(), siteFile);

export type SiteFile = z.infer<typeof siteFile>;

/** A folder that was built: only what its manifest names is ever read. */
export interface Folder {
  /** Undefined for every path that the build did not make. */
  file(path: string): SiteFile | undefined;
  /** The bytes of a file of the manifest, as base64; plain without an encoding. */
  read(path: string, encoding: Encoding | undefined): string;
}

/**
 * Opens a folder of built files. What was read stays in memory: all of it is a few hundred kilobytes.
 * @throws Error if there is no manifest: the folder was not built.
 */
export function openFolder(dir: string): Folder {
  const files = new Map(
    Object.entries(siteManifest.parse(JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8')))),
  );
  const kept = new Map<string, string>();
  return {
    file: (path) => files.get(path),
    read(path, encoding) {
      const name = encoding === undefined ? path : path + EXTENSIONS[encoding];
      const bytes = kept.get(name) ?? readFileSync(join(dir, 'files', name), 'base64');
      kept.set(name, bytes);
      return bytes;
    },
  };
}
