import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';

const root = resolve(import.meta.dirname, '../..');
const client = join(root, 'client');

/** Runs the client's own script, but to standard output. */
function generate(): string {
  const { scripts } = z
    .object({ scripts: z.object({ generate: z.string() }) })
    .parse(JSON.parse(readFileSync(join(client, 'package.json'), 'utf8')));
  const [, ...args] = scripts.generate.replace(/ --output \S+$/, '').split(' ');
  const installed = createRequire(join(client, 'package.json')).resolve('openapi-typescript/package.json');
  const program = join(dirname(installed), 'bin/cli.js');
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...args], { cwd: client, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  return stdout;
}

describe("the client's types", () => {
  it('are those of docs/openapi.json (refresh: npm run generate --workspace client)', { timeout: 60_000 }, () => {
    expect(generate()).toBe(readFileSync(join(client, 'schema.d.ts'), 'utf8'));
  });

  it('can be used by Node without a build', () => {
    const program = "const { createClient } = await import('@postrider/client'); console.log(typeof createClient);";

    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: root,
      encoding: 'utf8',
    });

    expect(stdout, stderr).toBe('function\n');
  });
});
