/** A metric of AWS: the sets of dimensions that it is reported with, and the statistics that say something. */
export interface AwsMetric {
  readonly dimensions: readonly (readonly string[])[];
  readonly statistics: RegExp;
}

const of = (dimensions: readonly (readonly string[])[], statistics: RegExp): AwsMetric => ({ dimensions, statistics });

const QUEUE = [['QueueName']];
const FUNCTION = [['FunctionName'], ['FunctionName', 'Resource'], []];
const TABLE = [['TableName'], ['GlobalSecondaryIndexName', 'TableName']];
const ROUTE = [['ApiId'], ['ApiId', 'Stage'], ['ApiId', 'Method', 'Resource', 'Stage']];

/**
 * The metrics of AWS that alarms and the dashboard look at, by namespace, as AWS documents them.
 *
 * - `AWS/SQS`: SQS developer guide, "Available CloudWatch metrics for Amazon SQS". Those of quiet and noisy groups are
 *   reported for fair queues, which are standard queues whose messages have a group.
 * - `AWS/Lambda`: Lambda developer guide, "Types of metrics for Lambda functions". Without a dimension, they are those of
 *   all functions in the account and Region. "View ConcurrentExecutions with the MAX statistic."
 * - `AWS/ApiGateway`: API Gateway developer guide, "Monitor CloudWatch metrics for HTTP APIs". Metrics by method and
 *   resource are "not sent unless you have explicitly enabled detailed CloudWatch metrics".
 * - `AWS/DynamoDB`: DynamoDB developer guide, "DynamoDB metrics and dimensions". "The TableName dimension returns the
 *   ReadThrottleEvents for the table, but not for any global secondary indexes." ThrottledRequests and SystemErrors need
 *   the dimension Operation beside TableName: a metric for each operation, each billed by an alarm.
 * - `AWS/Logs`: CloudWatch Logs user guide, "Monitoring usage with CloudWatch metrics".
 */
export const AWS_METRICS: Readonly<Record<string, Readonly<Record<string, AwsMetric>>>> = {
  'AWS/SQS': {
    ApproximateNumberOfMessagesVisible: of(QUEUE, /^(Average|Minimum|Maximum|Sum|SampleCount)$/),
    ApproximateAgeOfOldestMessage: of(QUEUE, /^(Average|Minimum|Maximum)$/),
    ApproximateAgeOfOldestMessageInQuietGroups: of(QUEUE, /^(Average|Minimum|Maximum)$/),
    ApproximateNumberOfNoisyGroups: of(QUEUE, /^(Average|Minimum|Maximum)$/),
    NumberOfMessagesReceived: of(QUEUE, /^(Average|Minimum|Maximum|Sum|SampleCount)$/),
  },
  'AWS/Lambda': {
    Invocations: of(FUNCTION, /^Sum$/),
    Errors: of(FUNCTION, /^Sum$/),
    Throttles: of(FUNCTION, /^Sum$/),
    Duration: of(FUNCTION, /^(Average|Maximum|p\d+)$/),
    ConcurrentExecutions: of(FUNCTION, /^Maximum$/),
  },
  'AWS/ApiGateway': {
    '4xx': of(ROUTE, /^Sum$/),
    '5xx': of(ROUTE, /^Sum$/),
    Count: of(ROUTE, /^(Sum|SampleCount)$/),
    Latency: of(ROUTE, /^(Average|Maximum|p\d+)$/),
  },
  'AWS/DynamoDB': {
    ReadThrottleEvents: of(TABLE, /^(Sum|SampleCount)$/),
    WriteThrottleEvents: of(TABLE, /^(Sum|SampleCount)$/),
    ConsumedReadCapacityUnits: of(TABLE, /^(Average|Minimum|Maximum|Sum|SampleCount)$/),
    ConsumedWriteCapacityUnits: of(TABLE, /^(Average|Minimum|Maximum|Sum|SampleCount)$/),
  },
  'AWS/Logs': { IncomingBytes: of([['LogGroupName']], /^Sum$/) },
};
