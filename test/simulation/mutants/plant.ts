import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Mutant } from './mutant.ts';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Plants a bug for every module that this thread loads from now on. */
export function plant({ file, find, replace }: Mutant): void {
  const url = new URL(file, new URL('../../..', import.meta.url)).href;
  registerHooks({
    load(address, context, nextLoad) {
      const loaded = nextLoad(address, context);
      if (address !== url) return loaded;
      const source = String(loaded.source);
      if (source.split(find).length !== 2) throw new Error(`The text to replace must occur once in ${file}: ${find}`);
      return { ...loaded, source: source.replace(find, () => replace) };
    },
  });
}
