import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { LivingSecrets } from '../../../core/signing/sign.ts';
import { posted } from '../../support/posted.ts';
import { findPython, pythonTool } from '../../support/python.ts';
import type { Posted } from '../../support/verifiers.ts';

const root = resolve(import.meta.dirname, '../../..');
const python = findPython();
let interpreter = '';

beforeAll(async () => {
  if (python === undefined) return;
  const requirement = readFileSync(join(root, 'examples/python/requirements.txt'), 'utf8').trim();
  const { signal } = new AbortController();
  interpreter = join(await pythonTool({ python, requirement, root, signal }), 'python');
});

/** Whether the library accepts each webhook with this secret; a raw secret is the key itself. */
function verdicts(cases: readonly (Posted & { secret: string; isRaw?: boolean })[]): boolean[] {
  const input = JSON.stringify(cases.map((one) => ({ isRaw: false, ...one })));
  const program = join(import.meta.dirname, 'verify.py');
  return z.array(z.boolean()).parse(JSON.parse(execFileSync(interpreter, [program], { input, encoding: 'utf8' })));
}

describe.skipIf(python === undefined)('with the library for Python (3.10 or newer)', () => {
  it('a webhook verifies with secrets of every length, padded or not, whatever the body', () => {
    const lengths = Array.from({ length: 52 }, (_, index) => 24 + index);
    const secrets = lengths.flatMap((length) => {
      const padded = `whsec_${Buffer.alloc(length, `key of ${length}`).toString('base64')}`;
      return [padded, padded.replace(/=+$/, '')];
    });
    const cases = secrets.map((secret) => ({ secret, ...posted('standard', [secret], '{"é":"🚀"}') }));
    expect(verdicts(cases)).toEqual(secrets.map(() => true));
  });

  it('it verifies with each current secret, but not with another one or a changed byte', () => {
    const secretOf = (fill: string) => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;
    const [newest, older, ended] = [secretOf('n'), secretOf('o'), secretOf('e')];
    const living: LivingSecrets = [newest, older, 'a-text-é'];
    const post = posted('standard', living);
    const changed = { ...post, body: `${post.body} ` };
    expect(
      verdicts([
        { secret: newest, ...post },
        { secret: older, ...post },
        { secret: 'a-text-é', isRaw: true, ...post },
        { secret: ended, ...post },
        { secret: newest, ...changed },
      ]),
    ).toEqual([true, true, true, false, false]);
  });
});
