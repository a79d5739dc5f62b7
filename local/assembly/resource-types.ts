import * as z from 'zod';

/**
 * The properties that a local run understands, by resource type. The schemas are strict: an unknown property
 * would change what AWS does but not what the local run does, so it is refused until it is reviewed.
 * `setAside` names the properties that are known and have no effect locally.
 */
const setAside = z.unknown().optional();

const keySchema = z.array(z.strictObject({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));
const projection = z.strictObject({
  ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
  NonKeyAttributes: z.array(z.string()).optional(),
});

export const tableProperties = z.strictObject({
  TableName: z.string().optional(),
  AttributeDefinitions: z.array(z.strictObject({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) })),
  KeySchema: keySchema,
  BillingMode: z.literal('PAY_PER_REQUEST'),
  GlobalSecondaryIndexes: z
    .array(z.strictObject({ IndexName: z.string(), KeySchema: keySchema, Projection: projection }))
    .optional(),
  // One Region; its settings have no effect locally.
  Replicas: z.array(z.looseObject({ Region: z.string() })).length(1),
  WriteOnDemandThroughputSettings: setAside,
  WarmThroughput: setAside,
  // Readers filter expired items, because AWS deletes them up to days late. Locally they are never deleted.
  TimeToLiveSpecification: setAside,
  SSESpecification: setAside,
});

export const bucketProperties = z.strictObject({
  BucketName: z.string().optional(),
  LifecycleConfiguration: setAside,
  BucketEncryption: setAside,
  PublicAccessBlockConfiguration: setAside,
  OwnershipControls: setAside,
  Tags: setAside,
});

export const keyProperties = z.strictObject({
  Description: setAside,
  EnableKeyRotation: setAside,
  MultiRegion: setAside,
  KeyPolicy: setAside,
  PendingWindowInDays: setAside,
  RotationPeriodInDays: setAside,
  Tags: setAside,
});

export const queueProperties = z.strictObject({
  QueueName: z.string().optional(),
  VisibilityTimeout: z.number().int().default(30),
  MessageRetentionPeriod: z.number().int().default(345_600),
  DelaySeconds: z.number().int().default(0),
  ReceiveMessageWaitTimeSeconds: z.number().int().default(0),
  MaximumMessageSize: z.number().int().default(1_048_576),
  RedrivePolicy: z
    .strictObject({ deadLetterTargetArn: z.string(), maxReceiveCount: z.coerce.number().int() })
    .optional(),
  RedriveAllowPolicy: setAside,
  SqsManagedSseEnabled: setAside,
  KmsMasterKeyId: setAside,
  KmsDataKeyReusePeriodSeconds: setAside,
  Tags: setAside,
});

export const busProperties = z.strictObject({
  Name: z.string(),
  Description: setAside,
  LogConfig: setAside,
  Tags: setAside,
});

export const ruleProperties = z.strictObject({
  Name: z.string().optional(),
  Description: setAside,
  EventBusName: z.string(),
  EventPattern: z.record(z.string(), z.unknown()),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Targets: z.array(
    z.strictObject({
      Id: z.string(),
      Arn: z.string(),
      InputPath: z.string().optional(),
      SqsParameters: z.strictObject({ MessageGroupId: z.string() }).optional(),
      DeadLetterConfig: z.strictObject({ Arn: z.string() }).optional(),
      // The local target is a queue in the same process: it accepts the message or fails permanently.
      RetryPolicy: setAside,
    }),
  ),
  Tags: setAside,
});

export const functionProperties = z.strictObject({
  FunctionName: z.string().optional(),
  Code: z.strictObject({ S3Bucket: z.string(), S3Key: z.string() }),
  Handler: z.string(),
  Runtime: z.literal('nodejs24.x'),
  Timeout: z.number().int().default(3),
  MemorySize: z.number().int().default(128),
  Environment: z.strictObject({ Variables: z.record(z.string(), z.string()).default({}) }).optional(),
  LoggingConfig: z
    .strictObject({ LogFormat: setAside, LogGroup: setAside, ApplicationLogLevel: setAside, SystemLogLevel: setAside })
    .optional(),
  Description: z.string().optional(),
  Architectures: setAside,
  RecursiveLoop: setAside,
  Role: setAside,
  TracingConfig: setAside,
  Tags: setAside,
});

export const eventInvokeProperties = z.strictObject({
  FunctionName: z.string(),
  Qualifier: setAside,
  MaximumEventAgeInSeconds: setAside,
  // Lambda's own retries of asynchronous events are not modelled; a schedule runs again anyway.
  MaximumRetryAttempts: z.literal(0),
});

export const eventSourceProperties = z.strictObject({
  FunctionName: z.string(),
  EventSourceArn: z.string(),
  BatchSize: z.number().int().min(1).max(10_000).default(10),
  MaximumBatchingWindowInSeconds: z.number().int().min(0).max(300).default(0),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  ScalingConfig: z.strictObject({ MaximumConcurrency: z.number().int().min(2).max(1000) }).optional(),
  Enabled: z.boolean().default(true),
  Tags: setAside,
});

export const scheduleProperties = z.strictObject({
  Name: z.string().optional(),
  Description: setAside,
  GroupName: setAside,
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: setAside,
  FlexibleTimeWindow: z.strictObject({ Mode: z.literal('OFF') }),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Target: z.strictObject({
    Arn: z.string(),
    Input: z.string().optional(),
    RetryPolicy: setAside,
    DeadLetterConfig: setAside,
    RoleArn: setAside,
  }),
});

export const apiProperties = z.strictObject({
  Name: z.string(),
  ProtocolType: z.literal('HTTP'),
  Description: setAside,
  Tags: setAside,
});

export const integrationProperties = z.strictObject({
  ApiId: z.string(),
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: z.string(),
  PayloadFormatVersion: z.literal('2.0'),
  TimeoutInMillis: z.number().int().min(50).max(30_000).default(30_000),
});

export const routeProperties = z.strictObject({
  ApiId: z.string(),
  RouteKey: z.string(),
  Target: z.string(),
  AuthorizationType: z.enum(['NONE', 'AWS_IAM']).default('NONE'),
});

const routeSettings = z.strictObject({
  ThrottlingBurstLimit: z.number(),
  ThrottlingRateLimit: z.number(),
  DetailedMetricsEnabled: setAside,
});

export const stageProperties = z
  .strictObject({
    ApiId: z.string(),
    StageName: z.literal('$default'),
    AutoDeploy: z.literal(true),
    DefaultRouteSettings: routeSettings.optional(),
    RouteSettings: z.record(z.string(), routeSettings).default({}),
    AccessLogSettings: setAside,
    Tags: setAside,
  })
  .refine(
    ({ DefaultRouteSettings: stage, RouteSettings }) =>
      Object.values(RouteSettings).every(
        (route) =>
          route.ThrottlingRateLimit === stage?.ThrottlingRateLimit &&
          route.ThrottlingBurstLimit === stage.ThrottlingBurstLimit,
      ),
    'has a route with a throttle of its own',
  );
