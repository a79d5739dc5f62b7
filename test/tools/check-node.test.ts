import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../tools/check-node.cjs', import.meta.url));

/** Runs the check as npm does that was started with a version of Node.js. */
function startedWith(version: string) {
  const env = { ...process.env, npm_config_user_agent: `npm/11.0.0 node/v${version} linux x64 workspaces/false` };
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT], { env, encoding: 'utf8' });
  return { status, stderr };
}

it.each(['18.20.8', '20.20.2', '22.11.0'])(
  'tells whoever starts with Node.js %s in one line, and goes on',
  (version) => {
    const { status, stderr } = startedWith(version);

    expect(status).toBe(0);
    expect(stderr).toMatch(/^Postrider needs Node\.js 22\.12 or newer, and this is [\d.]+: .*\n$/);
    expect(stderr).toContain(version);
  },
);

it.each(['22.12.0', '24.9.0', '26.0.0', '100.0.0'])('says nothing to whoever starts with Node.js %s', (version) => {
  expect(startedWith(version)).toEqual({ status: 0, stderr: '' });
});
