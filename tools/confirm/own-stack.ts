import { readFileSync } from 'node:fs';
import {
  type CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { STACK_PREFIX, TAG } from './leftovers.ts';

const CREATED_WITHIN_SECONDS = 600;
/** How often a message goes round: more than the 16 of Lambda's loop detection. */
export const LOOP_ROUNDS = 25;

const code = (file: string) => ({
  ZipFile: readFileSync(new URL(`functions/${file}.cjs`, import.meta.url), 'utf8'),
});
const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const ref = (id: string) => ({ Ref: id });
/** Substitutes `{Name}`. */
const sub = (text: string) => ({ 'Fn::Sub': text.replaceAll('{', '${') });
const allow = (Action: string | string[], Resource: unknown) => ({ Effect: 'Allow', Action, Resource });
const policy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement });
const role = (Principal: object, ...statements: object[]) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: policy({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal }),
    Policies: [{ PolicyName: 'confirm', PolicyDocument: policy(...statements) }],
  },
});
const lambdaRole = (...statements: object[]) => role({ Service: 'lambda.amazonaws.com' }, ...statements);
/** Assumed by whoever runs the checks. */
const callerRole = (...statements: object[]) =>
  role({ AWS: sub('arn:{AWS::Partition}:iam::{AWS::AccountId}:root') }, ...statements);

/** A function, with no permission to write logs: nothing of it outlives the stack. */
function fn(file: 'queue-worker' | 'probe', handler: string, more: object): object {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: `index.${handler}`,
      Code: code(file),
      Timeout: 10,
      MemorySize: 512,
      ...more,
    },
  };
}

/** A queue and its function. A queue that a reserved concurrency of 0 throttles has no other limit. */
function worker(name: string, handler: string, { queue, environment = {}, ...more }: WorkerOptions): object {
  const Variables = { REPORT_URL: ref('Reports'), QUEUE_URL: ref(`${name}Queue`), ...environment };
  return {
    [`${name}Queue`]: { Type: 'AWS::SQS::Queue', Properties: queue },
    [`${name}Role`]: lambdaRole(
      allow(
        [
          'sqs:ReceiveMessage',
          'sqs:DeleteMessage',
          'sqs:GetQueueAttributes',
          'sqs:ChangeMessageVisibility',
          'sqs:SendMessage',
        ],
        arn(`${name}Queue`),
      ),
      allow('sqs:SendMessage', arn('Reports')),
    ),
    [`${name}Function`]: fn('queue-worker', handler, {
      Role: arn(`${name}Role`),
      Environment: { Variables },
      ...more,
    }),
    [`${name}Mapping`]: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        EventSourceArn: arn(`${name}Queue`),
        FunctionName: ref(`${name}Function`),
        BatchSize: 1,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 2 },
      },
    },
  };
}

interface WorkerOptions {
  readonly queue: object;
  readonly environment?: Readonly<Record<string, string>>;
  readonly RecursiveLoop?: 'Allow';
  readonly ReservedConcurrentExecutions?: 0;
}

function api(): object {
  const ApiId = ref('Api');
  const route = (RouteKey: string, more: object = {}) => ({
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: { ApiId, RouteKey, Target: sub('integrations/{Integration}'), ...more },
  });
  return {
    EchoRole: lambdaRole({ Effect: 'Deny', Action: '*', Resource: '*' }),
    EchoFunction: fn('probe', 'echo', { Role: arn('EchoRole') }),
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: ref('AWS::StackName'), ProtocolType: 'HTTP' } },
    Integration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId,
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: arn('EchoFunction'),
        PayloadFormatVersion: '2.0',
      },
    },
    OpenRoute: route('POST /open'),
    IamRoute: route('POST /iam', { AuthorizationType: 'AWS_IAM' }),
    ApiStage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: {
        ApiId,
        StageName: '$default',
        AutoDeploy: true,
        DefaultRouteSettings: { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 20 },
      },
    },
    Invocation: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: ref('EchoFunction'),
        Principal: 'apigateway.amazonaws.com',
        SourceArn: sub('arn:{AWS::Partition}:execute-api:{AWS::Region}:{AWS::AccountId}:{Api}/*'),
      },
    },
    CallerRole: callerRole(
      allow(
        'execute-api:Invoke',
        sub('arn:{AWS::Partition}:execute-api:{AWS::Region}:{AWS::AccountId}:{Api}/$default/POST/iam'),
      ),
    ),
  };
}

/** The template of a run's stack: one small resource for each question. */
export function template(): object {
  const waiting = { VisibilityTimeout: 60 };
  const rounds = { ROUNDS: String(LOOP_ROUNDS) };
  return {
    Description: 'npm run confirm: asks this account about facts that Postrider relies on. Safe to delete.',
    Resources: {
      Reports: { Type: 'AWS::SQS::Queue', Properties: {} },
      ShortenDeadLetters: { Type: 'AWS::SQS::Queue', Properties: {} },
      ...worker('Shorten', 'shorten', {
        queue: { ...waiting, RedrivePolicy: { deadLetterTargetArn: arn('ShortenDeadLetters'), maxReceiveCount: 2 } },
      }),
      ...worker('LoopAllowed', 'loop', { queue: waiting, environment: rounds, RecursiveLoop: 'Allow' }),
      ...worker('LoopUntraced', 'loop', { queue: waiting, environment: { ...rounds, WITHOUT_TRACE: 'true' } }),
      ...worker('Throttled', 'count', { queue: { VisibilityTimeout: 30 }, ReservedConcurrentExecutions: 0 }),
      ClockRole: lambdaRole({ Effect: 'Deny', Action: '*', Resource: '*' }),
      ClockFunction: fn('probe', 'clock', { Role: arn('ClockRole') }),
      CompareRole: lambdaRole(allow('lambda:InvokeFunction', arn('ClockFunction'))),
      CompareFunction: fn('probe', 'compare', {
        Role: arn('CompareRole'),
        Timeout: 60,
        MemorySize: 1_769,
        Environment: { Variables: { CLOCK_FUNCTION: ref('ClockFunction') } },
      }),
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
        },
      },
      WriteRole: lambdaRole(allow('dynamodb:BatchWriteItem', arn('Table'))),
      WriteFunction: fn('probe', 'write', {
        Role: arn('WriteRole'),
        Timeout: 60,
        MemorySize: 1_769,
        Environment: { Variables: { TABLE: ref('Table') } },
      }),
      AdminKeyRole: callerRole(
        allow(
          'cloudformation:DescribeStacks',
          sub('arn:{AWS::Partition}:cloudformation:{AWS::Region}:{AWS::AccountId}:stack/{AWS::StackName}/*'),
        ),
        allow('dynamodb:PutItem', arn('Table')),
      ),
      ...api(),
    },
    Outputs: Object.fromEntries(
      Object.entries({
        // Read by cli/admin-key.ts, which takes this stack for the State stack of a stage.
        RegistryTableName: ref('Table'),
        ApiUrl: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] },
        ReportsUrl: ref('Reports'),
        ShortenQueueUrl: ref('ShortenQueue'),
        ShortenDeadLettersUrl: ref('ShortenDeadLetters'),
        LoopAllowedQueueUrl: ref('LoopAllowedQueue'),
        LoopUntracedQueueUrl: ref('LoopUntracedQueue'),
        ThrottledQueueUrl: ref('ThrottledQueue'),
        ThrottledFunctionName: ref('ThrottledFunction'),
        LoopAllowedMappingId: ref('LoopAllowedMapping'),
        LoopUntracedMappingId: ref('LoopUntracedMapping'),
        CompareFunctionName: ref('CompareFunction'),
        WriteFunctionName: ref('WriteFunction'),
        CallerRoleArn: arn('CallerRole'),
        AdminKeyRoleArn: arn('AdminKeyRole'),
      }).map(([name, Value]) => [name, { Value }]),
    ),
  };
}

/** The stage whose State stack `cli/admin-key.ts` would find in a run's stack. */
export const stageOfRun = (runId: string) => `${STACK_PREFIX.replace('Postrider-', '')}${runId}`;
/** The name of a run's stack. */
export const stackOfRun = (runId: string) => `${STACK_PREFIX}${runId}-State`;

/** Creates the stack of a run. @returns its outputs. @throws also when it is cancelled: the stack is then being created. */
export async function createOwnStack(
  client: CloudFormationClient,
  runId: string,
  abortSignal: AbortSignal,
): Promise<Record<string, string>> {
  const StackName = stackOfRun(runId);
  await client.send(
    new CreateStackCommand({
      StackName,
      TemplateBody: JSON.stringify(template()),
      Capabilities: ['CAPABILITY_IAM'],
      Tags: [{ Key: TAG, Value: runId }],
      TimeoutInMinutes: 10,
    }),
  );
  await waitUntilStackCreateComplete(
    { client, maxWaitTime: CREATED_WITHIN_SECONDS, minDelay: 2, maxDelay: 5, abortSignal },
    { StackName },
  );
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
  return Object.fromEntries(
    (Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
}
