import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourcesCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  keysAreNoSignatures,
  othersAreForbidden,
  signedRequestsPublish,
} from '../../e2e/scenarios/publishing-as-role.ts';
import type { SigningOptions } from '../../support/signing-caller.ts';
import { ACCOUNT, REGION } from '../ministack.ts';
import { deployedTarget } from '../target.ts';

const target = deployedTarget();
const StackName = 'Postrider-test-producers';
const client = { endpoint: target.awsEndpoint, region: REGION };

/** A role that this account may assume and that may invoke only this. */
function role(resource: string): object {
  const Version = '2012-10-17';
  const Principal = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
  const AssumeRolePolicyDocument = { Version, Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal }] };
  const Statement = [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: resource }];
  const Policies = [{ PolicyName: 'publish', PolicyDocument: { Version, Statement } }];
  return { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument, Policies } };
}

/** Roles by their logical names. */
async function makeRoles(Resources: Record<string, object>): Promise<Map<string, string>> {
  const cloudFormation = new CloudFormationClient(client);
  const TemplateBody = JSON.stringify({ Resources });
  await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities: ['CAPABILITY_IAM'] }));
  await waitUntilStackCreateComplete(
    { client: cloudFormation, maxWaitTime: 30, minDelay: 1, maxDelay: 1 },
    { StackName },
  );
  const { StackResources = [] } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName }));
  cloudFormation.destroy();
  return new Map(
    StackResources.map(({ LogicalResourceId = '', PhysicalResourceId = '' }) => [
      LogicalResourceId,
      PhysicalResourceId,
    ]),
  );
}

async function assume(name: string): Promise<Required<Omit<SigningOptions, 'region' | 'service' | 'at' | 'headers'>>> {
  const sts = new STSClient(client);
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/${name}`;
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'producer' }));
  sts.destroy();
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

describe('a caller inside AWS', () => {
  let roles = new Map<string, string>();
  beforeAll(async () => {
    const { PublishArn } = target.outputs;
    roles = await makeRoles({
      Producer: role(PublishArn),
      Other: role(PublishArn.replace('/iam/events', '/events')),
    });
  });
  const as = (name: string) => assume(roles.get(name) ?? expect.fail(`There is no role ${name}.`));

  it('publishes with a role that may invoke the ARN that the deployment printed', async () =>
    signedRequestsPublish(target, await as('Producer')));

  it('is refused by the gateway without a signature, with a wrong one, or without such a role', async () =>
    othersAreForbidden(target, [
      await as('Other'),
      { ...(await as('Producer')), secretAccessKey: 'another' },
      { accessKeyId: 'AKIAUNKNOWN000000000', secretAccessKey: 'x' },
    ]));

  // This engine passes on such a request without a caller; ingest refuses it.
  it('is refused with a key instead of a signature', () => keysAreNoSignatures(target));
});
