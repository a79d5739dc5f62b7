import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { FunctionHost, type FunctionOptions } from '../../local/functions/function-host.ts';

const bundle = `
import { readlinkSync } from 'node:fs';
import { getPriority } from 'node:os';
let calls = 0;
export async function handler(event, context) {
  calls += 1;
  if (event.act === 'niceness') return getPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)));
  if (event.act === 'throw') throw new TypeError('not today');
  if (event.act === 'crash') setImmediate(() => { throw new Error('crashed'); });
  if (event.act === 'crash' || event.act === 'hang') return new Promise(() => {});
  if (event.act === 'spin') for (;;);
  if (event.act === 'wait') return new Promise((resolve) => setTimeout(resolve, event.ms, 'waited'));
  if (event.act === 'large') return 'x'.repeat(6 * 1024 * 1024);
  return { calls, given: process.env.GIVEN, home: process.env.HOME, name: context.functionName,
           left: context.getRemainingTimeInMillis() > 0, request: typeof context.awsRequestId };
}`;

const payload = z.object({ payload: z.string() });

let dir: string;
let host: FunctionHost | undefined;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'postrider-function-'));
  writeFileSync(join(dir, 'index.mjs'), bundle);
});
afterEach(() => host?.stop());
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('a local Lambda function', () => {
  it('runs the bundle with its own environment and a Lambda context', async () => {
    const run = await loaded();

    expect(await run({})).toEqual({
      ok: true,
      payload: JSON.stringify({ calls: 1, given: 'yes', name: 'fn', left: true, request: 'string' }),
    });
  });

  it('stays warm between invocations', async () => {
    const run = await loaded();
    await run({});

    expect(await run({})).toMatchObject({ payload: expect.stringContaining('"calls":2') });
  });

  it('runs the invocations of another trigger in a worker of its own, and ends both', async () => {
    const run = await loaded();
    const other = host?.another({ isBackground: false }) ?? expect.fail('no function');
    await run({});

    expect(await other.invoke('{}')).toMatchObject({ payload: expect.stringContaining('"calls":1') });
    const hanging = [run({ act: 'hang' }), other.invoke('{"act":"hang"}')];
    await host?.stop();
    expect(await Promise.all(hanging)).toMatchObject([{ ok: false }, { ok: false }]);
  });

  it.runIf(process.platform === 'linux')(
    'leaves more of the CPU to the others if a trigger is in the background',
    async () => {
      const run = await loaded();
      const equal = host?.another({ isBackground: false }) ?? expect.fail('no function');
      const other = host?.another({ isBackground: true }) ?? expect.fail('no function');
      const niceness = async (outcome: Promise<unknown>) => JSON.parse(payload.parse(await outcome).payload);

      expect(await niceness(run({ act: 'niceness' }))).toBe(getPriority());
      expect(await niceness(equal.invoke('{"act":"niceness"}'))).toBe(getPriority());
      expect(await niceness(other.invoke('{"act":"niceness"}'))).toBeGreaterThan(getPriority());
    },
  );

  it('fails an invocation whose handler throws', async () => {
    const run = await loaded();

    expect(await run({ act: 'throw' })).toMatchObject({ ok: false, error: { errorType: 'TypeError' } });
  });

  it('fails an invocation that takes longer than its timeout', async () => {
    const run = await loaded({ timeoutMs: 1 });

    expect(await run({ act: 'hang' })).toMatchObject({ ok: false, error: { errorType: 'Sandbox.Timedout' } });
  });

  it.each(['hang', 'spin'])('ends the code of an invocation that timed out (%s), and goes on cold', async (act) => {
    const outputs: Readable[] = [];
    const run = await loaded({ timeoutMs: 1_000, onOutput: (_, stream) => outputs.push(stream.resume()) });
    const [ofFirst = expect.fail('no worker')] = outputs;
    // The output of a worker ends with it.
    const ended = once(ofFirst, 'close');

    expect(await run({ act })).toMatchObject({ error: { errorType: 'Sandbox.Timedout' } });
    expect(await run({})).toMatchObject({ payload: expect.stringContaining('"calls":1') });
    await ended;
  });

  it('lets the other invocations of a worker end in which one timed out', async () => {
    const run = await loaded({ timeoutMs: 1_000 });
    const hanging = run({ act: 'hang' });
    await sleep(500);
    const other = run({ act: 'wait', ms: 700 });

    expect(await hanging).toMatchObject({ error: { errorType: 'Sandbox.Timedout' } });
    expect(await run({})).toMatchObject({ payload: expect.stringContaining('"calls":1') });
    expect(await other).toEqual({ ok: true, payload: '"waited"' });
  });

  it('fails all running invocations if its code crashes, and restarts cold', async () => {
    const run = await loaded();
    await run({});

    const outcomes = await Promise.all([run({ act: 'hang' }), run({ act: 'crash' })]);

    expect(outcomes).toMatchObject([
      { ok: false, error: { errorMessage: expect.stringContaining('crashed') } },
      { ok: false, error: { errorMessage: expect.stringContaining('crashed') } },
    ]);
    expect(await run({})).toMatchObject({ payload: expect.stringContaining('"calls":1') });
  });

  it('refuses a response over 6 MiB', async () => {
    const run = await loaded();

    expect(await run({ act: 'large' })).toMatchObject({ error: { errorType: 'Function.ResponseSizeTooLarge' } });
  });

  it('does not load if its top level throws', async () => {
    writeFileSync(join(dir, 'broken.mjs'), 'throw new Error("REGISTRY_TABLE is missing");');

    await expect(loaded({ modulePath: join(dir, 'broken.mjs') })).rejects.toMatchObject({
      message: 'The function fn cannot be loaded.',
      cause: { message: 'REGISTRY_TABLE is missing' },
    });
  });
});

async function loaded({
  timeoutMs = 10_000,
  modulePath = join(dir, 'index.mjs'),
  onOutput = (_, stream) => stream.resume(),
}: Partial<FunctionOptions> = {}) {
  const created = new FunctionHost({
    label: 'fn',
    name: 'fn',
    arn: 'arn:fn',
    modulePath,
    handlerName: 'handler',
    timeoutMs,
    memoryMb: 512,
    env: { GIVEN: 'yes' },
    onOutput,
  });
  host = created;
  await created.load();
  return (event: object) => created.invoke(JSON.stringify(event));
}
