import { CloudFormationClient, DescribeStacksCommand, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { GetEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { GetScheduleCommand } from '@aws-sdk/client-scheduler';
import { GetServiceQuotaCommand } from '@aws-sdk/client-service-quotas';
import { ListSubscriptionsByTopicCommand } from '@aws-sdk/client-sns';
import { beforeEach, describe, expect, it } from 'vitest';
import { readStacks, stackNames } from '../../../cli/doctor/stacks.ts';
import { stageChecks } from '../../../cli/doctor/stage-checks.ts';
import { stages } from '../../../lib/stage.ts';
import { ALARM, allIsWell, aws, config, fault, resource, stack, TOPIC } from './stage-on-aws.ts';

beforeEach(allIsWell);

const findings = async () => {
  const stage = stages.prod;
  const { read: stacks, unread } = await readStacks(stackNames(stage), new CloudFormationClient(config));
  return stageChecks({ stage, stacks, unread, config });
};
const wrong = async () => (await findings()).filter(({ result }) => result !== 'ok');
const stackIs = (name: string, more: object) =>
  aws.cloudFormation.on(DescribeStacksCommand, { StackName: name }).resolves(stack(name, more));

describe('the doctor, of a deployed stage', () => {
  it('finds nothing where all is well, in every stack of the stage', async () => {
    expect(await wrong()).toEqual([]);
    expect((await findings()).map(({ check }) => check)).toEqual([
      'stacks',
      'quotas',
      'queue triggers',
      'schedules',
      'alarms',
      'who is told',
    ]);
    expect(stackNames(stages.prod)).toContain('Postrider-prod-Observability');
    expect(stackNames(stages.dev)).not.toContain('Postrider-dev-Observability');
  });

  it.each<[string, () => unknown, string, string]>([
    [
      'a stack whose deployment failed',
      () => stackIs('Postrider-prod-Api', { StackStatus: 'UPDATE_ROLLBACK_FAILED' }),
      'stacks',
      'fail',
    ],
    [
      'a deployment that was taken back',
      () => stackIs('Postrider-prod-Api', { StackStatus: 'UPDATE_ROLLBACK_COMPLETE' }),
      'stacks',
      'warn',
    ],
    [
      'a missing stack',
      () =>
        aws.cloudFormation
          .on(DescribeStacksCommand, { StackName: 'Postrider-prod-Observability' })
          .rejects(fault('ValidationError', 'Stack with id Postrider-prod-Observability does not exist')),
      'stacks',
      'fail',
    ],
    [
      'tables whose stack may be deleted',
      () => stackIs('Postrider-prod-State', { EnableTerminationProtection: false }),
      'stacks',
      'warn',
    ],
    [
      'a queue that feeds nobody',
      () => aws.lambda.on(GetEventSourceMappingCommand).resolves({ State: 'Disabled' }),
      'queue triggers',
      'fail',
    ],
    [
      'a queue whose trigger was deleted',
      () => aws.lambda.on(GetEventSourceMappingCommand).rejects(fault('ResourceNotFoundException')),
      'queue triggers',
      'fail',
    ],
    [
      'a trigger that is being switched on',
      () => aws.lambda.on(GetEventSourceMappingCommand).resolves({ State: 'Enabling' }),
      'queue triggers',
      'warn',
    ],
    [
      'a schedule that is off',
      () => aws.scheduler.on(GetScheduleCommand).resolves({ State: 'DISABLED' }),
      'schedules',
      'fail',
    ],
    [
      'a schedule that was deleted',
      () => aws.scheduler.on(GetScheduleCommand).rejects(fault('ResourceNotFoundException')),
      'schedules',
      'fail',
    ],
    [
      'an alarm',
      () =>
        aws.cloudWatch
          .on(DescribeAlarmsCommand)
          .resolves({ CompositeAlarms: [{ AlarmName: ALARM, StateValue: 'ALARM' }] }),
      'alarms',
      'fail',
    ],
    [
      'an alarm that tells nobody',
      () =>
        aws.cloudWatch
          .on(DescribeAlarmsCommand)
          .resolves({ MetricAlarms: [{ AlarmName: ALARM, StateValue: 'OK', ActionsEnabled: false }] }),
      'alarms',
      'warn',
    ],
    ['an alarm that was deleted', () => aws.cloudWatch.on(DescribeAlarmsCommand).resolves({}), 'alarms', 'fail'],
    [
      'topics without subscribers',
      () => aws.sns.on(ListSubscriptionsByTopicCommand).resolves({ Subscriptions: [] }),
      'who is told',
      'fail',
    ],
    [
      'a topic that was deleted',
      () => aws.sns.on(ListSubscriptionsByTopicCommand).rejects(fault('NotFoundException')),
      'who is told',
      'fail',
    ],
    [
      'a topic whose only subscription nobody confirmed',
      () =>
        aws.sns
          .on(ListSubscriptionsByTopicCommand)
          .resolves({ Subscriptions: [{ SubscriptionArn: 'PendingConfirmation' }] }),
      'who is told',
      'fail',
    ],
    [
      'a subscription that nobody confirmed',
      () =>
        aws.sns
          .on(ListSubscriptionsByTopicCommand)
          .resolves({ Subscriptions: [{ SubscriptionArn: `${TOPIC}:1` }, { SubscriptionArn: 'PendingConfirmation' }] }),
      'who is told',
      'warn',
    ],
    [
      'a quota that is too low',
      () => aws.quotas.on(GetServiceQuotaCommand, { QuotaCode: 'L-9B653E91' }).resolves({ Quota: { Value: 400 } }),
      'quotas',
      'fail',
    ],
    [
      'a check that is not allowed',
      () =>
        aws.scheduler
          .on(GetScheduleCommand)
          .rejects(fault('AccessDeniedException', 'is not authorized to perform: scheduler:GetSchedule')),
      'schedules',
      'warn',
    ],
    [
      'a stack that may not be read',
      () =>
        aws.cloudFormation
          .on(ListStackResourcesCommand, { StackName: 'Postrider-prod-Pipeline' })
          .rejects(fault('AccessDenied', 'is not authorized to perform: cloudformation:ListStackResources')),
      'stacks',
      'warn',
    ],
  ])('finds %s, and says what to do', async (_, situation, check, result) => {
    situation();
    const found = await wrong();
    expect(new Set(found.map((one) => `${one.check} ${one.result}`))).toEqual(new Set([`${check} ${result}`]));
    for (const { next } of found) expect(next).toMatch(/\S{2}/);
  });

  it('finds that there are no triggers and no schedules at all', async () => {
    aws.cloudFormation
      .on(ListStackResourcesCommand, { StackName: 'Postrider-prod-Pipeline' })
      .resolves({ StackResourceSummaries: [resource('AWS::CloudWatch::Alarm', ALARM)] });
    expect(await wrong()).toMatchObject([
      { check: 'queue triggers', result: 'fail' },
      { check: 'schedules', result: 'fail' },
    ]);
  });

  it('asks each topic by itself', async () => {
    const other = `${TOPIC}-of-tickets`;
    aws.cloudFormation
      .on(ListStackResourcesCommand, { StackName: 'Postrider-prod-Observability' })
      .resolves({ StackResourceSummaries: [resource('AWS::SNS::Topic', other)] });
    aws.sns.on(ListSubscriptionsByTopicCommand, { TopicArn: other }).resolves({ Subscriptions: [] });
    expect(await wrong()).toMatchObject([
      { check: 'who is told', result: 'fail', detail: 'Nobody is told by the topic alarms-of-tickets.' },
    ]);
  });

  it('leaves alone what an update took away', async () => {
    const gone = { ...resource('AWS::Lambda::EventSourceMapping', 'gone'), ResourceStatus: 'DELETE_COMPLETE' as const };
    aws.cloudFormation
      .on(ListStackResourcesCommand, { StackName: 'Postrider-prod-Api' })
      .resolves({ StackResourceSummaries: [gone] });
    aws.lambda.on(GetEventSourceMappingCommand, { UUID: 'gone' }).rejects(fault('ResourceNotFoundException'));
    expect(await wrong()).toEqual([]);
  });
});
