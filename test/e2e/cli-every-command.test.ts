import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@postrider/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describedProgram } from '../../cli/program.ts';
import type { AnyCommand } from '../../cli/runtime/command.ts';
import { seedUnreadable } from '../openapi/seed.ts';
import type { CliOptions } from '../support/cli.ts';
import { type CommandLine, commandLine } from './support/command-line.ts';
import { untilDelivery } from './support/deliveries.ts';
import { always } from './support/receivers.ts';
import { openTenant } from './support/tenant.ts';
import { useProduct } from './support/use-product.ts';

const product = useProduct({ scheduleSeconds: 2, circuitFailures: 1_000 });
const NONE = '01kapj1b6g2h4k6m8n0q3s5v7x';
const ENDPOINT = `ep_${NONE}`;
const DELIVERY = `dlv_${NONE}_${NONE}`;
const AGO = '1h';

const folder = mkdtempSync(join(tmpdir(), 'postrider-every-'));
const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const body = file('body', '{}');
const headers = file('headers', 'webhook-id: x');
const schemas = mkdtempSync(join(folder, 'schemas-'));
writeFileSync(join(schemas, 'every.pushed.json'), '{"description":"Pushed."}');

let cli: CommandLine;
beforeAll(() => {
  cli = commandLine(product());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a command is called with to ask the API; of nothing that there is, unless the API knows no ids of it. */
const ASKS: Readonly<Record<string, readonly string[]>> = {
  whoami: [],
  login: [],
  status: [],
  doctor: [],
  'event-types list': [],
  'event-types get': ['a'],
  'event-types put': ['a', '--data', '{}'],
  'event-types delete': ['a', '--yes'],
  'event-types diff': [schemas],
  'event-types push': [schemas],
  'events list': [],
  'events get': [`evt_${NONE}`],
  'events publish': ['--type', 'a', '--data', '1'],
  trigger: ['a', '--data', '1', '--wait'],
  tail: [],
  'endpoints list': [],
  'endpoints get': [ENDPOINT],
  'endpoints create': ['--url', 'https://example.com', '--event-type', 'a'],
  'endpoints update': [ENDPOINT, '--data', '{}'],
  'endpoints pause': [ENDPOINT],
  'endpoints resume': [ENDPOINT],
  'endpoints delete': [ENDPOINT, '--yes'],
  'endpoints test': [ENDPOINT],
  'endpoints stats': [ENDPOINT],
  'secret reveal': [ENDPOINT],
  'secret rotate': [ENDPOINT, '--yes'],
  'filters try': ['data', '--event', `evt_${NONE}`],
  'deliveries list': [],
  'deliveries get': [DELIVERY],
  'deliveries request': [DELIVERY],
  'deliveries replay': [DELIVERY],
  'deliveries send-now': [DELIVERY],
  recover: [ENDPOINT, '--since', AGO, '--yes'],
  'replay-missing': [ENDPOINT, '--since', AGO, '--yes'],
  redrive: ['--yes'],
  'jobs list': [],
  'jobs get': [`job_${NONE}`],
  'jobs watch': [`job_${NONE}`],
  'jobs cancel': [`job_${NONE}`],
  'unreadable list': [],
  'unreadable get': [`ltr_fanout_2026-11-22_${'0'.repeat(64)}`],
  'tenants list': [],
  'keys list': [],
  'keys create': ['--name', 'n', '--role', 'viewer'],
  'keys revoke': [`key_${NONE}`, '--yes'],
  'sessions list': [],
  'sessions end': [`ses_${NONE}`, '--yes'],
  portal: ['acme', '--print'],
  'audit list': ['--follow'],
  verify: ['--endpoint', ENDPOINT, '--headers', headers, '--body', body],
  sign: ['--endpoint', ENDPOINT, '--body', body],
  api: ['GET', '/v1/events'],
};
/** What a command is called with that asks SQS. Its engine on one machine takes any credentials. */
const ASKS_SQS: Readonly<Record<string, readonly string[]>> = {
  'dlq list': [],
  'dlq peek': ['stats'],
  'dlq redrive': ['stats', '--yes'],
  'dlq stop': ['stats'],
};
const ASKS_NOBODY = ['profile list', 'profile use', 'completion'];
/** Of DynamoDB, CloudFormation and STS: test/cli/admin-key.test.ts. */
const ASKS_AWS = ['admin-key'];

/** Every command that does something, by its name. */
function commandNames(command: AnyCommand, name = ''): string[] {
  // Shells call `complete`; people do not.
  const children = (command.commands as AnyCommand[]).filter((child) => child.name() !== 'complete');
  if (children.length === 0) return [name];
  return children.flatMap((child) => commandNames(child, `${name} ${child.name()}`.trim()));
}
const names = commandNames(describedProgram());
const linesOf = (asks: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(asks).map(([name, args]) => [...name.split(' '), ...args]);

describe('every command', { timeout: 60_000 }, () => {
  it('is among those below', () => {
    const asked = [...Object.keys(ASKS), ...Object.keys(ASKS_SQS), ...ASKS_NOBODY, ...ASKS_AWS];
    expect(asked.sort()).toEqual(names.toSorted());
  });

  it('refuses a wrong flag with exit code 2', async () => {
    for (const name of names) {
      const { code, stdout, stderr } = await cli.run([...name.split(' '), '--no-such-flag']);
      expect({ name, code, stdout, stderr }).toEqual({ name, code: 2, stdout: '', stderr: expect.stringMatching(/./) });
      expect(stderr).not.toMatch(/\n +at /);
    }
  });

  it('shows an example in its help, on the standard output', async () => {
    for (const name of names) {
      const { code, stdout, stderr } = await cli.run([...name.split(' '), '--help']);
      expect({ name, code, stdout, stderr }).toEqual({
        ...{ name, code: 0, stderr: '' },
        stdout: expect.stringMatching(new RegExp(`\nExample: .+\n +.*postrider ${name}`)),
      });
    }
  });

  it('says with exit code 4 that its key is not one', async () => {
    const env = { POSTRIDER_API_KEY: 'pr_nobody', POSTRIDER_API_URL: product().target.apiUrl };
    for (const args of linesOf(ASKS)) {
      const { code, stdout, stderr } = await cli.run(args, { env });
      expect({ args, code, stdout }).toEqual({ args, code: 4, stdout: '' });
      expect(stderr).toMatch(/^postrider: Answered 401 by .+\n$/);
    }
  });

  it('says with exit code 1 that nobody is at the address, whatever standard input does', async () => {
    const nowhere = 'http://127.0.0.1:1';
    writeFileSync(join(folder, 'outputs.json'), JSON.stringify(outputsAt(nowhere)));
    const env = { POSTRIDER_API_KEY: 'pr_any', POSTRIDER_API_URL: nowhere, POSTRIDER_DATA: folder };
    for (const args of [...linesOf(ASKS), ...linesOf(ASKS_SQS)]) {
      const { code, stdout, stderr } = await cli.run(args, { env, idleStdin: true });
      expect({ args, code, stdout }).toEqual({ args, code: 1, stdout: '' });
      expect(stderr).toMatch(/^postrider: (Nothing answers at|AWS cannot be reached\.) .*127\.0\.0\.1:1\b.*\n$/);
    }
  });

  it('wants --yes where nobody can be asked, if it cannot be undone, and waits for no answer', async () => {
    const lines = [...linesOf(ASKS), ...linesOf(ASKS_SQS)].filter((line) => line.includes('--yes'));
    expect(lines.map(([first]) => first).sort()).toEqual([
      ...['dlq', 'endpoints', 'event-types', 'keys', 'recover', 'redrive', 'replay-missing', 'secret', 'sessions'],
    ]);
    for (const args of lines) {
      const given = args.filter((arg) => arg !== '--yes');
      const { code, stdout, stderr } = await cli.run(given, { idleStdin: true });
      expect({ args, code, stdout, stderr }).toEqual({
        ...{ args, code: 2, stdout: '' },
        stderr: expect.stringContaining('Pass --yes to do it.'),
      });
    }
  });

  it('waits for no key that nobody sends', async () => {
    const env = { POSTRIDER_API_KEY: undefined };
    const { code, stdout, stderr } = await cli.run(['login', '--url', 'http://127.0.0.1:1'], { env, idleStdin: true });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('POSTRIDER_API_KEY');
  });
});

/** The outputs of a product at an address. */
function outputsAt(url: string): Record<string, string> {
  const { outputs } = product().target;
  const names = ['Rule', 'Fanout', '', 'Jobs', 'Stats', 'Continuations'].map((name) => `${name}DeadLetterQueueUrl`);
  const queues = Object.fromEntries(names.map((name) => [name, `${url}/000000000000/${name}`]));
  return { ...outputs, ...queues, ApiUrl: url, AwsEndpointUrl: url };
}

/** A command of a walk through all of them: it reads, or it does something, and may end with these exit codes. */
interface Step {
  readonly name: string;
  /** A function: made when its turn comes. */
  readonly args: readonly string[] | (() => Promise<readonly string[]>);
  readonly reads?: boolean;
  readonly codes?: readonly number[];
  /** Made for each run. */
  readonly options?: () => CliOptions;
}

/** A walk through all commands, over a tenant that has some of everything. */
async function steps(tenant: Awaited<ReturnType<typeof openTenant>>): Promise<Step[]> {
  const { api, name } = tenant;
  const { endpoint } = await tenant.subscribe({ event_types: ['a'] });
  const failing = await tenant.subscribe(
    { event_types: ['fails'], retry_policy: { max_attempts: 1 } },
    always({ status: 500 }),
  );
  const late = { initial_delay_seconds: 7_200, jitter: 0 };
  await tenant.subscribe({ event_types: ['late'], retry_policy: late }, always({ status: 500 }));
  const event = await tenant.publish('a', '1');
  const delivered = await untilDelivery(api, event.id, { status: 'delivered' });
  await untilDelivery(api, (await tenant.publish('fails', '1')).id, { status: 'dead' });
  const waiting = await untilDelivery(api, (await tenant.publish('late', '1')).id, { status: 'waiting' });
  const { target } = product();
  const unreadable = await seedUnreadable(createClient({ url: target.apiUrl, key: target.adminKey }), target);
  const key = await api.createKey({ name: 'every', role: 'viewer', tenant: name });
  const made = await tenant.subscribe({ event_types: ['never'] });
  const startJob = async () => (await cli.json('redrive', '--tenant', name, '--type', 'never', '--yes'))[0].id;
  const job = await startJob();

  const settings = { env: { XDG_CONFIG_HOME: join(folder, 'settings') } };
  const secret = { env: { POSTRIDER_WEBHOOK_SECRET: `whsec_${Buffer.alloc(24, 1).toString('base64')}` } };
  const signed = (await cli.run(['sign', '--body', body], secret)).stdout;
  const untilLine = () => {
    const stop = new AbortController();
    return { signal: stop.signal, onLine: () => stop.abort() };
  };
  const of = ['--tenant', name];
  const range = ['--since', AGO];
  const read = (command: string, ...args: string[]): Step => ({ name: command, args, reads: true });
  const act = (command: string, ...args: string[]): Step => ({ name: command, args });
  return [
    { ...act('login', '--url', target.apiUrl, '--name', 'every'), options: () => settings },
    { ...act('profile use', 'every'), options: () => settings },
    { ...read('profile list'), options: () => settings },
    read('whoami'),
    read('status'),
    { ...read('doctor'), codes: [0, 1] },
    act('event-types put', 'every.put', '--data', '{"description":"Put."}'),
    act('event-types push', schemas),
    read('event-types list'),
    read('event-types get', 'every.put'),
    { ...act('event-types diff', schemas), codes: [1] },
    act('event-types delete', 'every.put', '--yes'),
    { ...read('event-types diff', schemas) },
    act('events publish', '--type', 'a', '--data', '1', ...of),
    act('trigger', 'a', '--data', '1', '--wait', ...of),
    read('events list', ...of, '--limit', '1'),
    read('events get', event.id),
    { ...read('tail', ...of, ...range), codes: [130], options: untilLine },
    act('endpoints create', '--url', made.hook.url, '--event-type', 'never', ...of),
    read('endpoints list', ...of),
    read('endpoints get', endpoint.id),
    read('endpoints stats', endpoint.id, ...range),
    act('endpoints update', made.endpoint.id, '--data', '{"description":"Mine."}'),
    act('endpoints pause', made.endpoint.id),
    act('endpoints resume', made.endpoint.id),
    act('endpoints test', endpoint.id),
    read('secret reveal', made.endpoint.id),
    act('secret rotate', made.endpoint.id, '--yes'),
    act('endpoints delete', made.endpoint.id, '--yes'),
    read('filters try', 'data', '--event', event.id),
    read('deliveries list', ...of),
    read('deliveries get', delivered.id),
    read('deliveries request', delivered.id),
    act('deliveries replay', delivered.id),
    act('deliveries send-now', waiting.id),
    { ...act('jobs cancel'), args: async () => [await startJob()] },
    read('jobs list', ...of),
    read('jobs get', job),
    act('jobs watch', job),
    read('recover', failing.endpoint.id, ...range, '--dry-run'),
    read('replay-missing', endpoint.id, ...range, '--dry-run'),
    read('redrive', ...of, '--dry-run'),
    read('dlq list'),
    read('dlq peek', 'deliveries'),
    act('dlq redrive', 'stats', '--yes'),
    { ...act('dlq stop', 'stats'), codes: [0, 1] },
    read('unreadable list'),
    read('unreadable get', unreadable),
    read('tenants list'),
    act('keys create', '--name', 'n', '--role', 'viewer', ...of),
    read('keys list', ...of),
    act('keys revoke', key.id, '--yes'),
    act('portal', name, '--print'),
    read('sessions list', ...of),
    act('sessions end', ...of, '--yes'),
    read('audit list', ...of),
    { ...read('sign', '--body', body), options: () => secret },
    { ...read('verify', '--headers', file('signed', signed), '--body', body), options: () => secret },
    read('api', 'GET', '/v1/me'),
    act('completion', 'bash'),
  ];
}

describe('every command, with the product', { timeout: 120_000 }, () => {
  it('does what it is for; what it reads is JSON with --json, and nothing is said beside it', async () => {
    await using tenant = await openTenant(product().target, 'every');
    const walk = await steps(tenant);
    expect([...new Set([...walk.map(({ name }) => name), ...ASKS_AWS])].sort()).toEqual(names.toSorted());
    for (const { name, args, reads = false, codes = [0], options = () => ({}) } of walk) {
      const line = [...name.split(' '), ...(typeof args === 'function' ? await args() : args)];
      const { code, stdout, stderr } = await cli.run(line, { ...options(), idleStdin: true });
      expect(codes, `postrider ${line.join(' ')}: ${code}\n${stderr}`).toContain(code);
      // A time without its offset means nothing to a program.
      expect(stdout, name).not.toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d/);
      if (!reads) continue;
      const read = await cli.run([...line, '--json'], { ...options(), idleStdin: true });
      expect({ name, code: read.code, stderr: read.stderr }).toEqual({ name, code: codes[0], stderr: '' });
      if (name !== 'event-types diff') expect(read.lines.length, name).toBeGreaterThan(0);
      for (const text of read.lines) expect(() => JSON.parse(text), `${name}: ${text}`).not.toThrow();
    }
  });
});
