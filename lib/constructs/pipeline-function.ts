import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  CfnFunction,
  type IFunction,
  LayerVersion,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { type BundlingOptions, type ICommandHooks, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { EnvVariables } from '../../lambdas/runtime/env.ts';
import type { FunctionName, Stage } from '../stage.ts';
import { type Binding, grantTo } from './binding.ts';
import { tracingLayerArn } from './tracing-layer.ts';

/** Every variable of a Lambda's contract: a plain value, or a resource with its permissions. */
export type EnvBindings<Contract> = { readonly [Name in keyof EnvVariables<Contract>]: string | Binding };

/** The properties of a function of the pipeline. */
export interface PipelineFunctionProps<Contract> {
  readonly stage: Stage;
  /** The folder in `lambdas/` whose `handler.ts` is deployed; the stage has its numbers. */
  readonly entry: FunctionName;
  /** Complete by type: a variable of the contract that the stack does not set fails `tsc`. */
  readonly env: EnvBindings<Contract>;
  /**
   * Modules that are bundled beside the handler, for its worker threads: the file's name, and the source from the root.
   */
  readonly beside?: Readonly<Record<`${string}.mjs`, string>>;
  /** A command that puts further files beside the bundle, for its folder. */
  readonly filesBeside?: (outputDir: string) => string;
}

/**
 * A Lambda of the pipeline: bundled from its folder, with a role that has only the permissions of its bindings, and its
 * own log group. `Contract` is the type of the schema in the folder's `config.ts`.
 */
export class PipelineFunction<Contract> extends Construct {
  readonly lambda: IFunction;
  readonly logs: LogGroup;

  constructor(scope: Construct, id: string, props: PipelineFunctionProps<Contract>) {
    super(scope, id);
    const { stage, entry, env, beside = {}, filesBeside } = props;
    const numbers = stage.functions[entry];
    const reserved = entry === 'ingest' || entry === 'redrive' ? stage.reserved?.[entry] : undefined;
    const bindings = Object.entries<string | Binding>(env);
    this.logs = new LogGroup(this, 'Logs', {
      retention: stage.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.logs.grantWrite(role);
    grantTo(
      role,
      bindings.flatMap(([, value]) => (typeof value === 'string' ? [] : [value])),
    );
    const lambda = new NodejsFunction(this, 'Function', {
      entry: fromRoot(`lambdas/${entry}/handler.ts`),
      projectRoot: fromRoot(''),
      depsLockFilePath: fromRoot('package-lock.json'),
      description: `Postrider ${stage.name}: ${entry}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: Duration.seconds(numbers.timeoutSeconds),
      memorySize: numbers.memoryMb,
      ...(reserved !== undefined && { reservedConcurrentExecutions: reserved }),
      environment: {
        ...Object.fromEntries(bindings.map(([name, value]) => [name, typeof value === 'string' ? value : value.value])),
        ...(stage.tracing && tracingEnvironment),
      },
      role,
      logGroup: this.logs,
      // Retries and jobs go through queues repeatedly by design, and end by themselves. After about 16 rounds Lambda
      // would stop them as an endless loop. Source: Lambda developer guide, "Recursive loop detection".
      recursiveLoop: RecursiveLoop.ALLOW,
      loggingFormat: LoggingFormat.JSON,
      bundling: { ...bundling, commandHooks: bundleBeside(beside, filesBeside) },
      // CDK would set AWS_NODEJS_CONNECTION_REUSE_ENABLED, a switch of the AWS SDK's second version.
      awsSdkConnectionReuse: false,
    });
    this.lambda = lambda;
    Validations.of(lambda).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason:
        'It is for asynchronous calls: queues have redrive policies instead, HTTP callers see the error, ticks repeat.',
    });
    if (stage.tracing) trace(lambda, role);
    else {
      Validations.of(lambda).acknowledge({
        id: 'Serverless-LambdaTracing',
        reason:
          'X-Ray needs a permission on every resource and bills by trace; each attempt is one log line with its trace id.',
      });
    }
  }
}

/**
 * Each invocation is a span. Requests must not be: the layer's `http` instrumentation takes a list of headers, as webhooks have,
 * for an object, and sends them without their names and with a `traceparent` that is not the event's. Calls to AWS are
 * not spans either: our bundle has the SDK in it, where the layer does not find it.
 */
const tracingEnvironment = {
  AWS_LAMBDA_EXEC_WRAPPER: '/opt/otel-instrument',
  // The layer's wrapper enables `http` whatever is asked for, and what is disabled wins.
  OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'aws-lambda',
  OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'http',
};

/** Sends traces to X-Ray and Application Signals, by AWS's layer. */
function trace(lambda: NodejsFunction, role: Role): void {
  const name = 'CloudWatchLambdaApplicationSignalsExecutionRolePolicy';
  role.addManagedPolicy(ManagedPolicy.fromAwsManagedPolicyName(name));
  Validations.of(role).acknowledge({
    id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${name}]`,
    reason: 'Traces have no resource to name, and it allows nothing but writing them and their log group.',
  });
  lambda.addLayers(LayerVersion.fromLayerVersionArn(lambda, 'TracingLayer', tracingLayerArn(Stack.of(lambda))));
  // CDK's own property would add a policy of its own, with a wildcard, to what the managed one allows.
  const { defaultChild } = lambda.node;
  if (defaultChild instanceof CfnFunction) defaultChild.tracingConfig = { mode: 'Active' };
}

/**
 * One self-contained file, so that the tested code is what runs: the runtime's own AWS SDK may change at any time. No
 * source maps: they would be larger than the code, are read at every cold start under --enable-source-maps, and
 * `keepNames` already keeps the functions' names in a stack trace.
 */
const bundling: BundlingOptions = {
  format: OutputFormat.ESM,
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  keepNames: true,
  sourceMap: false,
  bundleAwsSDK: true,
  // The SDK's chain of credential providers is a fifth of the bundle, and a Lambda needs only those of its environment;
  // endpoint discovery, multi-region signatures and streams of events are not used either. Ajv uses our URI resolver, so
  // its own would be dead code.
  esbuildArgs: {
    '--alias:@aws-sdk/credential-provider-node': fromRoot('lambdas/runtime/sdk/credentials.ts'),
    '--alias:@aws-sdk/endpoint-cache': fromRoot('lambdas/runtime/sdk/endpoint-cache.ts'),
    '--alias:@aws-sdk/signature-v4-multi-region': fromRoot('lambdas/runtime/sdk/multi-region.ts'),
    '--alias:@smithy/core/event-streams': fromRoot('lambdas/runtime/sdk/event-streams.ts'),
    '--alias:fast-uri': fromRoot('adapters/ajv/uri.ts'),
  },
  // Some dependencies are CommonJS and call require() for Node's own modules, which an ES module does not have.
  banner: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
};

/** Bundles the other modules with the same bundler, after the handler, and adds further files. */
function bundleBeside(
  modules: Readonly<Record<string, string>>,
  files: ((outputDir: string) => string) | undefined,
): ICommandHooks {
  return {
    beforeBundling: () => [],
    beforeInstall: () => [],
    afterBundling: (_, outputDir) => [
      ...Object.entries(modules).map(
        ([file, source]) =>
          `npx --no-install esbuild "${fromRoot(source)}" --bundle --minify --keep-names --platform=node --target=node24 --format=esm --log-level=warning --outfile="${outputDir}/${file}"`,
      ),
      ...(files === undefined ? [] : [files(outputDir)]),
    ],
  };
}

/** Independent of the folder from which the synthesis is started. */
function fromRoot(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
