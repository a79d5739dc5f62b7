import { CloudFormationClient, DescribeStacksCommand, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeContinuousBackupsCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetAccountSettingsCommand, GetEventSourceMappingCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { awsClientConfig } from '../../../adapters/aws-client.ts';

export const config = { ...awsClientConfig, region: 'eu-central-1' };
export const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:alarms';
export const ALARM = 'Postrider-prod-DeliverErrors';
export const stackArn = (name: string) => `arn:aws:cloudformation:eu-central-1:111122223333:stack/${name}/0a1b2c3d`;

export const aws = {
  cloudFormation: mockClient(CloudFormationClient),
  cloudWatch: mockClient(CloudWatchClient),
  dynamoDb: mockClient(DynamoDBClient),
  kms: mockClient(KMSClient),
  lambda: mockClient(LambdaClient),
  quotas: mockClient(ServiceQuotasClient),
  s3: mockClient(S3Client),
  scheduler: mockClient(SchedulerClient),
  sns: mockClient(SNSClient),
};

/** AWS refuses or does not find something, as the SDK tells it. */
export const fault = (name: string, message = name) => Object.assign(new Error(message), { name });

/** A stack as CloudFormation describes it. */
export const stack = (StackName: string, more: object = {}) => ({
  Stacks: [
    {
      ...{ StackName, StackId: stackArn(StackName), CreationTime: new Date(), EnableTerminationProtection: true },
      ...{ StackStatus: 'UPDATE_COMPLETE' as const, ...more },
    },
  ],
});

export const resource = (ResourceType: string, PhysicalResourceId: string, LogicalResourceId = 'l') => ({
  ...{ ResourceType, PhysicalResourceId, LogicalResourceId, LastUpdatedTimestamp: new Date() },
  ResourceStatus: 'CREATE_COMPLETE' as const,
});

/** The outputs of the stack of the state. */
export const outputs = {
  RegistryTableName: 'registry',
  LedgerTableName: 'ledger',
  PayloadBucketName: 'payloads',
  SecretsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/mrk-1',
};

export const policyThatRefusesPlain = {
  Version: '2012-10-17',
  Statement: [
    {
      ...{ Effect: 'Deny', Principal: { AWS: '*' }, Action: 's3:*' },
      Resource: ['arn:aws:s3:::payloads', 'arn:aws:s3:::payloads/*'],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ],
};

/** The stage prod, in which all is well. */
export function allIsWell(): void {
  for (const one of Object.values(aws)) one.reset();
  for (const name of ['State', 'Pipeline', 'Api', 'Observability'].map((one) => `Postrider-prod-${one}`)) {
    aws.cloudFormation.on(DescribeStacksCommand, { StackName: name }).resolves(stack(name));
  }
  aws.cloudFormation.on(DescribeStacksCommand, { StackName: 'Postrider-prod-State' }).resolves(
    stack('Postrider-prod-State', {
      Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
    }),
  );
  aws.cloudFormation.on(ListStackResourcesCommand).resolves({ StackResourceSummaries: [] });
  aws.cloudFormation.on(ListStackResourcesCommand, { StackName: 'Postrider-prod-Pipeline' }).resolves({
    StackResourceSummaries: [
      resource('AWS::Lambda::EventSourceMapping', 'mapping-1'),
      resource('AWS::Scheduler::Schedule', 'schedule-1'),
      resource('AWS::CloudWatch::Alarm', ALARM),
      resource('AWS::SNS::Topic', TOPIC),
    ],
  });
  aws.lambda
    .on(GetAccountSettingsCommand)
    .resolves({ AccountLimit: { ConcurrentExecutions: 5_000, UnreservedConcurrentExecutions: 5_000 } });
  aws.quotas.on(GetServiceQuotaCommand).resolves({ Quota: { Value: 1_000_000 } });
  aws.lambda
    .on(GetEventSourceMappingCommand)
    .resolves({ State: 'Enabled', EventSourceArn: 'arn:aws:sqs:eu-central-1:111122223333:q' });
  aws.scheduler.on(GetScheduleCommand).resolves({ State: 'ENABLED' });
  aws.cloudWatch.on(DescribeAlarmsCommand).resolves({
    MetricAlarms: [{ AlarmName: ALARM, StateValue: 'OK', ActionsEnabled: true }],
  });
  aws.sns.on(ListSubscriptionsByTopicCommand).resolves({ Subscriptions: [{ SubscriptionArn: `${TOPIC}:1` }] });
  aws.dynamoDb.on(DescribeTableCommand).resolves({ Table: { TableStatus: 'ACTIVE', DeletionProtectionEnabled: true } });
  aws.dynamoDb.on(DescribeContinuousBackupsCommand).resolves({
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED', RecoveryPeriodInDays: 35 },
    },
  });
  aws.kms.on(DescribeKeyCommand).resolves({ KeyMetadata: { KeyId: 'k', KeyState: 'Enabled' } });
  aws.s3.on(HeadBucketCommand).resolves({});
  aws.s3.on(GetPublicAccessBlockCommand).resolves({
    PublicAccessBlockConfiguration: {
      ...{ BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true },
    },
  });
  aws.s3.on(GetBucketPolicyCommand).resolves({ Policy: JSON.stringify(policyThatRefusesPlain) });
  aws.s3.on(GetBucketLifecycleConfigurationCommand).resolves({
    Rules: [{ ID: 'r', Filter: { Prefix: '' }, Status: 'Enabled', Expiration: { Days: 30 } }],
  });
  // A bucket that never had versions.
  aws.s3.on(GetBucketVersioningCommand).resolves({});
}
