import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { UsageFault } from '../../../cli/explain.ts';
import { checks } from '../../../tools/confirm/checks.ts';
import { readOptions } from '../../../tools/confirm/options.ts';
import { template } from '../../../tools/confirm/own-stack.ts';
import { factsOf, withVerdicts } from '../../../tools/confirm/page.ts';
import { report } from '../../../tools/confirm/report.ts';

const page = `# Facts

| id | fact | what relies on it | if it is wrong | confirmed |
|---|---|---|---|---|
| \`one-fact\` | It \`is\` so | [deploy.md](deploy.md) | it fails | no |
| \`another\` | So | all | nothing | yes, 2026-01-01, us-east-1 |
| \`third\` | So too | some | nothing | no |
`;
const verdicts = new Map([
  ['one-fact', { result: 'refuted', seen: 'it is not' }],
  ['another', { result: 'unclear', seen: 'nothing' }],
  ['third', { result: 'confirmed', seen: 'it is' }],
] as const);

describe('the page', () => {
  it('gets date and region in its last column where there is an answer', () => {
    const written = withVerdicts(page, verdicts, { date: '2026-12-01', region: 'eu-central-1' });

    expect(factsOf(written).map(({ id, confirmed }) => [id, confirmed])).toEqual([
      ['one-fact', '**refuted**, 2026-12-01, eu-central-1'],
      ['another', 'yes, 2026-01-01, us-east-1'],
      ['third', 'yes, 2026-12-01, eu-central-1'],
    ]);
    expect(written.split('\n')).toHaveLength(page.split('\n').length);
  });
});

describe('the report', () => {
  it('shows each verdict with what relies on it, and what follows from a refuted one', () => {
    const shown = report(factsOf(page), verdicts);

    expect(shown).toMatch(/^one-fact +refuted +it is not +deploy\.md$/m);
    expect(shown).toContain('one-fact is refuted: It is so.\n  Seen: it is not.\n  So: it fails.');
    expect(shown).toContain('1 confirmed, 1 refuted, 1 unclear.');
  });

  it('shows only what was asked', () => {
    expect(report(factsOf(page), new Map([['third', { result: 'confirmed', seen: 'it is' }]]))).not.toContain(
      'another',
    );
  });
});

describe('the command line', () => {
  it('needs a stage and a region', () => {
    expect(() => readOptions(['--region', 'us-east-1'], {})).toThrow('--stage is required');
    expect(() => readOptions(['--stage', 'dev'], { AWS_DEFAULT_REGION: 'us-east-1' })).toThrow(
      '--region or AWS_REGION',
    );
    expect(readOptions(['--stage', 'dev'], { AWS_REGION: 'us-east-1' })).toMatchObject({
      stage: 'dev',
      region: 'us-east-1',
      write: false,
      yes: false,
      only: checks.map(({ id }) => id),
    });
  });

  it('takes some of the facts', () => {
    const only = (ids: string) => readOptions(['--stage', 'dev', '--region', 'us-east-1', '--only', ids], {});

    expect(only('count-settles,clocks-agree')).toMatchObject({ only: ['count-settles', 'clocks-agree'] });
    expect(() => only('count-settles,nope')).toThrow(UsageFault);
  });

  it.each([
    [[], 'a stage', '--stage is required'],
    [['--stage', 'dev', '--region', 'us-east-1'], 'credentials', 'No AWS credentials found'],
  ])('given %j ends with 2 without %s', async (args, _, advice) => {
    const command = fileURLToPath(new URL('../../../tools/confirm/run.ts', import.meta.url));
    const child = spawn(process.execPath, [command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' },
    });
    const code = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);

    expect({ code: await code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(advice);
  });
});

describe('the stack of a run', () => {
  const stack = template() as {
    Outputs: object;
    Resources: Record<string, { Properties: { Code?: { ZipFile: string } } }>;
  };
  const folder = new URL('../../../tools/confirm/checks/', import.meta.url);
  const sources = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'));

  it('has every output that a check asks for, and no other', () => {
    const asked = sources.flatMap((source) => [...source.matchAll(/own\('(\w+)'\)/g)].map(([, name]) => name));
    // cli/admin-key.ts asks for this one.
    expect([...new Set([...asked, 'RegistryTableName'])].toSorted()).toEqual(Object.keys(stack.Outputs).toSorted());
  });

  it('is within the limits of inline templates and functions', () => {
    expect(Buffer.byteLength(JSON.stringify(stack))).toBeLessThan(51_200);
    const codes = Object.values(stack.Resources).flatMap(({ Properties }) => Properties.Code?.ZipFile ?? []);
    expect(codes.length).toBeGreaterThan(5);
    for (const code of codes) expect(code.length).toBeLessThanOrEqual(4_096);
  });
});
