import {
  type CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourcesCommand,
  GetTemplateCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import * as z from 'zod';
import { ACCOUNT, REGION } from './ministack.ts';

/**
 * MiniStack checks these calls as separate actions; AWS has no such actions, and the single one covers the
 * batch. So a second policy mirrors the grants of the product's roles, statement by statement: a role that may not
 * send to a queue may not do so in batches either, and the product's own grants are unchanged.
 */
const BATCH_OF: Readonly<Record<string, string>> = {
  'sqs:SendMessage': 'sqs:SendMessageBatch',
  'sqs:DeleteMessage': 'sqs:DeleteMessageBatch',
  'sqs:ChangeMessageVisibility': 'sqs:ChangeMessageVisibilityBatch',
};

const oneOrMore = <Item extends z.ZodType>(item: Item) => z.union([z.array(item), item.transform((one) => [one])]);
const statement = z.object({ Action: oneOrMore(z.string()), Resource: oneOrMore(z.unknown()) });
const policy = z.object({
  Type: z.literal('AWS::IAM::Policy'),
  Properties: z.object({
    PolicyDocument: z.object({ Statement: z.array(statement) }),
    Roles: z.array(z.object({ Ref: z.string() })),
  }),
});
const template = z.object({ Resources: z.record(z.string(), z.unknown()) });
const reference = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) });

/** Adds the mirrored policies to the roles of these stacks, in a separate stack of the test. */
export async function allowBatchCalls(client: CloudFormationClient, stacks: readonly string[]): Promise<void> {
  const mirrored = (await Promise.all(stacks.map((stack) => mirroredPolicies(client, stack)))).flat();
  const StackName = 'Postrider-test-batch-calls';
  const Resources = Object.fromEntries(mirrored.map((resource, index) => [`Policy${index}`, resource]));
  const TemplateBody = JSON.stringify({ Resources });
  await client.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities: ['CAPABILITY_IAM'] }));
  await waitUntilStackCreateComplete({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StackName });
}

async function mirroredPolicies(client: CloudFormationClient, StackName: string): Promise<object[]> {
  const { TemplateBody = '' } = await client.send(new GetTemplateCommand({ StackName }));
  const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName }));
  const physicalIds = new Map(
    StackResources.map(({ LogicalResourceId, PhysicalResourceId = '' }) => [LogicalResourceId, PhysicalResourceId]),
  );

  const arnOf = (resource: unknown): unknown => {
    const local = reference.safeParse(resource);
    // An import from another stack is left to CloudFormation.
    if (!local.success) return resource;
    const queueUrl = physicalIds.get(local.data['Fn::GetAtt'][0]) ?? '';
    return `arn:aws:sqs:${REGION}:${ACCOUNT}:${queueUrl.split('/').at(-1)}`;
  };

  return Object.values(template.parse(JSON.parse(TemplateBody)).Resources).flatMap((resource) => {
    const found = policy.safeParse(resource);
    if (!found.success) return [];
    const { PolicyDocument, Roles } = found.data.Properties;
    const Statement = PolicyDocument.Statement.flatMap(({ Action, Resource }) => {
      const batched = Action.flatMap((action) => BATCH_OF[action] ?? []);
      return batched.length === 0 ? [] : [{ Effect: 'Allow', Action: batched, Resource: Resource.map(arnOf) }];
    });
    if (Statement.length === 0) return [];
    return [
      {
        Type: 'AWS::IAM::Policy',
        Properties: {
          PolicyName: 'BatchCallsInMiniStack',
          PolicyDocument: { Version: '2012-10-17', Statement },
          Roles: Roles.map(({ Ref }) => physicalIds.get(Ref)),
        },
      },
    ];
  });
}
