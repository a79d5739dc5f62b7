import {
  DescribeStackDriftDetectionStatusCommand,
  DescribeStackResourceDriftsCommand,
  DescribeStacksCommand,
  DetectStackDriftCommand,
  GetTemplateCommand,
  ListStackResourcesCommand,
} from '@aws-sdk/client-cloudformation';
import { GetEventSourceMappingCommand, GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { GetScheduleCommand } from '@aws-sdk/client-scheduler';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { keyExample } from '../../../lambdas/api/keys/examples.ts';
import { systemExample } from '../../../lambdas/api/system/examples.ts';
import { VERSION } from '../../../lambdas/runtime/version.ts';
import { type Answer, type Request, runAgainst } from '../api-that-answers.ts';
import { allIsWell, aws, fault, resource, stackArn } from './stage-on-aws.ts';

const loaded = vi.hoisted((): string[] => []);
vi.mock('@aws-sdk/client-iam', (original) => {
  loaded.push('IAM');
  return original();
});

beforeEach(allIsWell);

/** An API that is well. */
function api({ line }: Request): Answer {
  const now = new Date().toISOString();
  const idle = { waiting: 0, in_flight: 0, delayed: 0 };
  if (line === 'GET /v1/me') return [200, { ...keyExample, role: 'admin', tenant: null, expires_at: null }];
  if (line !== 'GET /v1/system') return [200, { data: [], next: null }];
  const system = {
    ...{ ...systemExample, stage: 'prod', version: VERSION, time: now, oldest_dead_letter_at: null },
    ...{ queues: [{ name: 'fanout', ...idle }], dead_letter_queues: [{ name: 'deliveries', ...idle }] },
    ...{ ticks: [{ task: 'sweep', at: now }], heartbeat: { at: now, delivered_at: now } },
  };
  return [200, system];
}
const problem = (status: number): Answer => [
  status,
  { type: 'urn:postrider:problem:any', title: 'Any', status, detail: 'Something is wrong.' },
];
const doctor = (args: readonly string[] = [], answer: (request: Request) => Answer = api) =>
  runAgainst(answer, ['doctor', ...args, '--region', 'eu-central-1']);
const checksOf = (lines: readonly string[]) => lines.map((line) => line.split('\t').slice(0, 2).reverse().join(' '));

const noStack = (why: Error) => aws.cloudFormation.reset().on(DescribeStacksCommand).rejects(why);

describe('postrider doctor --stage', () => {
  it('ends with 0 where all is well, and loads nothing for what was not asked', async () => {
    const { code, lines, stderr } = await doctor(['--stage', 'prod']);
    expect(lines.filter((line) => !line.startsWith('ok\t'))).toEqual([]);
    expect(code).toBe(0);
    expect(checksOf(lines)).toEqual(
      expect.arrayContaining([
        'API ok',
        'heartbeat ok',
        'payload bucket ok',
        'stacks ok',
        'queue triggers ok',
        'who is told ok',
      ]),
    );
    expect(stderr).toContain('0 failed, 0 to look at.');
    expect(aws.cloudFormation.commandCalls(DetectStackDriftCommand)).toEqual([]);
    expect(loaded).toEqual([]);
  });

  it.each<[string, () => unknown, string]>([
    ['a mapping', () => aws.lambda.on(GetEventSourceMappingCommand).resolves({ State: 'Disabled' }), 'queue triggers'],
    ['a schedule', () => aws.scheduler.on(GetScheduleCommand).resolves({ State: 'DISABLED' }), 'schedules'],
  ])('ends with 1 when %s is off', async (_, situation, check) => {
    situation();
    const { code, lines } = await doctor(['--stage', 'prod', '--json']);
    expect(code).toBe(1);
    const findings = lines.map((line) => JSON.parse(line));
    expect(findings.filter(({ result }) => result !== 'ok')).toEqual([
      { check, result: 'fail', detail: expect.any(String), next: expect.any(String) },
    ]);
  });

  it('tells what AWS knows although the API does not answer', async () => {
    const { code, lines } = await doctor(['--stage', 'prod'], () => problem(503));
    expect(code).toBe(1);
    expect(checksOf(lines)).toEqual(expect.arrayContaining(['API fail', 'queue triggers ok']));
  });

  it.each([false, true])('keeps each finding on its lines, whatever AWS answers (terminal: %s)', async (terminal) => {
    aws.scheduler.on(GetScheduleCommand).rejects(fault('AccessDenied', 'not\nauthorized\u001b[31m'));
    const { lines } = await runAgainst(api, ['doctor', '--stage', 'prod', '--region', 'eu-central-1'], { terminal });
    expect(lines.filter((line) => line.includes('AccessDenied'))).toEqual([
      expect.stringMatching(/^warn.+schedules.+AccessDenied: not\\nauthorized\\u001b\[31m/),
    ]);
    expect(lines.every((line) => /^(ok|warn|fail| {6}\S)/.test(line))).toBe(true);
  });

  it('misses the heartbeats of a stage that has their function', async () => {
    aws.cloudFormation
      .on(ListStackResourcesCommand, { StackName: 'Postrider-prod-Api' })
      .resolves({ StackResourceSummaries: [resource('AWS::Lambda::Function', 'h', 'HeartbeatFunction8B495D4E')] });
    const silent = (request: Request): Answer => {
      const [status, body] = api(request);
      return [status, request.line === 'GET /v1/system' ? { ...body, heartbeat: null } : body];
    };
    const { code, lines } = await doctor(['--stage', 'prod'], silent);
    expect(checksOf(lines)).toContain('heartbeat warn');
    expect(code).toBe(0);
  });

  it.each<[string, number, () => unknown, (request: Request) => Answer]>([
    ['a key that is none', 4, () => undefined, () => problem(401)],
    [
      'a stage that is not deployed here',
      1,
      () => noStack(fault('ValidationError', 'Stack with id any does not exist')),
      api,
    ],
    ['somebody who is not signed in at AWS', 4, () => noStack(fault('CredentialsProviderError')), api],
  ])('refuses %s, with nothing on standard output', async (_, code, situation, answer) => {
    situation();
    expect(await doctor(['--stage', 'prod'], answer)).toMatchObject({ code, stdout: '' });
  });
});

describe('postrider doctor, thoroughly', () => {
  it.each(['--deep', '--drift'])('refuses %s without a stage, and asks nobody', async (option) => {
    const { code, stdout, stderr, requests } = await doctor([option]);
    expect({ code, stdout, requests }).toEqual({ code: 2, stdout: '', requests: [] });
    expect(stderr).toContain('add --stage');
  });

  it('finds what was changed by hand, with progress on standard error', async () => {
    aws.cloudFormation.on(DetectStackDriftCommand).resolves({ StackDriftDetectionId: 'd-1' });
    const detection = { StackId: stackArn('any'), StackDriftDetectionId: 'd-1', Timestamp: new Date() };
    aws.cloudFormation
      .on(DescribeStackDriftDetectionStatusCommand)
      .resolves({ ...detection, DetectionStatus: 'DETECTION_COMPLETE' });
    const deleted = {
      ...{ StackId: stackArn('any'), LogicalResourceId: 'Sweep', ResourceType: 'AWS::Scheduler::Schedule' },
      ...{ StackResourceDriftStatus: 'DELETED' as const, Timestamp: new Date() },
    };
    aws.cloudFormation.on(DescribeStackResourceDriftsCommand).resolves({ StackResourceDrifts: [] });
    aws.cloudFormation
      .on(DescribeStackResourceDriftsCommand, { StackName: 'Postrider-prod-Pipeline' })
      .resolves({ StackResourceDrifts: [deleted] });
    const { code, lines, stderr } = await doctor(['--stage', 'prod', '--drift', '--json']);
    expect(code).toBe(1);
    const findings = lines.map((line) => JSON.parse(line)).filter(({ check }) => check === 'drift');
    expect(findings).toMatchObject([{ result: 'ok' }, { result: 'fail' }]);
    expect(stderr).toContain('0 of 4 stacks compared with their templates');
    expect(stderr).toContain('4 of 4 stacks compared with their templates');
    expect(loaded).toEqual([]);
  });

  it('finds what a function may no longer do, with progress on standard error', async () => {
    const { IAMClient, SimulatePrincipalPolicyCommand } = await import('@aws-sdk/client-iam');
    const role = { 'Fn::GetAtt': ['Role', 'Arn'] };
    const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::payloads/*' };
    const template = {
      Resources: {
        Deliver: { Type: 'AWS::Lambda::Function', Properties: { Role: role } },
        Role: { Type: 'AWS::IAM::Role' },
        Policy: {
          Type: 'AWS::IAM::Policy',
          Properties: { Roles: [{ Ref: 'Role' }], PolicyDocument: { Version: '2012-10-17', Statement: [statement] } },
        },
      },
    };
    aws.cloudFormation
      .on(ListStackResourcesCommand, { StackName: 'Postrider-prod-Api' })
      .resolves({ StackResourceSummaries: [resource('AWS::Lambda::Function', 'deliver', 'Deliver')] });
    aws.cloudFormation.on(GetTemplateCommand).resolves({ TemplateBody: JSON.stringify(template) });
    aws.lambda.on(GetFunctionConfigurationCommand).resolves({ Role: 'arn:aws:iam::111122223333:role/deliver-role' });
    mockClient(IAMClient)
      .on(SimulatePrincipalPolicyCommand)
      .resolves({ EvaluationResults: [{ EvalActionName: 's3:GetObject', EvalDecision: 'implicitDeny' }] });
    const { code, lines, stderr } = await doctor(['--stage', 'prod', '--deep']);
    expect(code).toBe(1);
    expect(lines.filter((line) => !line.startsWith('ok'))).toEqual([
      expect.stringMatching(
        /^fail\tpermissions\tdeliver may not s3:GetObject on arn:aws:s3:::payloads\/\*: no policy of deliver-role allows it\.\t\S/,
      ),
    ]);
    expect(stderr).toContain("1 of 1 functions' permissions simulated");
    expect(loaded).toEqual(['IAM']);
  });
});
