import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { Fault, UsageFault } from '../../cli/explain.ts';
import { needsOf } from '../../cli/preflight/needs.ts';
import { readOptions } from '../../cli/preflight/options.ts';
import { type Found, isTooLow, readQuotas as read } from '../../cli/preflight/quotas.ts';
import { report } from '../../cli/preflight/report.ts';
import { reservedLeast } from '../../lib/concurrency.ts';
import { type Stage, stages } from '../../lib/stage.ts';

const lambda = mockClient(LambdaClient);
const quotas = mockClient(ServiceQuotasClient);
const { dev, prod } = stages;
const place = { account: '111122223333', region: 'eu-central-1' };

/** Defaults of eu-central-1, November 2026, and an account whose Lambda quota was raised. */
const usual = {
  'L-8A5B8E43': 10_000,
  'L-CDF5615A': 5_000,
  'L-9B653E91': 2_400,
  'L-AB614373': 40_000,
  'L-CF0CBE56': 40_000,
};

const unknownHere = Object.assign(new Error('The request failed because the specified resource does not exist.'), {
  name: 'NoSuchResourceException',
});

function accountHas(concurrent: number, unreserved = concurrent) {
  lambda.on(GetAccountSettingsCommand).resolves({
    AccountLimit: { ConcurrentExecutions: concurrent, UnreservedConcurrentExecutions: unreserved },
  });
}

beforeEach(() => {
  lambda.reset();
  quotas.reset();
  accountHas(1_000);
  // An account without values of its own.
  quotas.on(GetServiceQuotaCommand).rejects(unknownHere);
  for (const [QuotaCode, Value] of Object.entries(usual)) {
    quotas.on(GetAWSDefaultServiceQuotaCommand, { QuotaCode }).resolves({ Quota: { QuotaCode, Value } });
  }
});

const found = (stage: Stage) =>
  read(needsOf(stage), { lambda: new LambdaClient({}), quotas: new ServiceQuotasClient({}) });
const low = (all: readonly Found[]) => all.filter(isTooLow).map(({ need }) => need.name);
const said = async (stage: Stage) => report(stage, await found(stage), place);

const CONCURRENCY = 'Lambda: concurrent executions';
const UNRESERVED = 'Lambda: executions that no function reserves';
const PUT_EVENTS = 'EventBridge: PutEvents a second';

describe('what a stage needs', () => {
  it("is computed from the stage's numbers", () => {
    const needed = (stage: Stage) => Object.fromEntries(needsOf(stage).map(({ name, needed }) => [name, needed]));

    expect(needed(dev)[CONCURRENCY]).toBe(45);
    expect(needed(prod)[CONCURRENCY]).toBe(706);
    expect(needed({ ...dev, deliveryQueue: { ...dev.deliveryQueue, concurrencyMax: 100 } })[CONCURRENCY]).toBe(125);
    expect(needed(dev)[PUT_EVENTS]).toBe(dev.throttle.rate);
    expect(needed(prod)['SQS: messages in flight of a queue']).toBe(120_000);
  });

  it('of the ledger is what it must take at once, below its ceiling', () => {
    const writes = (warm: number | null, max: number | null) =>
      needsOf({ ...prod, ledgerWrites: { warm, max } }).find(({ name }) => /write units/.test(name))?.needed;

    expect(writes(null, null)).toBe(30_000);
    expect(writes(45_000, null)).toBe(45_000);
    expect(writes(null, 10_000)).toBe(10_000);
  });

  it('includes reservations, beside which Lambda keeps 100 unreserved', () => {
    const needed = (stage: Stage) => needsOf(stage).find(({ name }) => name === UNRESERVED)?.needed;

    // The queues of fan-out and the lanes need 37; jobs and statistics run in the reservation.
    expect(needed({ ...dev, reserved: { ingest: 50, redrive: 17 } })).toBe(50 + 17 + 100);
    expect(needed({ ...prod, reserved: { ingest: 500, redrive: 45 } })).toBe(500 + 45 + 670);
  });
});

describe('the quotas of an account', () => {
  it('are too low for any stage in a new account, with the command to raise them', async () => {
    accountHas(10);

    expect(low(await found(dev))).toEqual([CONCURRENCY, UNRESERVED]);
    const text = await said(dev);
    expect(text).toMatch(/Lambda: concurrent executions +45 +10 +account +too low/);
    expect(text).toContain(
      'aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000 --region eu-central-1',
    );
    expect(text.match(/--quota-code L-B99A9384/g)).toHaveLength(1);
  });

  it('are enough if they fit exactly', async () => {
    accountHas(45);

    expect(low(await found(dev))).toEqual([]);
    expect(await said(dev)).toContain('Nothing is too low.');
  });

  it('are too low by one', async () => {
    accountHas(42);

    expect(low(await found(dev))).toContain(CONCURRENCY);
  });

  it("are too low if the account's other functions reserve the rest", async () => {
    accountHas(1_000, 685);

    expect(low(await found(prod))).toContain(UNRESERVED);
    expect(low(await found(prod))).not.toContain(CONCURRENCY);
    expect(await said(prod)).toContain("lower the reserved concurrency of the account's other functions");
  });

  it('must leave 100 unreserved beside the reservations of a stage', async () => {
    const stage = { ...dev, reserved: reservedLeast(dev) };

    accountHas(1_000, 166);
    expect(low(await found(stage))).toEqual([UNRESERVED]);
    accountHas(1_000, 167);
    expect(low(await found(stage))).toEqual([]);
  });

  it('are those of the account before the defaults', async () => {
    expect(low(await found(prod))).toEqual([PUT_EVENTS]);
    quotas.on(GetServiceQuotaCommand, { QuotaCode: 'L-9B653E91' }).resolves({ Quota: { Value: 5_000 } });

    expect(low(await found(prod))).toEqual([]);
  });

  it('are too low for prod in a region with a lower default throttle, with the number to set', async () => {
    quotas.on(GetAWSDefaultServiceQuotaCommand, { QuotaCode: 'L-8A5B8E43' }).resolves({ Quota: { Value: 2_500 } });
    quotas.on(GetAWSDefaultServiceQuotaCommand, { QuotaCode: 'L-CDF5615A' }).resolves({ Quota: { Value: 1_250 } });

    const text = await said(prod);

    expect(text).toContain('lower throttle.rate of prod to at most 2500');
    expect(text).toContain('lower throttle.burst of prod to at most 1250');
  });

  it('are said to be not known, with where to look, where AWS does not tell them', async () => {
    quotas.on(GetAWSDefaultServiceQuotaCommand).rejects(unknownHere);

    const text = report(dev, await found(dev), { ...place, region: 'mx-central-1' });

    expect(text).toMatch(/EventBridge: PutEvents a second +500 +not known +\?/);
    expect(text).toContain('mx-central-1.console.aws.amazon.com/servicequotas/home/services/events/quotas/L-9B653E91');
  });

  it('are not asked for without permission, and all permissions are named', async () => {
    quotas.on(GetServiceQuotaCommand).rejects(
      Object.assign(new Error('User: someone is not authorized to perform: servicequotas:GetServiceQuota'), {
        name: 'AccessDeniedException',
      }),
    );

    const refused = await found(dev).catch((fault: unknown) => fault);

    expect(refused).toBeInstanceOf(Fault);
    expect(String(refused)).toContain(
      'lambda:GetAccountSettings, servicequotas:GetServiceQuota, servicequotas:GetAWSDefaultServiceQuota',
    );
  });

  it.each(['TooManyRequestsException', 'ThrottlingException'])('are asked for later after %s', async (name) => {
    lambda.on(GetAccountSettingsCommand).rejects(Object.assign(new Error('Rate exceeded'), { name }));

    await expect(found(dev)).rejects.toThrow('Try again in a minute');
  });
});

describe('the report', () => {
  it('has columns as wide as their content', async () => {
    const [title, table = ''] = (await said(dev)).split('\n\n');

    expect(title).toBe('dev in eu-central-1, account 111122223333');
    const [headings, line, ...rows] = table.split('\n');
    expect(headings).toMatch(/^quota +needed +granted {2}source +result$/);
    expect(line).toMatch(/^-+ {2}-+ {2}-+ {2}-+ {2}-+$/);
    const resultAt = headings?.indexOf('result');
    expect(new Set(rows.map((row) => row.search(/(ok|too low|\?)$/)))).toEqual(new Set([resultAt]));
  });

  it('says how many requests the API can take beside busy queues', async () => {
    expect(await said(prod)).toContain('room for about 2,940 requests a second, not for the 5,000');
    accountHas(2_000);
    expect(await said(prod)).not.toContain('leave room for');
  });
});

describe('the command line', () => {
  it('takes the stage and region from its options, then from the environment', () => {
    const env = { POSTRIDER_STAGE: 'prod', AWS_REGION: 'eu-west-1' };

    expect(readOptions(['--stage', 'dev', '--region', 'us-east-2'], env)).toEqual({ stage: dev, region: 'us-east-2' });
    expect(readOptions([], env)).toEqual({ stage: prod, region: 'eu-west-1' });
  });

  it.each([[['--stage', 'local']], [['--stage', 'nope']], [['--wrong']]])('refuses %s', (args) => {
    expect(() => readOptions(args, {})).toThrow(UsageFault);
  });
});

describe('the command', () => {
  const command = fileURLToPath(new URL('../../cli/preflight.ts', import.meta.url));

  async function preflight(args: string[], env: Record<string, string>) {
    const child = spawn(process.execPath, [command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true', ...env },
    });
    const code = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await code, out, err };
  }

  it.each([
    ['an unknown option', ['--wrong'], {}, '--help'],
    ['no credentials', ['--stage', 'dev'], { AWS_REGION: 'us-east-1' }, 'Set AWS_PROFILE'],
    [
      'an address that does not answer',
      ['--stage', 'dev'],
      {
        AWS_REGION: 'xx-nowhere-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      },
      'Check your network and region',
    ],
  ])('ends with 2 for %s', async (_, args, env, advice) => {
    const { code, out, err } = await preflight(args, env);

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(advice);
  });

  it.each([
    [45, 0, 'Nothing is too low.'],
    [10, 1, '2 too low.'],
  ])('with a Lambda quota of %i ends with %i and prints the table', async (concurrent, expected, last) => {
    const identity = `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/alice</Arn>
      <UserId>u</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;
    const limit = { ConcurrentExecutions: concurrent, UnreservedConcurrentExecutions: concurrent };
    const aws = createServer(async (request, response) => {
      request.resume();
      if (request.url?.includes('account-settings')) response.end(JSON.stringify({ AccountLimit: limit }));
      else if (request.headers['x-amz-target'] !== undefined)
        response.end(JSON.stringify({ Quota: { Value: 40_000 } }));
      else response.end(identity);
    });
    await new Promise<void>((resolve) => aws.listen(0, '127.0.0.1', resolve));
    const address = aws.address();
    const port = typeof address === 'object' ? address?.port : 0;

    const { code, out, err } = await preflight(['--stage', 'dev', '--region', 'eu-west-1'], {
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    });
    aws.closeAllConnections();
    aws.close();

    expect({ code, err }).toEqual({ code: expected, err: '' });
    expect(out).toContain('dev in eu-west-1, account 111122223333');
    expect(out.trim().split('\n').at(-1)).toBe(last);
  });
});
