import { expect, it } from 'vitest';
import client from '../../../client/package.json' with { type: 'json' };
import { VERSION } from '../../../lambdas/runtime/version.ts';
import manifest from '../../../package.json' with { type: 'json' };

it('the version of the product is that of its manifests', () => {
  expect([VERSION, client.version]).toEqual([manifest.version, manifest.version]);
});
