import {
  CloudFormationClient,
  DescribeStackDriftDetectionStatusCommand,
  DescribeStackResourceDriftsCommand,
  DetectStackDriftCommand,
  type StackResourceDrift,
} from '@aws-sdk/client-cloudformation';
import { beforeEach, describe, expect, it } from 'vitest';
import { DRIFT_BOUND_MS, driftChecks } from '../../../cli/doctor/drift-checks.ts';
import type { DeployedStack } from '../../../cli/doctor/stacks.ts';
import { aws, config, fault, stackArn } from './stage-on-aws.ts';

const { cloudFormation } = aws;
const SECRET = 'whsec_of-somebody';
const PIPELINE = 'Postrider-prod-Pipeline';
const stackNamed = (name: string, status: string | undefined = 'UPDATE_COMPLETE'): DeployedStack => ({
  ...{ name, status, arn: stackArn(name), isProtected: false, outputs: {}, exports: {}, resources: [] },
});

/** A detection as CloudFormation tells of it. */
const detection = (
  DetectionStatus: 'DETECTION_COMPLETE' | 'DETECTION_FAILED' | 'DETECTION_IN_PROGRESS',
  more = {},
) => ({
  ...{ StackId: stackArn(PIPELINE), StackDriftDetectionId: 'd-1', DetectionStatus, Timestamp: new Date(), ...more },
});

/** A resource that differs, with the values that CloudFormation sends along. */
const drift = (more: Partial<StackResourceDrift>): StackResourceDrift => ({
  ...{ StackId: stackArn(PIPELINE), LogicalResourceId: 'DeliverWorkerFunction', Timestamp: new Date() },
  ...{ PhysicalResourceId: 'deliver', ResourceType: 'AWS::Lambda::Function', StackResourceDriftStatus: 'MODIFIED' },
  ExpectedProperties: '{}',
  ActualProperties: JSON.stringify({ Environment: { Variables: { KEY: SECRET } } }),
  ...more,
});
const modified = drift({
  PropertyDifferences: [
    {
      ...{ PropertyPath: '/Environment/Variables/KEY', ExpectedValue: 'null', ActualValue: SECRET },
      DifferenceType: 'ADD',
    },
    { PropertyPath: '/MemorySize', ExpectedValue: '512', ActualValue: '128', DifferenceType: 'NOT_EQUAL' },
  ],
});

interface Run {
  readonly stacks?: readonly DeployedStack[];
}

async function run({ stacks = [stackNamed(PIPELINE)] }: Run = {}) {
  let now = 0;
  const told: string[] = [];
  const findings = await driftChecks({
    stage: 'prod',
    stacks,
    client: new CloudFormationClient(config),
    clock: () => now,
    pause: async (ms) => {
      now += ms;
      if (now > 2 * DRIFT_BOUND_MS) throw new Error('It waits for ever.');
    },
    onProgress: (done, of) => told.push(`${done}/${of}`),
  });
  return { findings, told, took: now };
}

beforeEach(() => {
  cloudFormation.reset();
  cloudFormation.on(DetectStackDriftCommand).resolves({ StackDriftDetectionId: 'd-1' });
  cloudFormation
    .on(DescribeStackDriftDetectionStatusCommand)
    .resolves(detection('DETECTION_COMPLETE', { StackDriftStatus: 'IN_SYNC', DriftedStackResourceCount: 0 }));
  cloudFormation.on(DescribeStackResourceDriftsCommand).resolves({ StackResourceDrifts: [] });
});

describe('the doctor, of drift', () => {
  it('finds nothing where nothing was changed by hand, and asks about every deployed stack', async () => {
    const stacks = [
      stackNamed('Postrider-prod-State'),
      stackNamed(PIPELINE),
      { ...stackNamed('gone'), status: undefined },
    ];
    const { findings, told } = await run({ stacks });
    expect(findings).toMatchObject([{ check: 'drift', result: 'ok', next: null }]);
    expect(findings[0]?.detail).toContain('Postrider-prod-State, Postrider-prod-Pipeline');
    const asked = cloudFormation.commandCalls(DetectStackDriftCommand).map(({ args: [{ input }] }) => input.StackName);
    expect(asked).toEqual(['Postrider-prod-State', PIPELINE]);
    expect(told).toEqual(['0/2', '2/2']);
  });

  it('names what was changed by its paths, and never by a value', async () => {
    cloudFormation.on(DescribeStackResourceDriftsCommand).resolves({ StackResourceDrifts: [modified] });
    const { findings } = await run();
    expect(findings).toEqual([
      {
        check: 'drift',
        result: 'warn',
        detail:
          'DeliverWorkerFunction of Postrider-prod-Pipeline (AWS::Lambda::Function) was changed: /Environment/Variables/KEY, /MemorySize.',
        next: expect.stringContaining('--revert-drift'),
      },
    ]);
    expect(JSON.stringify(findings)).not.toContain(SECRET);
  });

  it('finds what was deleted, on whatever page CloudFormation tells it', async () => {
    const deleted = drift({
      ...{ StackResourceDriftStatus: 'DELETED', LogicalResourceId: 'EveryMinuteSweep' },
      ResourceType: 'AWS::Scheduler::Schedule',
    });
    cloudFormation
      .on(DescribeStackResourceDriftsCommand)
      .resolves({ StackResourceDrifts: [modified], NextToken: 'more' })
      .on(DescribeStackResourceDriftsCommand, { NextToken: 'more' })
      .resolves({ StackResourceDrifts: [deleted] });
    const { findings } = await run();
    expect(findings).toMatchObject([
      { result: 'warn' },
      { result: 'fail', detail: 'EveryMinuteSweep of Postrider-prod-Pipeline (AWS::Scheduler::Schedule) was deleted.' },
    ]);
  });

  it('waits until CloudFormation is done', async () => {
    cloudFormation
      .on(DescribeStackDriftDetectionStatusCommand)
      .resolvesOnce(detection('DETECTION_IN_PROGRESS'))
      .resolvesOnce(detection('DETECTION_IN_PROGRESS'))
      .resolves(detection('DETECTION_COMPLETE'));
    const { findings, told, took } = await run();
    expect(findings).toMatchObject([{ result: 'ok' }]);
    expect({ told, took }).toEqual({ told: ['0/1', '0/1', '0/1', '1/1'], took: 15_000 });
  });

  it('ends when its time is over, and says so', async () => {
    cloudFormation.on(DescribeStackDriftDetectionStatusCommand).resolves(detection('DETECTION_IN_PROGRESS'));
    const { findings, took } = await run();
    expect(took).toBe(DRIFT_BOUND_MS);
    expect(findings).toMatchObject([{ result: 'warn', detail: expect.stringContaining('within 10 minutes') }]);
    expect(cloudFormation.commandCalls(DescribeStackResourceDriftsCommand)).toEqual([]);
  });

  it('tells what could be compared although something could not', async () => {
    const DetectionStatusReason = 'Failed to detect drift on resource [SecretsKey317DCF94]';
    cloudFormation
      .on(DescribeStackDriftDetectionStatusCommand)
      .resolves(detection('DETECTION_FAILED', { DetectionStatusReason }));
    const unknown = drift({
      ...{ StackResourceDriftStatus: 'UNKNOWN', LogicalResourceId: 'SecretsKey' },
      DriftStatusReason: 'Access denied',
    });
    cloudFormation.on(DescribeStackResourceDriftsCommand).resolves({ StackResourceDrifts: [modified, unknown] });
    const { findings } = await run();
    expect(findings).toMatchObject([
      { result: 'warn', detail: expect.stringContaining('was changed') },
      { result: 'warn', detail: expect.stringContaining('could not be compared: Access denied') },
      { result: 'warn', detail: expect.stringContaining(DetectionStatusReason) },
    ]);
  });

  it.each([
    ['a stack that is being deployed', 'ValidationError', 'cannot be performed on stack in status UPDATE_IN_PROGRESS'],
    ['a call that is not allowed', 'AccessDenied', 'is not authorized to perform: cloudformation:DetectStackDrift'],
  ])('goes on with the other stacks after %s', async (_, name, message) => {
    cloudFormation.on(DetectStackDriftCommand, { StackName: PIPELINE }).rejects(fault(name, message));
    const { findings } = await run({ stacks: [stackNamed(PIPELINE), stackNamed('Postrider-prod-Api')] });
    expect(findings).toMatchObject([
      { result: 'ok', detail: expect.stringContaining('Postrider-prod-Api') },
      { result: 'warn', detail: expect.stringMatching(new RegExp(`${PIPELINE}.*${message}`)) },
    ]);
  });

  it('ends at once on Ctrl-C', async () => {
    const world = {
      stage: 'prod',
      client: new CloudFormationClient(config),
      clock: () => 0,
      onProgress: () => undefined,
    };
    const pause = () => Promise.reject(new Error('Interrupted.'));
    await expect(driftChecks({ stacks: [stackNamed(PIPELINE)], ...world, pause })).rejects.toThrow('Interrupted.');
  });
});
