import type * as z from 'zod';
import type { DeployedResource, Deployment } from './deployment.ts';
import { ABSENT_PREFIX } from './identity.ts';
import * as types from './resource-types.ts';

/** A resource of one type: its name and ARN, and its properties as the template gives them. */
export interface Named<Properties> {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly properties: Properties;
}

/** A Lambda function of the template with the folder of its bundle. */
export interface LocalFunction extends Named<z.infer<typeof types.functionProperties>> {
  readonly taskRoot: string;
}

/** One route of the HTTP API and the function behind it. */
export interface LocalRoute {
  readonly routeKey: string;
  readonly functionArn: string;
  readonly timeoutMs: number;
  readonly authorization: 'NONE' | 'AWS_IAM';
}

/** Everything of the template that a local run has an engine for. */
export interface LocalApp {
  readonly tables: readonly Named<z.infer<typeof types.tableProperties>>[];
  readonly buckets: readonly Named<z.infer<typeof types.bucketProperties>>[];
  readonly keys: readonly Named<z.infer<typeof types.keyProperties>>[];
  readonly queues: readonly Named<z.infer<typeof types.queueProperties>>[];
  readonly buses: readonly Named<z.infer<typeof types.busProperties>>[];
  readonly rules: readonly Named<z.infer<typeof types.ruleProperties>>[];
  readonly functions: readonly LocalFunction[];
  readonly eventSources: readonly z.infer<typeof types.eventSourceProperties>[];
  readonly schedules: readonly Named<z.infer<typeof types.scheduleProperties>>[];
  readonly api: {
    readonly id: string;
    readonly routes: readonly LocalRoute[];
    /** Requests a second and burst, as the stage limits them. */
    readonly throttle: { readonly rate: number; readonly burst: number } | undefined;
  };
}

/**
 * Groups a deployment's resources by the engine that runs them.
 * @throws Error naming the resource and property that no local engine supports.
 */
export function localApp({ resources }: Deployment): LocalApp {
  const of = <Schema extends z.ZodType>(type: string, schema: Schema): Named<z.infer<Schema>>[] =>
    resources.filter((resource) => resource.type === type).map((resource) => named(resource, schema));
  of('AWS::Lambda::EventInvokeConfig', types.eventInvokeProperties);
  return {
    tables: of('AWS::DynamoDB::GlobalTable', types.tableProperties),
    buckets: of('AWS::S3::Bucket', types.bucketProperties),
    keys: of('AWS::KMS::Key', types.keyProperties),
    queues: of('AWS::SQS::Queue', types.queueProperties),
    buses: of('AWS::Events::EventBus', types.busProperties),
    rules: of('AWS::Events::Rule', types.ruleProperties),
    functions: resources.filter(({ type }) => type === 'AWS::Lambda::Function').map(localFunction),
    eventSources: of('AWS::Lambda::EventSourceMapping', types.eventSourceProperties).map(
      ({ properties }) => properties,
    ),
    schedules: of('AWS::Scheduler::Schedule', types.scheduleProperties),
    api: localApi(of),
  };
}

type Of = <Schema extends z.ZodType>(type: string, schema: Schema) => Named<z.infer<Schema>>[];

function localApi(of: Of): LocalApp['api'] {
  const [api, ...others] = of('AWS::ApiGatewayV2::Api', types.apiProperties);
  const [stage] = of('AWS::ApiGatewayV2::Stage', types.stageProperties);
  if (api === undefined || others.length > 0) throw new Error('The template must hold exactly one HTTP API.');
  const integrations = new Map(
    of('AWS::ApiGatewayV2::Integration', types.integrationProperties).map(({ name, properties }) => [name, properties]),
  );
  const routes = of('AWS::ApiGatewayV2::Route', types.routeProperties).map(({ logicalId, properties }) => {
    const integration = integrations.get(properties.Target.replace('integrations/', ''));
    if (integration === undefined) throw new Error(`Route ${logicalId} has no integration.`);
    return {
      routeKey: properties.RouteKey,
      functionArn: integration.IntegrationUri,
      timeoutMs: integration.TimeoutInMillis,
      authorization: properties.AuthorizationType,
    };
  });
  const limits = stage?.properties.DefaultRouteSettings;
  const throttle = limits && { rate: limits.ThrottlingRateLimit, burst: limits.ThrottlingBurstLimit };
  return { id: api.name, routes, throttle };
}

function localFunction(resource: DeployedResource): LocalFunction {
  const found = named(resource, types.functionProperties);
  const taskRoot = resource.stack.assets.get(found.properties.Code.S3Key);
  if (taskRoot === undefined) throw new Error(`${resource.logicalId} has no bundle in the cloud assembly.`);
  for (const [name, value] of Object.entries(found.properties.Environment?.Variables ?? {})) {
    if (!value.includes(ABSENT_PREFIX)) continue;
    throw new Error(`${resource.logicalId} refers to something that does not exist locally: ${name}=${value}.`);
  }
  return { ...found, taskRoot };
}

function named<Schema extends z.ZodType>(resource: DeployedResource, schema: Schema): Named<z.infer<Schema>> {
  const { logicalId, type, identity, stack } = resource;
  const result = schema.safeParse(resource.properties);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`.trim());
    throw new Error(
      `${logicalId} (${type}) in ${stack.name} has a property that the local run does not support: ` +
        `${problems.join('; ')}. Extend the engine, then local/assembly/resource-types.ts.`,
    );
  }
  const arn = identity.attributes.Arn ?? '';
  return { logicalId, name: identity.attributes.QueueName ?? identity.ref, arn, properties: result.data };
}
