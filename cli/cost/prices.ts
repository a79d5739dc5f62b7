/** A page that prices were read from, and when it was written or read. */
export interface Source {
  readonly name: string;
  readonly date: string;
}

/** What one unit costs. List prices: no free tier, no volume discount, no tax. */
export interface Price {
  /** The line of the bill. */
  readonly service: string;
  /** What is counted, in words. */
  readonly unit: string;
  /** US dollars for `per` units. */
  readonly dollars: number;
  readonly per: number;
  /** Pages that name it; where there is only one, no other was at hand. */
  readonly sources: readonly Source[];
}

/** The region of the price list. */
export const PRICED_REGION = 'us-east-1';

const LAMBDA: Source = { name: 'AWS, "AWS Lambda Pricing"', date: 'November 2026' };
const HTTP_API: Source = {
  name: 'AWS, "Best practices for API Gateway private APIs: cost optimization"',
  date: 'undated',
};
const CAPACITY: Source = { name: 'AWS, the DynamoDB cost calculation of its agent toolkit', date: 'August 2026' };
/** The expected results of its tests record what AWS's Price List API answered. */
const INFRACOST: Source = { name: 'Infracost, from the AWS Price List API', date: '2024 or before' };
const AIRBYTE: Source = { name: 'Airbyte, "DynamoDB pricing"', date: 'July 2025' };
const SIGNOZ: Source = { name: 'SigNoz, "CloudWatch pricing"', date: 'February 2026' };
const C3X: Source = { name: 'C3X, "aws_cloudwatch_metric_alarm cost estimation"', date: 'undated' };
const SQS_BY_CLOUDBURN: Source = { name: 'CloudBurn, "Amazon SQS pricing"', date: 'March 2026' };
const EVENTBRIDGE_BY_CLOUDBURN: Source = { name: 'CloudBurn, "Amazon EventBridge pricing"', date: 'March 2026' };
const factualminds = (title: string): Source => ({ name: `FactualMinds, "${title}"`, date: 'June 2026' });
const CLOUDWATCH_BY_FACTUALMINDS = factualminds('Amazon CloudWatch pricing');

const MILLION = 1_000_000;

const price = (service: string, unit: string, dollars: number, per: number, sources: readonly Source[]): Price => ({
  service,
  unit,
  dollars,
  per,
  sources,
});

/** Everything that Postrider is billed for, in us-east-1. */
export const PRICES = {
  apiRequests: price('API Gateway', 'HTTP API requests of 512 KB', 1, MILLION, [HTTP_API, INFRACOST]),
  invocations: price('Lambda', 'requests', 0.2, MILLION, [LAMBDA, INFRACOST]),
  gbSeconds: price('Lambda', 'GB-seconds on arm64', 0.000_013_333_4, 1, [LAMBDA, INFRACOST]),
  s3Puts: price('S3', 'PUT requests', 5, MILLION, [INFRACOST]),
  s3Gets: price('S3', 'GET requests', 0.4, MILLION, [INFRACOST]),
  s3GbMonths: price('S3', 'GB-months', 0.023, 1, [INFRACOST]),
  writeUnits: price('DynamoDB', 'write request units', 0.625, MILLION, [CAPACITY, AIRBYTE]),
  readUnits: price('DynamoDB', 'read request units', 0.125, MILLION, [CAPACITY, AIRBYTE]),
  tableGbMonths: price('DynamoDB', 'GB-months', 0.25, 1, [CAPACITY, INFRACOST]),
  recoveryGbMonths: price('DynamoDB', 'GB-months of point-in-time recovery', 0.2, 1, [INFRACOST]),
  busEvents: price('EventBridge', 'custom events of 64 KB', 1, MILLION, [EVENTBRIDGE_BY_CLOUDBURN, INFRACOST]),
  scheduled: price('EventBridge', 'Scheduler calls', 1, MILLION, [EVENTBRIDGE_BY_CLOUDBURN]),
  sqsRequests: price('SQS', 'requests of 64 KB', 0.4, MILLION, [factualminds('Amazon SQS pricing'), INFRACOST]),
  fairRequests: price('SQS', 'requests with a message group: surcharge', 0.1, MILLION, [SQS_BY_CLOUDBURN]),
  keys: price('KMS', 'keys', 1, 1, [factualminds('AWS KMS pricing'), INFRACOST]),
  kmsRequests: price('KMS', 'requests', 3, MILLION, [factualminds('AWS KMS pricing'), INFRACOST]),
  logGb: price('CloudWatch', 'GB of logs taken in', 0.5, 1, [CLOUDWATCH_BY_FACTUALMINDS, INFRACOST]),
  logGbMonths: price('CloudWatch', 'GB-months of logs, compressed', 0.03, 1, [INFRACOST]),
  metrics: price('CloudWatch', 'custom metrics', 0.3, 1, [SIGNOZ]),
  alarmMetrics: price('CloudWatch', 'metrics of alarms', 0.1, 1, [C3X, INFRACOST]),
  compositeAlarms: price('CloudWatch', 'composite alarms', 0.5, 1, [C3X]),
  dashboards: price('CloudWatch', 'dashboards', 3, 1, [CLOUDWATCH_BY_FACTUALMINDS, INFRACOST]),
  transferGb: price('Data transfer', 'GB to the internet', 0.09, 1, [INFRACOST]),
} as const satisfies Record<string, Price>;
export type Unit = keyof typeof PRICES;

/** In no bill: every account has as many free as a stage uses, or it is a few cents of the registry. */
export const NOT_BILLED: readonly Unit[] = ['scheduled', 'dashboards', 'recoveryGbMonths'];

/** How much of each unit is used. What is absent is not used. */
export type Usage = { readonly [Name in Unit]?: number };

/** A price for each unit: the list, or the same with some that were given. */
export type PriceList = Readonly<Record<Unit, Price>>;

/** The dollars that a number of units cost. */
export const costOf = (unit: Unit, count: number, prices: PriceList): number =>
  (prices[unit].dollars / prices[unit].per) * count;

/** The dollars that all of it costs. */
export const costOfAll = (usage: Usage, prices: PriceList): number =>
  (Object.entries(usage) as [Unit, number][]).reduce((sum, [unit, count]) => sum + costOf(unit, count, prices), 0);

/** The usage of several things together. */
export function sumOf(...usages: readonly Usage[]): Usage {
  const sum: Partial<Record<Unit, number>> = {};
  for (const usage of usages) {
    for (const [unit, count] of Object.entries(usage) as [Unit, number][]) sum[unit] = (sum[unit] ?? 0) + count;
  }
  return sum;
}

/** The usage of so many of a thing. */
export const timesOf = (usage: Usage, count: number): Usage =>
  Object.fromEntries(Object.entries(usage).map(([unit, each]) => [unit, each * count]));
