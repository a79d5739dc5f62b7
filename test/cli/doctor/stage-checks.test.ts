import { CloudFormationClient, DescribeStacksCommand, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetAccountSettingsCommand, GetEventSourceMappingCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { awsClientConfig } from '../../../adapters/aws-client.ts';
import { stackNames, stageChecks, stateChecks } from '../../../cli/doctor/stage-checks.ts';
import { stages } from '../../../lib/stage.ts';

const cloudFormation = mockClient(CloudFormationClient);
const cloudWatch = mockClient(CloudWatchClient);
const dynamoDb = mockClient(DynamoDBClient);
const kms = mockClient(KMSClient);
const lambda = mockClient(LambdaClient);
const scheduler = mockClient(SchedulerClient);
const quotas = mockClient(ServiceQuotasClient);
const sns = mockClient(SNSClient);
const config = { ...awsClientConfig, region: 'eu-central-1' };

const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:alarms';

/** A stage that is well. */
beforeEach(() => {
  for (const one of [cloudFormation, cloudWatch, dynamoDb, kms, lambda, scheduler, quotas, sns]) one.reset();
  cloudFormation
    .on(DescribeStacksCommand)
    .resolves({ Stacks: [{ StackName: 's', CreationTime: new Date(), StackStatus: 'UPDATE_COMPLETE' }] });
  const resource = (ResourceType: string, PhysicalResourceId: string) => ({
    ...{ ResourceType, PhysicalResourceId, LogicalResourceId: 'l', LastUpdatedTimestamp: new Date() },
    ResourceStatus: 'CREATE_COMPLETE' as const,
  });
  cloudFormation.on(ListStackResourcesCommand).resolves({ StackResourceSummaries: [] });
  cloudFormation.on(ListStackResourcesCommand, { StackName: 'Postrider-prod-Pipeline' }).resolves({
    StackResourceSummaries: [
      resource('AWS::Lambda::EventSourceMapping', 'mapping-1'),
      resource('AWS::Scheduler::Schedule', 'schedule-1'),
      resource('AWS::CloudWatch::Alarm', 'Postrider-prod-DeliverErrors'),
      resource('AWS::SNS::Topic', TOPIC),
    ],
  });
  lambda
    .on(GetAccountSettingsCommand)
    .resolves({ AccountLimit: { ConcurrentExecutions: 5_000, UnreservedConcurrentExecutions: 5_000 } });
  quotas.on(GetServiceQuotaCommand).resolves({ Quota: { Value: 1_000_000 } });
  lambda
    .on(GetEventSourceMappingCommand)
    .resolves({ State: 'Enabled', EventSourceArn: 'arn:aws:sqs:eu-central-1:1:q' });
  scheduler.on(GetScheduleCommand).resolves({ State: 'ENABLED' });
  cloudWatch.on(DescribeAlarmsCommand).resolves({
    MetricAlarms: [{ AlarmName: 'Postrider-prod-DeliverErrors', StateValue: 'OK', ActionsEnabled: true }],
  });
  sns.on(ListSubscriptionsByTopicCommand).resolves({ Subscriptions: [{ SubscriptionArn: `${TOPIC}:1` }] });
  dynamoDb.on(DescribeTableCommand).resolves({ Table: { TableStatus: 'ACTIVE', DeletionProtectionEnabled: true } });
  kms.on(DescribeKeyCommand).resolves({ KeyMetadata: { KeyId: 'k', KeyState: 'Enabled' } });
});

const findings = async () => {
  const outputs = { RegistryTableName: 'registry', LedgerTableName: 'ledger', SecretsKeyArn: 'arn' };
  const world = { stage: stages.prod, cloudFormation: new CloudFormationClient(config), config };
  return [...(await stateChecks({ outputs, config }, true)), ...(await stageChecks(world))];
};
const wrong = async () => (await findings()).filter(({ result }) => result !== 'ok');

describe('the doctor, of a deployed stage', () => {
  it('finds nothing where all is well, in every stack of the stage', async () => {
    expect(await wrong()).toEqual([]);
    expect((await findings()).map(({ check }) => check)).toEqual([
      'tables',
      'tables',
      'key of the secrets',
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
      () =>
        cloudFormation
          .on(DescribeStacksCommand, { StackName: 'Postrider-prod-Api' })
          .resolves({ Stacks: [{ StackName: 's', CreationTime: new Date(), StackStatus: 'UPDATE_ROLLBACK_FAILED' }] }),
      'stacks',
      'fail',
    ],
    [
      'a deployment that was taken back',
      () =>
        cloudFormation.on(DescribeStacksCommand, { StackName: 'Postrider-prod-Api' }).resolves({
          Stacks: [{ StackName: 's', CreationTime: new Date(), StackStatus: 'UPDATE_ROLLBACK_COMPLETE' }],
        }),
      'stacks',
      'warn',
    ],
    [
      'a missing stack',
      () =>
        cloudFormation
          .on(DescribeStacksCommand, { StackName: 'Postrider-prod-Observability' })
          .rejects(new Error('Stack with id Postrider-prod-Observability does not exist')),
      'stacks',
      'fail',
    ],
    [
      'a queue that feeds nobody',
      () => lambda.on(GetEventSourceMappingCommand).resolves({ State: 'Disabled' }),
      'queue triggers',
      'fail',
    ],
    [
      'a schedule that is off',
      () => scheduler.on(GetScheduleCommand).resolves({ State: 'DISABLED' }),
      'schedules',
      'fail',
    ],
    [
      'an alarm',
      () =>
        cloudWatch
          .on(DescribeAlarmsCommand)
          .resolves({ CompositeAlarms: [{ AlarmName: 'Postrider-prod-Down', StateValue: 'ALARM' }] }),
      'alarms',
      'fail',
    ],
    [
      'an alarm that tells nobody',
      () =>
        cloudWatch
          .on(DescribeAlarmsCommand)
          .resolves({ MetricAlarms: [{ AlarmName: 'a', StateValue: 'OK', ActionsEnabled: false }] }),
      'alarms',
      'warn',
    ],
    [
      'topics without subscribers',
      () => sns.on(ListSubscriptionsByTopicCommand).resolves({ Subscriptions: [] }),
      'who is told',
      'fail',
    ],
    [
      'a subscription that nobody confirmed',
      () =>
        sns
          .on(ListSubscriptionsByTopicCommand)
          .resolves({ Subscriptions: [{ SubscriptionArn: 'PendingConfirmation' }] }),
      'who is told',
      'warn',
    ],
    [
      'a quota that is too low',
      () => quotas.on(GetServiceQuotaCommand, { QuotaCode: 'L-9B653E91' }).resolves({ Quota: { Value: 400 } }),
      'quotas',
      'fail',
    ],
    [
      'a table that may be deleted',
      () => dynamoDb.on(DescribeTableCommand, { TableName: 'ledger' }).resolves({ Table: { TableStatus: 'ACTIVE' } }),
      'tables',
      'fail',
    ],
    [
      'a key that is to be deleted',
      () => kms.on(DescribeKeyCommand).resolves({ KeyMetadata: { KeyId: 'k', KeyState: 'PendingDeletion' } }),
      'key of the secrets',
      'fail',
    ],
    [
      'a check that is not allowed',
      () =>
        scheduler.on(GetScheduleCommand).rejects(
          Object.assign(new Error('is not authorized to perform: scheduler:GetSchedule'), {
            name: 'AccessDeniedException',
          }),
        ),
      'schedules',
      'warn',
    ],
  ])('finds %s, and says what to do', async (_, situation, check, result) => {
    situation();
    const found = await wrong();
    expect(new Set(found.map((one) => `${one.check} ${one.result}`))).toEqual(new Set([`${check} ${result}`]));
    for (const { next } of found) expect(next).toMatch(/\S{2}/);
  });
});
