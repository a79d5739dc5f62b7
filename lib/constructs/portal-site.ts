import { fileURLToPath } from 'node:url';
import { SITE_FOLDER } from '../../lambdas/portal/config.ts';

const BUILD = fileURLToPath(new URL('../portal-site/build.ts', import.meta.url));

/**
 * The command that puts the portal's files beside its function's bundle: they are built if their sources have changed. It runs
 * only when the function is bundled, so the tests of the templates build nothing.
 */
export function portalSiteBeside(outputDir: string): string {
  return `"${process.execPath}" "${BUILD}" "${outputDir}/${SITE_FOLDER}"`;
}
