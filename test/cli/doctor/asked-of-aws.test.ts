import { readFileSync } from 'node:fs';
import {
  DescribeStackDriftDetectionStatusCommand,
  DescribeStackResourceDriftsCommand,
  DetectStackDriftCommand,
  GetTemplateCommand,
  ListStackResourcesCommand,
} from '@aws-sdk/client-cloudformation';
import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  IAMClient,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, it } from 'vitest';
import { runAgainst } from '../api-that-answers.ts';
import { allIsWell, aws, resource, stackArn } from './stage-on-aws.ts';

const iam = mockClient(IAMClient);
const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
const section = page.split(/^## /m).find((one) => one.startsWith('Doctor\n')) ?? '';
const documented = new Set(section.match(/\b[a-z0-9]+:[A-Z]\w+\b/g));

/** Where the action that allows a call is not named like it. */
const NAMED_OTHERWISE: Readonly<Record<string, string>> = {
  's3:GetBucketLifecycleConfiguration': 's3:GetLifecycleConfiguration',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3:HeadBucket': 's3:ListBucket',
};
/** What CloudFormation does with the caller's credentials, and what is asked only where an account has no quota of its own. */
const NOT_CALLED = [
  'cloudformation:BatchDescribeTypeConfigurations',
  'cloudformation:DetectStackResourceDrift',
  'servicequotas:GetAWSDefaultServiceQuota',
];
const SERVICES = {
  ...{ cloudFormation: 'cloudformation', cloudWatch: 'cloudwatch', dynamoDb: 'dynamodb', kms: 'kms', lambda: 'lambda' },
  ...{ quotas: 'servicequotas', s3: 's3', scheduler: 'scheduler', sns: 'sns' },
} as const;

it('the doctor calls what the page on operations says that it must be allowed, and nothing else', async () => {
  allIsWell();
  const template = {
    Resources: {
      Deliver: { Type: 'AWS::Lambda::Function', Properties: { Role: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          ManagedPolicyArns: ['arn:aws:iam::aws:policy/Any'],
          Policies: [
            { PolicyDocument: { Statement: { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: 'arn:q' } } },
          ],
        },
      },
    },
  };
  const { cloudFormation, lambda } = aws;
  cloudFormation
    .on(ListStackResourcesCommand, { StackName: 'Postrider-prod-Api' })
    .resolves({ StackResourceSummaries: [resource('AWS::Lambda::Function', 'deliver', 'Deliver')] });
  cloudFormation.on(GetTemplateCommand).resolves({ TemplateBody: JSON.stringify(template) });
  cloudFormation.on(DetectStackDriftCommand).resolves({ StackDriftDetectionId: 'd-1' });
  cloudFormation.on(DescribeStackDriftDetectionStatusCommand).resolves({
    ...{ StackId: stackArn('any'), StackDriftDetectionId: 'd-1', Timestamp: new Date() },
    DetectionStatus: 'DETECTION_COMPLETE',
  });
  cloudFormation.on(DescribeStackResourceDriftsCommand).resolves({ StackResourceDrifts: [] });
  lambda.on(GetFunctionConfigurationCommand).resolves({ Role: 'arn:aws:iam::111122223333:role/deliver-role' });
  iam.on(GetPolicyCommand).resolves({ Policy: { DefaultVersionId: 'v1' } });
  iam.on(GetPolicyVersionCommand).resolves({ PolicyVersion: { Document: '%7B%22Statement%22%3A%5B%5D%7D' } });
  iam.on(SimulatePrincipalPolicyCommand).resolves({
    EvaluationResults: [{ EvalActionName: 'sqs:SendMessage', EvalDecision: 'allowed' }],
  });

  const line = ['doctor', '--stage', 'prod', '--region', 'eu-central-1', '--deep', '--drift'];
  const { code, stdout } = await runAgainst(() => [503, {}], line);
  expect(stdout).toMatch(/^ok\tpermissions/m);
  expect(stdout).toMatch(/^ok\tdrift/m);
  // The API does not answer; nothing else is wrong.
  expect({ code, wrong: stdout.match(/^(warn|fail)\t.+?\t/gm) }).toEqual({ code: 1, wrong: ['fail\tAPI\t'] });

  const clients = Object.entries(SERVICES).map(([name, service]) => [service, aws[name as keyof typeof aws]] as const);
  const called = [...clients, ['iam', iam] as const].flatMap(([service, client]) =>
    client.calls().map(({ args: [command] }) => `${service}:${command.constructor.name.replace(/Command$/, '')}`),
  );
  const needed = new Set([...called.map((one) => NAMED_OTHERWISE[one] ?? one), ...NOT_CALLED]);
  expect([...documented].toSorted()).toEqual([...needed].toSorted());
});
