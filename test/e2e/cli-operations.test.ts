import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PurgeQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localOutputs } from '../../cli/runtime/place.ts';
import { type CliOptions, runCli } from '../support/cli.ts';
import { createApi } from './support/api.ts';
import { eventually } from './support/eventually.ts';
import { countMessages, createSqs } from './support/queues.ts';
import { always, type Receivers, startReceivers } from './support/receivers.ts';
import { useProduct } from './support/use-product.ts';

const product = useProduct({ scheduleSeconds: 2 });
const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'postrider-cli-'));
let receivers: Receivers;

beforeAll(async () => {
  receivers = await startReceivers('127.0.0.1');
});
afterAll(async () => {
  await receivers[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a command against the product; its key is in the environment. */
const cli = (line: string | readonly string[], options: CliOptions = {}) => {
  const { target, dataDir } = product();
  const env = { POSTRIDER_API_URL: target.apiUrl, POSTRIDER_API_KEY: target.adminKey, POSTRIDER_DATA: dataDir };
  return runCli(typeof line === 'string' ? line.split(' ') : line, { env, ...options });
};
const written = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe('the doctor', () => {
  it('is green on a product that has run for a moment, and says each finding as a line of JSON', async () => {
    await eventually(
      async () => {
        const { code, stdout, stderr } = await cli('doctor');
        expect([code, stdout], stderr).toEqual([0, expect.not.stringMatching(/^(warn|fail)/m)]);
      },
      { withinMs: 30_000 },
    );
    const { code, lines } = await cli('doctor --json');
    expect(code).toBe(0);
    const findings = lines.map((line) => JSON.parse(line));
    for (const one of findings)
      expect(one).toEqual({ check: expect.any(String), result: 'ok', detail: expect.any(String), next: null });
    expect(findings.map(({ check }) => check)).toEqual([
      'API',
      'key',
      'clock',
      'queues',
      'dead letters',
      'oldest dead letter',
      'scheduled tasks',
      'disabled endpoints',
      'open circuits',
      'tables',
      'tables',
      'payload bucket',
      'key of the secrets',
    ]);
  });

  it('finds a disabled endpoint and a dead letter, and says what to do', async () => {
    const bad = receivers.hook(always({ status: 400 }));
    const policy = '{"retry_policy":{"max_attempts":1}}';
    const made = await cli([
      '--json',
      'endpoints',
      'create',
      '--url',
      bad.url,
      '--event-type',
      'order.*',
      '--data',
      policy,
    ]);
    const { id } = JSON.parse(made.stdout);
    expect((await cli(['events', 'publish', '--type', 'order.lost', '--data', '{}'])).code).toBe(0);
    await eventually(
      async () => {
        const { stdout } = await cli('doctor');
        expect(stdout).toMatch(
          /^warn\tdead letters\t1 messages are in the dead-letter queue deliveries\.\t.*postrider redrive/m,
        );
      },
      { withinMs: 30_000 },
    );
    const listed = await cli('dlq list');
    expect(listed.lines).toContain('deliveries\t1\t0\tdeliveries that died\t');
    const peeked = await cli('dlq peek deliveries');
    expect(peeked.lines).toEqual([expect.stringContaining(`to ${id}`)]);
    await cli(['endpoints', 'update', id, '--data', '{"state":"disabled"}']);
    const { stdout } = await cli('doctor');
    expect(stdout).toMatch(new RegExp(`^warn\\tdisabled endpoints\\t1 endpoint is disabled: ${id}\\.\\t\\S`, 'm'));
    await cli(['endpoints', 'delete', id, '--yes']);
  });

  it('refuses a key that is bound to a tenant, and nobody there, with nothing on standard output', async () => {
    const { stdout: key } = await cli('keys create --name bound --role admin --tenant acme');
    const env = { POSTRIDER_API_URL: product().target.apiUrl, POSTRIDER_API_KEY: key.trim() };
    expect(await cli('doctor', { env })).toMatchObject({ code: 4, stdout: '' });
    const nobody = await cli('doctor', { env: { ...env, POSTRIDER_API_URL: 'http://127.0.0.1:9' } });
    expect(nobody).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('http://127.0.0.1:9') });
    expect(nobody.stderr).not.toContain('    at ');
  });
});

describe('status', () => {
  it('shows queues, dead letters, endpoints and jobs on one screen', async () => {
    const { code, stdout } = await cli('status', { terminal: true });
    expect(code).toBe(0);
    expect(stdout.split('\n').length).toBeLessThan(30);
    expect(stdout).toMatch(/^Postrider \d+\.\d+\.\d+, stage local, http:\/\/127\.0\.0\.1:\d+$/m);
    expect(stdout).toMatch(/^slow_delivery +\d+ +\d+ +\d+$/m);
    expect(stdout).toMatch(/^jobs +none running$/m);
  });
});

describe('dead-letter queues', () => {
  it('are redriven by SQS itself, which needs --yes without a terminal', async () => {
    const unsure = await cli('dlq redrive stats');
    expect(unsure).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--yes') });
    const moved = await cli('dlq redrive stats --wait --yes');
    expect(moved).toMatchObject({ code: 0, stdout: '' });
    expect(moved.stderr).toMatch(/Done: about 0 messages were moved\.\n$/);
    const stopped = await cli('dlq stop stats');
    expect(stopped).toMatchObject({ code: 1, stderr: expect.stringContaining('No redrive of stats is running.') });
  });

  it('are looked at beyond the ten messages of a receive, and none of them stays hidden', async () => {
    const sqs = createSqs(product().target);
    const { JobsDeadLetterQueueUrl: QueueUrl = '' } = localOutputs({ POSTRIDER_DATA: product().dataDir }) ?? {};
    const letter = (n: number) => JSON.stringify({ v: 1, jobId: `job_none_${n}`, turn: 0 });
    for (const n of Array(25).keys()) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: letter(n) }));
    const looks = [
      (await cli('dlq peek jobs')).lines,
      (await cli('dlq peek jobs --limit 12')).lines,
      (await cli('dlq peek jobs --limit 1000')).lines,
    ];
    expect(looks.map((lines) => new Set(lines.map((line) => line.split('\t').at(-1))).size)).toEqual([10, 12, 25]);
    expect(await countMessages(sqs, QueueUrl)).toMatchObject({ visible: 25, inFlight: 0 });
    expect(await cli('dlq peek jobs --limit 1001')).toMatchObject({ code: 2, stdout: '' });
    await sqs.send(new PurgeQueueCommand({ QueueUrl }));
    sqs.destroy();
  });

  it('that nobody knows are refused', async () => {
    expect(await cli('dlq peek letters')).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('event types', () => {
  it('are pushed from a folder, which then differs no more', async () => {
    const types = mkdtempSync(join(folder, 'types-'));
    const version = { version: '1', schema: { type: 'object', required: ['id'] }, example: { id: 1 } };
    writeFileSync(join(types, 'invoice.paid.json'), JSON.stringify({ description: 'Paid.', versions: [version] }));
    writeFileSync(join(types, 'invoice.sent.json'), JSON.stringify({ schema: true, description: 'Sent.' }));
    expect(await cli(['event-types', 'diff', types])).toMatchObject({
      code: 1,
      stdout: 'invoice.paid\tnew\ninvoice.sent\tnew\n',
    });
    expect(await cli(['event-types', 'push', types])).toMatchObject({
      code: 0,
      stdout: 'invoice.paid\tnew\ninvoice.sent\tnew\n',
    });
    expect(await cli(['event-types', 'diff', types])).toMatchObject({ code: 0, stdout: '' });

    const second = { ...version, version: '2', example: { id: 2 } };
    writeFileSync(
      join(types, 'invoice.paid.json'),
      JSON.stringify({ description: 'Paid.', versions: [version, second] }),
    );
    expect((await cli(['event-types', 'diff', types])).lines).toEqual(['invoice.paid\tchanged']);
    expect((await cli(['event-types', 'push', types])).code).toBe(0);
    expect(JSON.parse((await cli('event-types get invoice.paid')).stdout)).toMatchObject({
      versions: [{}, { version: '2' }],
    });
    expect((await cli('event-types list')).lines).toHaveLength(2);

    rmSync(join(types, 'invoice.sent.json'));
    expect((await cli(['event-types', 'diff', types])).lines).toEqual(['invoice.sent\tnot in the folder']);
    expect((await cli('event-types delete invoice.sent')).code).toBe(2);
    expect((await cli('event-types delete invoice.sent --yes')).code).toBe(0);
    expect((await cli(['event-types', 'diff', types])).code).toBe(0);
  });

  it('are put one by one, and a schema that is none is refused with the field', async () => {
    expect(await cli(['event-types', 'put', 'a.b', '--data', '{"description":"One."}'])).toMatchObject({
      code: 0,
      stdout: '',
    });
    const refused = await cli(['event-types', 'put', 'a.c', '--data', '{"schema":{"type":"objekt"}}']);
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('schema') });
    expect(await cli(['event-types', 'put', 'a.c', '--data', '{'])).toMatchObject({ code: 2, stdout: '' });
    expect(await cli(['event-types', 'diff', join(folder, 'nowhere')])).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('signatures', () => {
  const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
  const env = { POSTRIDER_WEBHOOK_SECRET: secret };
  const body = '{"id":"evt_1","data":{"amount":12345678901234567890}}';

  it('are made as the libraries of receivers verify them', async () => {
    const path = written('body.json', body);
    const { code, stdout } = await cli(['--json', 'sign', '--body', path, '--signature', 'stripe'], { env });
    expect(code).toBe(0);
    const headers: Record<string, string> = JSON.parse(stdout);
    expect(() => new Webhook(secret).verify(body, headers)).not.toThrow();
    const stripe = new Stripe('sk_test');
    expect(stripe.webhooks.constructEvent(body, headers['Stripe-Signature'] ?? '', secret)).toHaveProperty(
      'id',
      'evt_1',
    );
  });

  it('are verified as those libraries make them, and a changed byte is found', async () => {
    const [path, changed] = [written('body.json', body), written('changed.json', `${body} `)];
    const at = new Date();
    const signature = new Webhook(secret).sign('evt_1', at, body);
    const seconds = Math.floor(at.getTime() / 1000);
    const lines = `Host: example.com\r\nWebhook-Id: evt_1\r\nwebhook-timestamp: ${seconds}\r\nwebhook-signature: v1,AAAA ${signature}\r\n`;
    const headers = written('headers.txt', lines);
    expect(await cli(['verify', '--headers', headers, '--body', path], { env })).toMatchObject({
      code: 0,
      stdout: 'webhook-signature\tok\n',
      stderr: '',
    });
    expect(await cli(['verify', '--headers', headers, '--body', changed], { env })).toMatchObject({
      code: 1,
      stdout: 'webhook-signature\tdoes not match\n',
    });
    const other = { POSTRIDER_WEBHOOK_SECRET: `whsec_${Buffer.alloc(24, 8).toString('base64')}` };
    expect((await cli(['verify', '--headers', headers, '--body', path], { env: other })).code).toBe(1);
    const old = written('old.txt', lines.replace(String(seconds), String(seconds - 3_600)));
    expect((await cli(['verify', '--headers', old, '--body', path], { env })).stderr).toMatch(/360[01] s old/);
  });

  it("of a delivered webhook verify with the endpoint's own secret, which the API reveals", async () => {
    const hook = receivers.hook();
    const made = await cli(['--json', 'endpoints', 'create', '--url', hook.url, '--event-type', 'signed.*']);
    const { id } = JSON.parse(made.stdout);
    expect(await cli(['trigger', 'signed.once', '--data', '{"n":1.0}', '--wait'])).toMatchObject({ code: 0 });
    const [webhook] = hook.received;
    const headers = written(
      'got.txt',
      Object.entries(webhook?.headers ?? {})
        .map(([name, value]) => `${name}: ${value}`)
        .join('\n'),
    );
    const got = written('got.json', webhook?.body.toString() ?? '');
    expect(await cli(['verify', '--endpoint', id, '--headers', headers, '--body', got])).toMatchObject({ code: 0 });
    expect(await cli(['verify', '--headers', headers, '--body', got])).toMatchObject({ code: 2, stdout: '' });
  });
});

describe("a webhook with another sender's signature", () => {
  it.each([
    ['svix', { signature_profile: 'svix', standard_headers: false }, 'svix-signature'],
    ['convoy-advanced', { signature_profile: 'convoy-advanced', standard_headers: false }, 'x-convoy-signature'],
    ['outpost', { signature_profile: 'outpost' }, 'x-outpost-signature'],
    [
      'its own',
      { signature: { header: 'X-Own', content: '{id}/{timestamp}/{body}', format: 'v={signature};t={timestamp}' } },
      'X-Own',
    ],
  ])('verifies with its endpoint, and a changed byte is found: %s', async (name, settings, header) => {
    const hook = receivers.hook();
    const type = `from.${name.replace(/\W/g, '_')}`;
    const { id } = await createApi(product().target).createEndpoint({
      url: hook.url,
      event_types: [type],
      ...settings,
    });
    expect(await cli(['trigger', type, '--data', '{"n":12345678901234567890}', '--wait'])).toMatchObject({ code: 0 });
    const [{ headers: got, body } = expect.fail('no webhook')] = hook.received;
    const lines = Object.entries(got).map(([key, value]) => `${key}: ${value}`);
    const headers = written(`${type}.txt`, lines.join('\n'));
    const verify = (text: string) =>
      cli(['verify', '--endpoint', id, '--headers', headers, '--body', written(`${type}.json`, text)]);

    const standard = 'standard_headers' in settings ? [] : ['webhook-signature'];
    expect(await verify(body.toString())).toMatchObject({
      code: 0,
      stdout: [...standard, header].map((one) => `${one}\tok\n`).join(''),
    });
    expect((await verify(`${body} `)).code).toBe(1);
  });
});

describe('during the overlap of a rotation', () => {
  it('a header of one signature is by the old secret, and the command says so', async () => {
    const hook = receivers.hook();
    const secret = 'the-secret-that-its-receiver-has';
    const endpoint = { url: hook.url, event_types: ['rotated.once'], signature_profile: 'github', secret };
    const { id } = await createApi(product().target).createEndpoint(endpoint);
    expect(await cli(['secret', 'rotate', id, '--yes', '--overlap', '1h'])).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/x-hub-signature-256.\n.*this secret alone signs/s),
    });
    expect(await cli(['trigger', 'rotated.once', '--data', '{"n":1}', '--wait'])).toMatchObject({ code: 0 });
    const [{ headers: got, body } = expect.fail('no webhook')] = hook.received;
    const lines = Object.entries(got).map(([key, value]) => `${key}: ${value}`);
    const saved = ['--headers', written('rotated.txt', lines.join('\n')), '--body', written('rotated.json', `${body}`)];

    expect(await cli(['verify', '--endpoint', id, ...saved])).toMatchObject({
      code: 1,
      stdout: 'webhook-signature\tok\nx-hub-signature-256\tdoes not match\n',
      stderr: expect.stringContaining('a previous secret signs x-hub-signature-256: set POSTRIDER_WEBHOOK_SECRET'),
    });
    const env = { POSTRIDER_WEBHOOK_SECRET: secret };
    expect(await cli(['verify', '--signature', 'github', ...saved], { env })).toMatchObject({ code: 0 });
  });
});

describe('an operator', () => {
  it('finds out that a receiver fails, mends it, and sends again what died, by commands alone', async () => {
    const receiver = receivers.hook();
    const { stdout: key } = await cli('keys create --name walk --role admin');
    const env = { POSTRIDER_API_URL: product().target.apiUrl, POSTRIDER_API_KEY: key.trim() };
    const walk = async (...args: string[]) => {
      const { code, stdout, stderr } = await cli(args, { env: { ...env, POSTRIDER_DATA: product().dataDir } });
      return { code, stdout: stdout.trim(), stderr };
    };
    expect((await walk('doctor')).code).toBe(0);
    const policy = '{"retry_policy":{"max_attempts":1}}';
    const made = await walk(
      '--json',
      'endpoints',
      'create',
      '--tenant',
      'walk',
      '--url',
      receiver.url,
      '--event-type',
      'walk.*',
      '--data',
      policy,
    );
    const { id } = JSON.parse(made.stdout);
    const publish = (n: number) => walk('trigger', 'walk.step', '--tenant', 'walk', '--data', `{"n":${n}}`, '--wait');
    expect(await publish(0)).toMatchObject({ code: 0 });

    receiver.answer(always({ status: 503 }));
    for (const n of [1, 2, 3]) expect(await publish(n)).toMatchObject({ code: 1 });
    const dead = ['deliveries', 'list', '--tenant', 'walk', '--status', 'dead'];
    expect((await walk(...dead)).stdout.split('\n')).toHaveLength(3);
    await eventually(
      async () => expect((await walk('status')).stdout).toMatch(/^dead-letter queue\tdeliveries\t[3-9]$/m),
      {
        withinMs: 30_000,
      },
    );
    const scope = ['--tenant', 'walk', '--endpoint', id];
    const counted = JSON.parse((await walk('--json', 'redrive', ...scope, '--dry-run')).stdout);
    expect(counted).toEqual({ dry_run: true, matched: 3, skipped: 0, complete: true });

    receiver.answer(always({ status: 204 }));
    expect(await walk('redrive', ...scope)).toMatchObject({ code: 2, stdout: '' });
    expect(await walk('redrive', ...scope, '--wait', '--yes')).toMatchObject({ code: 0 });
    await eventually(async () => expect((await walk(...dead)).stdout).toBe(''), { withinMs: 30_000 });
    await eventually(
      async () =>
        expect(
          (await walk('deliveries', 'list', '--tenant', 'walk', '--status', 'delivered')).stdout.split('\n'),
        ).toHaveLength(4),
      { withinMs: 30_000 },
    );
    const [job] = (await walk('--json', 'jobs', 'list', '--tenant', 'walk')).stdout
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(job).toMatchObject({
      kind: 'redrive',
      status: 'completed',
      sent: 3,
      expected: 3,
      endpoint_id: id,
      created_by: { name: 'walk' },
    });
    const who = await walk('--json', 'audit', 'list', '--tenant', 'walk', '--action', 'job.created');
    expect(JSON.parse(who.stdout)).toMatchObject({ actor: { name: 'walk' }, object: job.id });
    expect((await walk('doctor')).code).toBe(0);
  });
});

describe('the launcher', () => {
  const launch = (args: string[], env: NodeJS.ProcessEnv = {}) =>
    spawnSync(process.execPath, [join(root, 'cli/postrider.mjs'), ...args], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });

  it('runs the command, and bundles it only when a source has changed', () => {
    const { target } = product();
    const env = { POSTRIDER_API_URL: target.apiUrl, POSTRIDER_API_KEY: target.adminKey };
    const first = launch(['whoami'], env);
    expect([first.status, first.stderr]).toEqual([0, '']);
    expect(first.stdout).toContain(target.apiUrl);
    const bundle = join(root, 'node_modules/.cache/postrider/cli/postrider.mjs');
    const made = statSync(bundle).mtimeMs;
    expect(launch(['--version']).status).toBe(0);
    expect(statSync(bundle).mtimeMs).toBe(made);
    const source = join(root, 'cli/main.ts');
    execFileSync('touch', [source]);
    expect(launch(['--version']).status).toBe(0);
    expect(statSync(bundle).mtimeMs).toBeGreaterThan(made);
  });

  it('is what npx runs, without asking the registry', () => {
    const offline = { npm_config_offline: 'true', npm_config_registry: 'http://127.0.0.1:9' };
    const { status, stdout, stderr } = spawnSync('npx', ['postrider', '--version'], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, ...offline },
    });
    expect([status, stdout.trim()], stderr).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
  });
});
