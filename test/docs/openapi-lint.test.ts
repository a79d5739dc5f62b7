import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';

const root = resolve(import.meta.dirname, '../..');
const linter = resolve(root, 'node_modules/.bin/redocly');
const report = z.object({
  totals: z.object({ errors: z.number(), warnings: z.number(), ignored: z.number() }),
  problems: z.array(z.unknown()),
});
/** Disables the linter's telemetry and update check. */
const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };

describe('docs/openapi.json', () => {
  it('passes the recommended rules of an OpenAPI linter, without a warning', { timeout: 60_000 }, () => {
    const args = [linter, 'lint', 'docs/openapi.json', '--extends', 'recommended-strict', '--format', 'json'];

    const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' });

    const { totals, problems } = report.parse(JSON.parse(stdout));
    expect({ totals, problems, status }, stderr).toEqual({
      totals: { errors: 0, warnings: 0, ignored: 0 },
      problems: [],
      status: 0,
    });
  });
});
