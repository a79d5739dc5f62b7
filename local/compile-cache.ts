import { fileURLToPath } from 'node:url';

/**
 * The folder in which Node keeps the compiled code of a local run and of its functions: compiling it again took a third of the
 * CPU of each start. Node compares the sources. The folder lies among the assemblies, and goes when it is a day old.
 */
export const compileCache = fileURLToPath(new URL('../node_modules/.cache/postrider/compiled', import.meta.url));
