import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CliOptions } from '../support/cli.ts';
import { type Answer, runAgainst } from './api-that-answers.ts';

const ENDPOINT = 'ep_01kapj1b6g2h4k6m8n0q3s5v7x';
const JOB = 'job_01kapk9d2s7v3w5x8y1z4a6b0c';
const DELIVERY = 'dlv_01kapj3m40e7c1p3d9t5v8x2zq_01kapj1b6g2h4k6m8n0q3s5v7x';

const problem = (status: number): Answer => [
  status,
  { type: 'urn:postrider:problem:any', title: 'Any', status, detail: 'Something is wrong.' },
];
const job = (fields: object): object => ({
  ...{ id: JOB, kind: 'redrive', status: 'running', expected: null, found: 0, sent: 0, skipped: 0, error: null },
  ...{ tenant: 'acme', endpoint_id: null, type: 'a', from: null, to: '2026-11-22T10:20:00.000Z', created_by: null },
  ...{ created_at: '2026-11-22T10:20:00.000Z', updated_at: '2026-11-22T10:20:00.000Z', ...fields },
});

describe('a dry run', () => {
  const RANGE = ['--since', '2026-11-22T10:00:00Z', '--until', '2026-11-22T11:00:00Z'];
  const since = '2026-11-22T10:00:00.000Z';
  const until = '2026-11-22T11:00:00.000Z';

  it.each([
    ['recover', [ENDPOINT, ...RANGE], `/v1/endpoints/${ENDPOINT}/recover`, { since, until }],
    ['replay-missing', [ENDPOINT, ...RANGE], `/v1/endpoints/${ENDPOINT}/replay-missing`, { since, until }],
    [
      'redrive',
      ['--tenant', '*', '--type', 'a', ...RANGE],
      '/v1/redrives',
      { tenant: '*', type: 'a', from: since, to: until },
    ],
    ['redrive', ['--endpoint', ENDPOINT], '/v1/redrives', { endpoint_id: ENDPOINT }],
  ])('of %s counts without asking', async (name, args, path, body) => {
    const counted = () => [200, { dry_run: true, matched: 12, skipped: 2, complete: true }] as const;
    const { code, stdout, requests } = await runAgainst(counted, [name, ...args, '--dry-run']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'matched\t12\nskipped\t2\n' });
    expect(requests).toMatchObject([{ line: `POST ${path}`, body: { ...body, dry_run: true } }]);
  });

  it('says that there may be more', async () => {
    const counted = () => [200, { dry_run: true, matched: 1_000, skipped: 0, complete: false }] as const;
    expect((await runAgainst(counted, ['redrive', '--dry-run'])).stdout).toBe(
      'matched\t1000 or more\nskipped\t0 or more\n',
    );
    const { stdout } = await runAgainst(counted, ['redrive', '--dry-run', '--json']);
    expect(stdout).toBe('{"dry_run":true,"matched":1000,"skipped":0,"complete":false}\n');
  });

  it('that was none is a failure', async () => {
    const { code, stdout, stderr } = await runAgainst(() => [202, job({})], ['redrive', '--dry-run']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(JOB);
  });
});

describe('watching a job', () => {
  const states = [
    job({}),
    job({ expected: 125, found: 100, sent: 90, skipped: 10 }),
    job({ status: 'completed', found: 120, sent: 110, skipped: 10 }),
  ];
  const run = (options?: CliOptions) =>
    runAgainst((_, turn) => [200, states[turn - 1] ?? {}], ['jobs', 'watch', JOB], options);

  it('writes a line now and then where nothing can be replaced', async () => {
    const { code, stdout, stderr } = await run();
    expect(code).toBe(0);
    expect(stdout).toContain('status\tcompleted\n');
    expect(stderr).toBe('running: 0 found, 0 sent, 0 skipped\ncompleted: 120 found, 110 sent, 10 skipped\n');
  });

  it('draws a bar on a terminal', async () => {
    const { stderr } = await run({ terminal: true });
    expect(stderr.split('\n')).toEqual([
      '[........................]  running: 0 found, 0 sent, 0 skipped',
      '\u001b[1A\u001b[2K[###################.....] 80 %  running: 100 of 125 found, 90 sent, 10 skipped',
      '\u001b[1A\u001b[2K[########################] 100 %  completed: 120 found, 110 sent, 10 skipped',
      '',
    ]);
  });

  it('says what it is about and who started it', async () => {
    const created_by = { kind: 'api_key', id: 'key_x', name: 'shop' };
    const known = job({ created_by, expected: 7 });
    const { lines } = await runAgainst(() => [200, known], ['jobs', 'get', JOB]);
    expect(lines).toEqual(
      expect.arrayContaining(['expected\t7', 'tenant\tacme', 'endpoint\tall', 'type\ta', 'by\tshop (key_x)']),
    );
    const { stdout } = await runAgainst(() => [200, { data: [known], next: null }], ['jobs', 'list'], {
      terminal: true,
    });
    expect(stdout).toMatch(/^id .+ by\n-.+\njob_\w+ +redrive +acme +running .+ shop\n$/);
  });

  it.each([
    ['failed', 'The job failed: no table.'],
    ['cancelled', 'The job was cancelled.'],
  ])('that %s ends with exit code 1', async (status, says) => {
    const { code, stderr, stdout } = await runAgainst(
      () => [200, job({ status, error: status === 'failed' ? 'no table' : null })],
      ['jobs', 'watch', JOB],
    );
    expect(code).toBe(1);
    expect(stdout).toContain(`status\t${status}\n`);
    expect(stderr).toContain(says);
  });

  it('survives a while without answers, but not for ever, and not from the start', async () => {
    const later = await runAgainst(
      (_, turn) => (turn === 1 ? [200, job({})] : turn < 5 ? problem(503) : [200, job({ status: 'completed' })]),
      ['jobs', 'watch', JOB],
    );
    expect({ code: later.code, calls: later.requests.length }).toEqual({ code: 0, calls: 5 });
    const never = await runAgainst((_, turn) => (turn === 1 ? [200, job({})] : problem(503)), ['jobs', 'watch', JOB]);
    expect({ code: never.code, calls: never.requests.length }).toEqual({ code: 1, calls: 12 });
    const first = await runAgainst(() => problem(503), ['jobs', 'watch', JOB]);
    expect({ code: first.code, calls: first.requests.length }).toEqual({ code: 1, calls: 1 });
    const refused = await runAgainst((_, turn) => (turn === 1 ? [200, job({})] : problem(403)), ['jobs', 'watch', JOB]);
    expect({ code: refused.code, calls: refused.requests.length }).toEqual({ code: 4, calls: 2 });
  });
});

describe('a time', () => {
  const known = job({ from: null, to: '2026-07-01T23:59:59.500Z' });
  const pageOf = () => [200, { data: [known], next: null }] as const;
  const zone = process.env.TZ;
  beforeEach(() => {
    process.env.TZ = 'Asia/Kolkata';
  });
  afterEach(() => {
    process.env.TZ = zone ?? '';
    if (zone === undefined) delete process.env.TZ;
  });

  it('is local on a terminal', async () => {
    const { lines } = await runAgainst(() => [200, known], ['jobs', 'get', JOB], { terminal: true });
    expect(lines).toContainEqual(expect.stringMatching(/^until +2026-07-02 05:29:59$/));
    expect((await runAgainst(pageOf, ['jobs', 'list'], { terminal: true })).stdout).toContain(
      '  2026-11-22 15:50:00  ',
    );
  });

  it('is as the API wrote it elsewhere, in UTC: whoever reads it need not know where it was written', async () => {
    const { lines } = await runAgainst(() => [200, known], ['jobs', 'get', JOB]);
    expect(lines).toEqual(expect.arrayContaining(['since\t', 'until\t2026-07-01T23:59:59.500Z']));
    expect((await runAgainst(pageOf, ['jobs', 'list'])).stdout).toContain('\t2026-11-22T10:20:00.000Z\t');
  });
});

describe('a redrive that is waited for', () => {
  it('prints the job at its end, and how far it is meanwhile', async () => {
    const { code, lines, stderr, requests } = await runAgainst(
      (_, turn) => (turn === 1 ? [202, job({})] : [200, job({ status: 'completed', found: 3, sent: 3 })]),
      ['redrive', '--yes', '--wait', '--json'],
    );
    expect(code).toBe(0);
    expect(lines.map((line) => JSON.parse(line))).toEqual([job({ status: 'completed', found: 3, sent: 3 })]);
    expect(stderr).toContain('completed: 3 found, 3 sent, 0 skipped');
    expect(requests.map(({ line }) => line)).toEqual(['POST /v1/redrives', `GET /v1/jobs/${JOB}`]);
  });
});

describe('several deliveries', () => {
  const delivery = {
    id: DELIVERY,
    tenant: 't',
    event_type: 'a',
    status: 'retrying',
    attempt_count: 1,
    updated_at: '2026-11-22T10:20:00.000Z',
  };

  it.each(['replay', 'send-now'])('of %s are done one by one, and refusals do not end it', async (act) => {
    const other = DELIVERY.replace(/x$/, 'y');
    const { code, lines, stderr, requests } = await runAgainst(
      ({ line }) => (line.includes(other) ? problem(409) : [202, delivery]),
      ['deliveries', act, other, DELIVERY, '--json'],
    );
    expect(code).toBe(1);
    expect(lines.map((line) => JSON.parse(line))).toEqual([delivery]);
    expect(stderr).toMatch(new RegExp(`^${other}: Answered 409 by .+: Something is wrong.\n$`));
    expect(requests.map(({ line }) => line)).toEqual([other, DELIVERY].map((id) => `POST /v1/deliveries/${id}/${act}`));
  });

  it('are left where none may be touched', async () => {
    const { code, stdout, requests } = await runAgainst(
      () => problem(403),
      ['deliveries', 'send-now', DELIVERY, DELIVERY],
    );
    expect({ code, stdout, calls: requests.length }).toEqual({ code: 4, stdout: '', calls: 1 });
  });
});

describe('an unreadable message', () => {
  it('is shown with its body', async () => {
    const id = `ltr_fanout_2026-11-22_${'0'.repeat(64)}`;
    const letter = {
      id,
      queue: 'fanout',
      set_aside_at: '2026-11-22T10:20:00.000Z',
      reason: 'not_json',
      size_bytes: 3,
      body: '{"a',
    };
    const { stdout, requests } = await runAgainst(() => [200, letter], ['unreadable', 'get', id]);
    expect(stdout).toContain('reason\tnot_json\n');
    expect(stdout).toContain('body\t{"a\n');
    expect(requests).toMatchObject([{ line: `GET /v1/unreadable/${id}` }]);
  });
});

describe('what others wrote', () => {
  const name = 'red\u001b[31m\n\tkey\u009b';
  const key = { id: 'key_x', name, role: 'viewer', tenant: null, prefix: 'pr_', last_used_on: null, expires_at: null };

  it.each([true, false])('stays on its line and commands no terminal (terminal: %s)', async (terminal) => {
    const listed = await runAgainst(() => [200, { data: [key], next: null }], ['keys', 'list'], { terminal });
    expect(listed.lines.at(-1)).toContain('red\\u001b[31m\\n\\u0009key\\u009b');
    const shown = await runAgainst(() => [200, key], ['whoami'], { terminal });
    expect(shown.lines[0]).toContain('"red\\u001b[31m\\n\\u0009key\\u009b"');
    expect(listed.stdout + shown.stdout).not.toMatch(/[^\P{Cc}\n\t]/u);
  });

  it('is as the API wrote it with --json', async () => {
    expect((await runAgainst(() => [200, key], ['whoami', '--json'])).stdout).toBe(`${JSON.stringify(key)}\n`);
  });
});

describe('opening the portal', () => {
  const url = 'https://postrider.example.com/portal/#code=psc_x';
  const created = {
    id: 'ses_1',
    url,
    code_expires_at: '2026-11-22T10:07:00.000Z',
    expires_at: '2026-11-22T11:02:00.000Z',
  };
  const answer = (): Answer => [201, created];

  it('starts a browser, and shows no code', async () => {
    const opened: string[] = [];
    const openUrl = async (one: string) => opened.push(one) > 0;
    const args = ['portal', 'acme', '--allow', 'view', 'replay', '--subject', 'Jo', '--expires-in', '600'];
    const { code, stdout, stderr, requests } = await runAgainst(answer, args, { openUrl });
    expect({ code, stdout, opened }).toEqual({ code: 0, stdout: '', opened: [url] });
    expect(stderr).not.toContain('psc_');
    const body = { tenant: 'acme', capabilities: ['view', 'replay'], subject: 'Jo', expires_in: 600 };
    expect(requests).toMatchObject([{ line: 'POST /v1/portal-sessions', body }]);
  });

  it('prints the URL where it is asked to, or where there is no browser', async () => {
    const never = async () => expect.fail('It opened a browser.');
    expect((await runAgainst(answer, ['portal', 'acme', '--print'], { openUrl: never })).stdout).toBe(`${url}\n`);
    const { code, stdout, requests } = await runAgainst(answer, ['portal', 'acme']);
    expect([code, stdout]).toEqual([0, `${url}\n`]);
    expect(requests[0]?.body).toEqual({ tenant: 'acme', capabilities: ['view'] });
  });

  it('refuses a capability that there is not', async () => {
    expect((await runAgainst(answer, ['portal', 'acme', '--allow', 'all'])).code).toBe(2);
  });
});

describe('ending sessions', () => {
  const ended = (): Answer => [200, {}];

  it.each([
    [['ses_1'], 'DELETE /v1/portal-sessions/ses_1', ''],
    [['--tenant', 'acme'], 'DELETE /v1/portal-sessions', '?tenant=acme'],
  ])('of %j asks first, and needs --yes where nobody can be asked', async (which, line, search) => {
    const asked = await runAgainst(ended, ['sessions', 'end', ...which]);
    expect([asked.code, asked.requests]).toEqual([2, []]);
    const { code, requests } = await runAgainst(ended, ['sessions', 'end', ...which, '--yes']);
    expect([code, requests.map((one) => [one.line, one.url.search])]).toEqual([0, [[line, search]]]);
  });

  it('needs one session, or a tenant', async () => {
    expect((await runAgainst(ended, ['sessions', 'end', '--yes'])).code).toBe(2);
    expect((await runAgainst(ended, ['sessions', 'end', 'ses_1', '--tenant', 'acme', '--yes'])).code).toBe(2);
  });
});
