import { createHash } from 'node:crypto';

/** Where deployed resources live. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
  /** `http://127.0.0.1:<port>` of the AWS services. */
  readonly awsEndpoint: string;
  /** `http://127.0.0.1:<port>` of the HTTP API. */
  readonly apiEndpoint: string;
}

/** What CloudFormation knows about a created resource. */
export interface Identity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

type Identify = (name: string, place: Place) => Identity;

const arn = (service: string, place: Place, rest: string) =>
  `arn:aws:${service}:${place.region}:${place.accountId}:${rest}`;

/** Resource types that exist locally, with the property that names them and the values of Ref and Fn::GetAtt. */
const kinds: Readonly<Record<string, { nameProperty?: string; lengthMax: number; identify: Identify }>> = {
  'AWS::DynamoDB::GlobalTable': {
    nameProperty: 'TableName',
    lengthMax: 255,
    identify: (name, place) => ({ ref: name, attributes: { Arn: arn('dynamodb', place, `table/${name}`) } }),
  },
  'AWS::S3::Bucket': {
    nameProperty: 'BucketName',
    lengthMax: 63,
    identify: (name) => ({ ref: name, attributes: { Arn: `arn:aws:s3:::${name}` } }),
  },
  'AWS::KMS::Key': {
    lengthMax: 36,
    identify: (name, place) => ({ ref: name, attributes: { Arn: arn('kms', place, `key/${name}`), KeyId: name } }),
  },
  'AWS::SQS::Queue': {
    nameProperty: 'QueueName',
    lengthMax: 80,
    identify: (name, place) => {
      const url = `${place.awsEndpoint}/${place.accountId}/${name}`;
      return { ref: url, attributes: { Arn: arn('sqs', place, name), QueueName: name, QueueUrl: url } };
    },
  },
  'AWS::Events::EventBus': {
    nameProperty: 'Name',
    lengthMax: 256,
    identify: (name, place) => ({
      ref: name,
      attributes: { Arn: arn('events', place, `event-bus/${name}`), Name: name },
    }),
  },
  'AWS::Events::Rule': {
    nameProperty: 'Name',
    lengthMax: 64,
    identify: (name, place) => ({ ref: name, attributes: { Arn: arn('events', place, `rule/${name}`) } }),
  },
  'AWS::Lambda::Function': {
    nameProperty: 'FunctionName',
    lengthMax: 64,
    identify: (name, place) => ({ ref: name, attributes: { Arn: arn('lambda', place, `function:${name}`) } }),
  },
  'AWS::Lambda::EventInvokeConfig': { lengthMax: 64, identify: (name) => ({ ref: name, attributes: {} }) },
  'AWS::Lambda::EventSourceMapping': {
    lengthMax: 64,
    identify: (name) => ({ ref: name, attributes: { Id: name } }),
  },
  'AWS::Scheduler::Schedule': {
    nameProperty: 'Name',
    lengthMax: 64,
    identify: (name, place) => ({
      ref: name,
      attributes: { Arn: arn('scheduler', place, `schedule/default/${name}`) },
    }),
  },
  'AWS::ApiGatewayV2::Api': {
    lengthMax: 10,
    identify: (name, place) => ({ ref: name, attributes: { ApiId: name, ApiEndpoint: place.apiEndpoint } }),
  },
  'AWS::ApiGatewayV2::Route': { lengthMax: 64, identify: (name) => ({ ref: name, attributes: {} }) },
  'AWS::ApiGatewayV2::Integration': { lengthMax: 64, identify: (name) => ({ ref: name, attributes: {} }) },
  'AWS::ApiGatewayV2::Stage': { lengthMax: 128, identify: (name) => ({ ref: name, attributes: {} }) },
};

/** Types that a local run deliberately ignores: permissions, monitoring, and descriptions. */
const ignored: ReadonlySet<string> = new Set([
  'AWS::ApplicationSignals::ServiceLevelObjective',
  'AWS::CDK::Metadata',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::AnomalyDetector',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::KMS::Alias',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::Logs::MetricFilter',
  'AWS::Logs::QueryDefinition',
  'AWS::Logs::ResourcePolicy',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::Scheduler::ScheduleGroup',
]);

/** Marks a value that belongs to a resource without a local counterpart. It must not reach a function. */
export const ABSENT_PREFIX = 'not-run-locally:';

/**
 * The local name of a resource. Names are derived from the stack and the logical id, so that they are the same after
 * every restart and the data is found again.
 * @throws Error for a resource type that is neither supported nor deliberately ignored.
 */
export function identify(
  resource: { stackName: string; logicalId: string; type: string; properties: Record<string, unknown> },
  place: Place,
): Identity | undefined {
  const kind = kinds[resource.type];
  if (kind === undefined) {
    if (ignored.has(resource.type)) return undefined;
    throw new Error(
      `${resource.logicalId} in ${resource.stackName} is a ${resource.type}, which cannot be run locally. ` +
        'Give it a local engine, or add its type to the list of ignored ones in local/assembly/identity.ts.',
    );
  }
  const given = kind.nameProperty === undefined ? undefined : resource.properties[kind.nameProperty];
  const name = typeof given === 'string' ? given : physicalName(resource, kind.lengthMax);
  return kind.identify(name, place);
}

/** Whether resources of this type exist in a local run. */
export function isIgnored(type: string): boolean {
  return ignored.has(type);
}

function physicalName(resource: { stackName: string; logicalId: string; type: string }, lengthMax: number): string {
  const whole = `${resource.stackName}-${resource.logicalId}`;
  const digest = createHash('sha256').update(whole).digest('hex');
  switch (resource.type) {
    case 'AWS::KMS::Key':
      return digest.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    case 'AWS::ApiGatewayV2::Api':
      return digest.slice(0, lengthMax);
    case 'AWS::S3::Bucket':
      return shorten(whole.toLowerCase(), digest, lengthMax);
    default:
      return shorten(whole, digest, lengthMax);
  }
}

function shorten(name: string, digest: string, lengthMax: number): string {
  return name.length <= lengthMax ? name : `${name.slice(0, lengthMax - 9)}-${digest.slice(0, 8)}`;
}
