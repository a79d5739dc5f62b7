import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine } from './support/command-line.ts';
import { untilDelivery } from './support/deliveries.ts';
import { eventually } from './support/eventually.ts';
import { startProgram } from './support/program.ts';
import { always } from './support/receivers.ts';
import { openTenant } from './support/tenant.ts';
import { useProduct } from './support/use-product.ts';

const product = useProduct({ circuitFailures: 1_000 });
const NONE = '01kapj1b6g2h4k6m8n0q3s5v7x';
const DELIVERY = `dlv_${NONE}_${NONE}`;
const AGO = '1h';
/** One attempt, so that a failure is final at once. */
const ONCE = { max_attempts: 1 };
/** These commands look every few seconds. */
const PATIENTLY = { withinMs: 60_000 };

let cli: CommandLine;
let folder: string;
beforeAll(() => {
  cli = commandLine(product());
  folder = mkdtempSync(join(tmpdir(), 'postrider-cli-e2e-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file with this content. */
function fileOf(content: string): string {
  const path = join(mkdtempSync(join(folder, 'file-')), 'file');
  writeFileSync(path, content);
  return path;
}

describe('signing in', { concurrent: true, timeout: 120_000 }, () => {
  it('keeps a key in a file that its owner alone reads, and uses it from then on', async () => {
    const { target } = product();
    const env = { XDG_CONFIG_HOME: mkdtempSync(join(folder, 'settings-')), POSTRIDER_API_KEY: undefined };
    const login = (name: string) =>
      cli.run(['login', '--url', target.apiUrl, '--name', name], { env, stdin: `${target.adminKey}\n` });

    expect(await login('one')).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('Signed in to') });
    expect(await login('two')).toMatchObject({ code: 0 });
    const path = join(env.XDG_CONFIG_HOME, 'postrider', 'profiles.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(Object.keys(JSON.parse(readFileSync(path, 'utf8')).profiles)).toEqual(['one', 'two']);

    expect((await cli.run(['profile', 'list'], { env })).lines).toEqual([
      `one\t${target.apiUrl}\t`,
      `two\t${target.apiUrl}\tyes`,
    ]);
    expect(await cli.run(['profile', 'use', 'one'], { env })).toMatchObject({ code: 0, stdout: '' });
    expect((await cli.run(['whoami'], { env })).lines).toContain('from\tthe profile one');
    expect((await cli.run(['whoami', '--profile', 'two'], { env })).lines).toContain('from\tthe profile two');
    expect(await cli.run(['profile', 'use', 'three'], { env })).toMatchObject({ code: 2, stdout: '' });
    expect(await cli.run(['whoami', '--profile', 'three'], { env })).toMatchObject({ code: 2, stdout: '' });
  });

  it('keeps no key that is not one', async () => {
    const { target } = product();
    const env = { XDG_CONFIG_HOME: mkdtempSync(join(folder, 'settings-')), POSTRIDER_API_KEY: undefined };
    const { code, stdout } = await cli.run(['login', '--url', target.apiUrl], { env, stdin: 'pr_nobody\n' });
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect((await cli.run(['profile', 'list'], { env })).stdout).toBe('');
  });

  it('says where to sign in if nothing says where Postrider is', async () => {
    const env = { POSTRIDER_DATA: folder, POSTRIDER_API_URL: undefined };
    expect(await cli.run(['whoami'], { env })).toMatchObject({
      ...{ code: 4, stdout: '' },
      stderr: expect.stringContaining('postrider login'),
    });
  });

  it('shows who one is, as the API answers with --json', async () => {
    const [me] = await cli.json('whoami');
    expect(me).toMatchObject({ role: 'admin', tenant: null });
    expect(await cli.json('api', 'GET', '/v1/me')).toEqual([me]);
  });
});

describe('endpoints and secrets', { concurrent: true, timeout: 120_000 }, () => {
  it('are created, shown, changed, tested and deleted', async () => {
    await using tenant = await openTenant(product().target, 'cli-endpoints');
    const { hook } = await tenant.subscribe({ event_types: ['other'] });
    const create = ['endpoints', 'create', '--tenant', tenant.name, '--url', hook.url, '--event-type', 'a', 'b.*'];
    const [secret] = await cli.lines(...create, '--description', 'mine', '--data', '{"timeout_seconds":7}');
    const [listed] = await cli.json('endpoints', 'list', '--tenant', tenant.name, '--type', 'a');
    expect(listed).toMatchObject({ description: 'mine', timeout_seconds: 7, event_types: ['a', 'b.*'] });
    const { id } = listed;
    expect(await cli.lines('secret', 'reveal', id)).toEqual([secret]);

    const [rotated] = await cli.lines('secret', 'rotate', id, '--yes', '--overlap', '2h');
    expect(rotated).not.toBe(secret);
    const own = `whsec_${Buffer.alloc(32, 'own').toString('base64')}`;
    expect(await cli.lines('secret', 'rotate', id, '--yes', '--no-overlap', '--from', fileOf(`${own}\n`))).toEqual([
      own,
    ]);
    expect(await cli.json('secret', 'reveal', id)).toEqual([{ secret: own, previous: [], newest_alone_at: null }]);

    expect(await cli.lines('endpoints', 'update', id, '--data', '{"description":"ours"}')).toContain(
      'description\tours',
    );
    expect(await cli.lines('endpoints', 'pause', id)).toContain('state\tpaused');
    expect(await cli.json('endpoints', 'list', '--tenant', tenant.name, '--state', 'paused')).toHaveLength(1);
    expect(await cli.lines('endpoints', 'resume', id)).toContain('state\tactive');
    expect(await cli.lines('endpoints', 'get', id)).toContain(`URL\t${hook.url}`);

    const [test] = await cli.json('endpoints', 'test', id, '--type', 'a', '--data', '[1.00]');
    await eventually(() => expect(hook.received.map((received) => received.id)).toContain(test.event_id));
    expect(String(hook.received.at(-1)?.body)).toContain('[1.00]');
    expect((await cli.lines('endpoints', 'stats', id, '--since', '1h')).at(-1)).toMatch(/^total\t/);

    expect(await cli.run(['endpoints', 'delete', id, '--yes'])).toMatchObject({ code: 0, stdout: '' });
    expect(await cli.run(['endpoints', 'get', id])).toMatchObject({ code: 1, stdout: '' });
  });

  it('refuse what the API refuses, with the fields that are wrong', async () => {
    const { code, stdout, stderr } = await cli.run(['endpoints', 'create', '--url', 'x', '--event-type', 'a b']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^postrider: Answered 422 by .+\n {2}event_types.0: .+\n$/);
  });
});

describe('events', { concurrent: true, timeout: 120_000 }, () => {
  const DATA = '{"big": 12345678901234567890.10, "text":"\\u00e9 ü"}';

  it('are published, listed and shown, the payload byte for byte', async () => {
    await using tenant = await openTenant(product().target, 'cli-events');
    const { endpoint } = await tenant.subscribe({ event_types: ['a'] });
    const publish = ['events', 'publish', '--type', 'a', '--tenant', tenant.name, '--metadata', 'x=1', 'y=a=b'];
    const [id = ''] = await cli.lines(
      ...publish,
      '--event-version',
      '2',
      '--idempotency-key',
      'k',
      '--data',
      `@${fileOf(DATA)}`,
    );
    const again = await cli.run([...publish, '--event-version', '2', '--idempotency-key', 'k', '--data', DATA]);
    expect(again).toMatchObject({ code: 0, lines: [id], stderr: expect.stringContaining('before') });

    const delivery = await untilDelivery(tenant.api, id, { status: 'delivered' });
    expect(await cli.lines('events', 'get', id, '--data')).toEqual([DATA]);
    const shown = await cli.lines('events', 'get', id);
    expect(shown).toEqual(
      expect.arrayContaining(['metadata y\ta=b', 'version\t2', `delivery\t${delivery.id} delivered`]),
    );
    const [listed] = await cli.json(
      'events',
      'list',
      '--tenant',
      tenant.name,
      '--idempotency-key',
      'k',
      '--since',
      AGO,
    );
    expect(listed).toMatchObject({ id, deliveries: [{ endpoint_id: endpoint.id }] });
    expect(await cli.json('events', 'list', '--tenant', tenant.name, '--type', 'b')).toEqual([]);
    expect(await cli.json('events', 'list', '--tenant', tenant.name, '--until', '1d')).toEqual([]);
    expect((await cli.lines('events', 'get', id, '--data', '--json'))[0]).toContain(DATA);
  });

  it('of a file are published in requests of a hundred, and listed page by page', async () => {
    const tenant = 'cli-many';
    const list = Array.from({ length: 130 }, (_, data) => ({ type: 'a', tenant, data }));
    const ids = await cli.lines('events', 'publish', '--file', fileOf(JSON.stringify(list)));
    expect(new Set(ids).size).toBe(130);
    await eventually(async () => {
      const all = await cli.json('events', 'list', '--tenant', tenant, '--all');
      expect(new Set(all.map(({ id }) => id))).toEqual(new Set(ids));
    });
    const some = await cli.run(['events', 'list', '--tenant', tenant, '--limit', '120']);
    expect(some.lines).toHaveLength(120);
    expect(some.stderr).toContain('There are more');
  });

  it('are tables on a terminal, with ids that are not cut and no colours', async () => {
    await using tenant = await openTenant(product().target, 'cli-table');
    const { id } = await tenant.publish('a', '1');
    const { stdout } = await cli.run(['events', 'list', '--tenant', tenant.name], { terminal: true });
    expect(stdout).toMatch(new RegExp(`^id .*\n-+ .*\n${id}  ${tenant.name}  a  .*\n$`));
    expect(stdout).not.toContain('\u001b');
  });

  it('need what makes them one', async () => {
    for (const args of [
      ['--type', 'a'],
      ['--type', 'a', '--data', '{'],
      ['--type', 'a', '--data', '1', '--metadata', 'x'],
      ['--file', fileOf('[]')],
      ['--file', fileOf('no JSON')],
      ['--file', fileOf('[]'), '--type', 'a'],
    ]) {
      const { code, stdout } = await cli.run(['events', 'publish', ...args]);
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
    }
  });
});

describe('filters try', { concurrent: true, timeout: 120_000 }, () => {
  it('says what a filter makes of an event', async () => {
    const { id } = JSON.parse(
      (await cli.run(['events', 'publish', '--type', 'a', '--data', '{"n":5}', '--json'])).stdout,
    );
    expect(await cli.lines('filters', 'try', 'data.n > `4`', '--event', id)).toContain('verdict\tmatch');
    const written = ['--type', 'a', '--data', '{"n":3}'];
    expect(await cli.json('filters', 'try', 'data.n > `4`', ...written)).toMatchObject([{ verdict: 'no_match' }]);
    expect(await cli.run(['filters', 'try', 'data.n >', ...written])).toMatchObject({ code: 1, stdout: '' });
    expect(await cli.run(['filters', 'try', 'data', ...written, '--event', id])).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('trigger', { concurrent: true, timeout: 120_000 }, () => {
  it("publishes the catalogue's example, and waits until every delivery has been made", async () => {
    await using tenant = await openTenant(product().target, 'cli-trigger');
    const type = `${tenant.name}.made`;
    const body = '{"versions":[{"version":"1","example":{"v":1}},{"version":"2","example":{"v":2}},{"version":"3"}]}';
    await cli.lines('api', 'PUT', `/v1/event-types/${type}`, '--data', body);
    const { hook } = await tenant.subscribe({ event_types: [type] });
    await tenant.subscribe({ event_types: [type] });

    const { code, lines, stderr } = await cli.run([
      'trigger',
      type,
      '--tenant',
      tenant.name,
      '--event-version',
      '2',
      '--wait',
    ]);
    expect({ code, lines }, stderr).toEqual({ code: 0, lines: [hook.received[0]?.id] });
    expect(stderr).toContain('2 delivered');
    expect(String(hook.received[0]?.body)).toContain('"data":{"v":2}');

    const waited = await cli.run(['trigger', type, '--tenant', tenant.name, '--data', '"mine"', '--wait', '--json']);
    expect(JSON.parse(waited.stdout)).toMatchObject({
      type,
      deliveries: [{ status: 'delivered' }, { status: 'delivered' }],
    });

    for (const args of [[type], [type, '--event-version', '4'], [`${type}.not`]]) {
      const refused = await cli.run(['trigger', ...args]);
      expect({ args, ...refused }).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(type) });
    }
  });

  it('says which deliveries were not made, and ends with exit code 1', async () => {
    await using tenant = await openTenant(product().target, 'cli-unmade');
    const { endpoint } = await tenant.subscribe(
      { event_types: ['fails'], retry_policy: ONCE },
      always({ status: 500 }),
    );
    await tenant.subscribe({ event_types: ['late'], state: 'paused' });
    const trigger = (...args: string[]) =>
      cli.run(['trigger', ...args, '--data', '1', '--tenant', tenant.name, '--wait']);

    const dead = await trigger('fails');
    expect(dead.code).toBe(1);
    expect(dead.stderr).toMatch(
      new RegExp(`dlv_\\w{26}_${endpoint.id.slice(3)} dead \\(exhausted, http_status 500\\)\n$`),
    );

    const late = await trigger('late', '--timeout', '1s');
    expect(late.code).toBe(1);
    expect(late.stderr).toMatch(/Not all were delivered within 1 s:\n {2}dlv_\w+ (waiting|pending)/);

    expect(await trigger('unwanted')).toMatchObject({ code: 1, stderr: expect.stringContaining('No endpoint') });
  });
});

describe('deliveries', { concurrent: true, timeout: 120_000 }, () => {
  it('are listed, shown with their attempts, and replayed', async () => {
    await using tenant = await openTenant(product().target, 'cli-deliveries');
    const { endpoint, hook } = await tenant.subscribe(
      { event_types: ['a'], retry_policy: ONCE },
      always({ status: 503 }),
    );
    const event = await tenant.publish('a', '1');
    const { id } = await untilDelivery(tenant.api, event.id, { status: 'dead' });

    const by = [
      ['--tenant', tenant.name],
      ['--endpoint', endpoint.id],
      ['--event', event.id],
    ];
    for (const filter of by) {
      expect(await cli.json('deliveries', 'list', ...filter, '--status', 'dead', '--type', 'a')).toMatchObject([
        { id },
      ]);
      expect(await cli.json('deliveries', 'list', ...filter, '--status', 'delivered')).toEqual([]);
    }
    expect(await cli.run(['deliveries', 'list', '--status', 'pending'])).toMatchObject({ code: 2, stdout: '' });
    const shown = await cli.lines('deliveries', 'get', id);
    expect(shown).toEqual(expect.arrayContaining(['status\tdead', 'why\texhausted, http_status 503']));
    expect(shown.at(-1)).toMatch(/^attempt 1.1\t.* {2}503 {2}\d+ ms$/);

    hook.answer(always({ status: 204 }));
    const replayed = await cli.run(['deliveries', 'replay', DELIVERY, id]);
    expect(replayed.code).toBe(1);
    expect(replayed.lines).toEqual([expect.stringMatching(new RegExp(`^${id}\t.*\tretrying\t`))]);
    expect(replayed.stderr).toContain(`${DELIVERY}: Answered 404`);
    await untilDelivery(tenant.api, event.id, { status: 'delivered' });
    expect(await cli.run(['deliveries', 'replay', id])).toMatchObject({ code: 0 });
  });
});

describe('deliveries that wait', { concurrent: true, timeout: 120_000 }, () => {
  it('are sent now', async () => {
    await using tenant = await openTenant(product().target, 'cli-send-now');
    const { hook } = await tenant.subscribe(
      { event_types: ['a'], retry_policy: { initial_delay_seconds: 7_200, jitter: 0 } },
      always({ status: 503 }),
    );
    const event = await tenant.publish('a', '1');
    const { id } = await untilDelivery(tenant.api, event.id, { status: 'waiting', waiting_for: 'backoff' });
    hook.answer(always({ status: 204 }));
    expect(await cli.lines('deliveries', 'send-now', id)).toEqual([expect.stringMatching(new RegExp(`^${id}\t`))]);
    await untilDelivery(tenant.api, event.id, { status: 'delivered', attempt_count: 2 });
    expect(await cli.run(['deliveries', 'send-now', id])).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('jobs', { concurrent: true, timeout: 120_000 }, () => {
  it('send again what failed, and show how far they are', async () => {
    await using tenant = await openTenant(product().target, 'cli-jobs');
    const { endpoint, hook } = await tenant.subscribe(
      { event_types: ['a'], retry_policy: ONCE },
      always({ status: 500 }),
    );
    const failed = await Promise.all([1, 2, 3].map((data) => tenant.publish('a', `${data}`)));
    for (const { id } of failed) await untilDelivery(tenant.api, id, { status: 'dead' });
    hook.answer(always({ status: 204 }));
    const [first] = failed;

    const counted = { dry_run: true, matched: 3, complete: true };
    await eventually(async () => {
      expect(await cli.json('recover', endpoint.id, '--since', AGO, '--dry-run')).toMatchObject([counted]);
      expect(await cli.json('redrive', '--endpoint', endpoint.id, '--dry-run')).toMatchObject([counted]);
    });
    expect(await cli.lines('replay-missing', endpoint.id, '--since', AGO, '--dry-run')).toContain('matched\t0');

    const recover = await cli.run(['recover', endpoint.id, '--since', AGO, '--yes', '--wait', '--json']);
    expect(recover.code, recover.stderr).toBe(0);
    const recovered = JSON.parse(recover.stdout);
    expect(recovered).toMatchObject({ kind: 'recover', status: 'completed', found: 3, sent: 3 });
    expect(recover.stderr).toContain('completed: 3 found, 3 sent, 0 skipped');
    await untilDelivery(tenant.api, first?.id ?? '', { status: 'delivered' });
    const { id } = recovered;
    expect(await cli.lines('jobs', 'get', id)).toEqual(expect.arrayContaining(['status\tcompleted', 'sent\t3']));
    expect(await cli.json('jobs', 'watch', id)).toEqual([recovered]);
    expect(await cli.run(['jobs', 'cancel', id])).toMatchObject({ code: 1, stdout: '' });

    const [redrive] = await cli.json('redrive', '--tenant', tenant.name, '--type', 'b', '--since', AGO, '--yes');
    expect(redrive).toMatchObject({ kind: 'redrive' });
    const [missing] = await cli.json('replay-missing', endpoint.id, '--since', AGO, '--yes');
    const cancelled = await cli.run(['jobs', 'cancel', missing.id]);
    const watched = await cli.run(['jobs', 'watch', missing.id]);
    expect(watched.code).toBe(cancelled.code === 0 ? 1 : 0);
    const ids = (await cli.json('jobs', 'list', '--tenant', tenant.name)).map((job) => job.id);
    expect(new Set(ids)).toEqual(new Set([id, redrive.id, missing.id]));

    const audit = await cli.lines('audit', 'list', '--tenant', tenant.name, '--object', id);
    expect(audit).toEqual([expect.stringMatching(new RegExp(`\tjob.created\t${id}\t${tenant.name}\tkey_\\w+$`))]);
  });
});

describe('what goes on', { concurrent: true, timeout: 120_000 }, () => {
  it('tail prints each delivery of new events once, whatever order they come in, until Ctrl-C', async () => {
    await using tenant = await openTenant(product().target, 'cli-tail');
    await tenant.subscribe({ event_types: ['a'] });
    await tenant.subscribe({ event_types: ['fails'], retry_policy: ONCE }, always({ status: 500 }));
    const before = await tenant.publish('a', '0');
    await untilDelivery(tenant.api, before.id, { status: 'delivered' });
    await new Promise((later) => setTimeout(later, 1_100));

    const stop = new AbortController();
    const lines: string[] = [];
    const tail = (...args: string[]) =>
      cli.run(['tail', '--tenant', tenant.name, ...args], { signal: stop.signal, onLine: (line) => lines.push(line) });
    const all = tail();
    const dead = tail('--status', 'dead', '--json');
    const events = await tenant.api.publishList(
      Array.from({ length: 40 }, (_, n) => tenant.event(n % 10 === 0 ? 'fails' : 'a', `${n}`)),
    );
    await eventually(() => expect(lines.length).toBeGreaterThanOrEqual(44), PATIENTLY);
    stop.abort();

    const [followed, failed] = await Promise.all([all, dead]);
    expect([followed.code, failed.code]).toEqual([130, 130]);
    const eventsOf = (ids: (string | undefined)[]) => ids.map((id) => `evt_${id?.split('_')[1]}`).sort();
    const printed = followed.lines.map((line) => line.split('\t'));
    expect(eventsOf(printed.map(([, , id]) => id))).toEqual(events.map(({ id }) => id).sort());
    expect(printed.filter(([, status]) => status === 'dead')).toHaveLength(4);
    expect(failed.lines.map((line) => JSON.parse(line).status)).toEqual(['dead', 'dead', 'dead', 'dead']);
  });

  it('tail prints a delivery again when it changes', async () => {
    await using tenant = await openTenant(product().target, 'cli-tail-again');
    const policy = { initial_delay_seconds: 1, jitter: 0, max_attempts: 3 };
    const { endpoint, hook } = await tenant.subscribe(
      { event_types: ['a'], retry_policy: policy },
      always({ status: 500 }),
    );
    const stop = new AbortController();
    const tail = cli.run(['tail', '--endpoint', endpoint.id, '--json'], {
      signal: stop.signal,
      onLine: (line) => {
        if (JSON.parse(line).status === 'delivered') stop.abort();
        hook.answer(always({ status: 204 }));
      },
    });
    await tenant.publish('a', '1');

    const { code, lines } = await tail;
    expect(code).toBe(130);
    const statuses = lines.map((line) => JSON.parse(line).status);
    expect(statuses).toEqual([...statuses.slice(0, -1).map(() => 'retrying'), 'delivered']);
    expect(statuses.length).toBeGreaterThan(1);
  });

  it('audit list --follow prints the last entries and then each new one once', async () => {
    await using tenant = await openTenant(product().target, 'cli-audit');
    const { endpoint } = await tenant.subscribe({ event_types: ['a'] });
    await cli.lines('endpoints', 'pause', endpoint.id);
    await eventually(async () => expect(await cli.json('audit', 'list', '--object', endpoint.id)).toHaveLength(2));
    const stop = new AbortController();
    const lines: string[] = [];
    const follow = cli.run(['audit', 'list', '--tenant', tenant.name, '--follow', '--limit', '1', '--json'], {
      signal: stop.signal,
      onLine: (line) => lines.push(line),
    });
    await eventually(() => expect(lines).toHaveLength(1), PATIENTLY);
    await cli.lines('endpoints', 'resume', endpoint.id);
    await eventually(() => expect(lines.length).toBeGreaterThan(1), PATIENTLY);
    stop.abort();

    expect((await follow).code).toBe(130);
    expect(lines.map((line) => JSON.parse(line).after.state)).toEqual(['paused', 'active']);
  });
});

describe('the rest', { concurrent: true, timeout: 120_000 }, () => {
  it('keys are created, listed, used and revoked', async () => {
    const tenant = 'cli-keys';
    const create = ['keys', 'create', '--name', 'shop', '--role', 'viewer', '--tenant', tenant];
    const [key = ''] = await cli.lines(...create, '--expires', '2999-01-01T00:00:00Z');
    const [{ id }] = await cli.json('keys', 'list', '--tenant', tenant);

    const env = { POSTRIDER_API_KEY: key };
    expect((await cli.run(['whoami'], { env })).lines).toEqual(
      expect.arrayContaining(['role\tviewer', `tenant\t${tenant}`]),
    );
    expect(await cli.run(['keys', 'list'], { env })).toMatchObject({ code: 4, stdout: '' });
    expect(await cli.lines('tenants', 'list', '--all')).toContainEqual(
      expect.stringMatching(new RegExp(`^${tenant}\t`)),
    );
    expect(await cli.run(['keys', 'revoke', id, '--yes'])).toMatchObject({ code: 0, stdout: '' });
  });

  it('audit list narrows by who, what and when', async () => {
    const [made] = await cli.json('keys', 'create', '--name', 'audited', '--role', 'viewer');
    const [me] = await cli.json('whoami');
    const list = (...args: string[]) => cli.json('audit', 'list', '--object', made.id, ...args);
    await eventually(async () => expect(await list()).toHaveLength(1));
    expect(await list('--action', 'key.created', '--actor', me.id, '--since', AGO)).toHaveLength(1);
    for (const other of [
      ['--action', 'endpoint'],
      ['--actor', 'postrider'],
      ['--until', AGO],
    ]) {
      expect(await list(...other)).toEqual([]);
    }
  });

  it('unreadable messages are listed, and there are none', async () => {
    expect(await cli.run(['unreadable', 'list'], { terminal: true })).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'None.\n',
    });
    expect(await cli.run(['unreadable', 'get', `ltr_fanout_2026-11-22_${'0'.repeat(64)}`])).toMatchObject({
      code: 1,
      stdout: '',
    });
  });

  it('api calls any operation, with a body from standard input', async () => {
    const args = ['api', 'POST', '/v1/events', '--data', '-'];
    const { code, stdout } = await cli.run(args, { stdin: '{"type":"a","data":1}' });
    expect({ code, answer: JSON.parse(stdout) }).toMatchObject({ code: 0, answer: { duplicate: false } });
    expect(await cli.run(['api', 'GET', '/v1/none'])).toMatchObject({ code: 1, stdout: '' });
    expect(await cli.run(['api', 'GET', 'v1/events'])).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('the program itself', { concurrent: true, timeout: 120_000 }, () => {
  it('prints as it goes, and ends with 130 on Ctrl-C', async () => {
    await using tenant = await openTenant(product().target, 'cli-program');
    await tenant.subscribe({ event_types: ['a'] });
    const { env } = product();
    await using tail = startProgram('cli/postrider.mjs', ['tail', '--tenant', tenant.name, '--since', '1h'], env);
    await using mistaken = startProgram('cli/postrider.mjs', ['evnts'], env);
    expect(await mistaken.end()).toBe(2);
    expect(mistaken.output()).toContain("unknown command 'evnts'");
    const { id } = await tenant.publish('a', '1');
    await tail.untilSaid(new RegExp(`delivered\tdlv_${id.slice(4)}_`));
    expect(await tail.end('SIGINT')).toBe(130);
  });
});
