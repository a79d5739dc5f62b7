import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Place } from '../assembly/identity.ts';
import type { LocalApp, LocalFunction } from '../assembly/local-app.ts';
import { FunctionHost, type FunctionOptions } from './function-host.ts';

export interface LoadOptions {
  readonly place: Place;
  /** Log level of the functions, instead of the template's. */
  readonly logLevel: string | undefined;
  readonly onOutput: FunctionOptions['onOutput'];
}

/** The functions of the template, loaded, by ARN. */
export type Functions = ReadonlyMap<string, FunctionHost>;

/**
 * Starts a worker for each function and waits until all are loaded.
 * @throws Error naming a function whose bundle cannot be loaded.
 */
export async function loadFunctions(app: LocalApp, options: LoadOptions): Promise<Functions> {
  const hosts = app.functions.map((found) => new FunctionHost(functionOptions(found, options)));
  try {
    await Promise.all(hosts.map((host) => host.load()));
  } catch (error) {
    await Promise.all(hosts.map((host) => host.stop()));
    throw error;
  }
  return new Map(hosts.map((host) => [host.options.arn, host]));
}

function functionOptions(found: LocalFunction, { place, logLevel, onOutput }: LoadOptions): FunctionOptions {
  const { properties, name, arn } = found;
  const [file = '', handlerName = ''] = properties.Handler.split('.');
  return {
    label: properties.Description?.match(/: (\w+)$/)?.[1] ?? found.logicalId,
    name,
    arn,
    modulePath: modulePath(join(found.taskRoot, file)),
    handlerName,
    timeoutMs: properties.Timeout * 1000,
    memoryMb: properties.MemorySize,
    env: {
      ...lambdaEnvironment(found, place),
      ...properties.Environment?.Variables,
      ...(logLevel !== undefined && { LOG_LEVEL: logLevel, POWERTOOLS_LOG_LEVEL: logLevel }),
    },
    onOutput,
  };
}

/** The variables that Lambda sets, and those that point the AWS SDK at the local engines. */
function lambdaEnvironment({ name, properties, taskRoot }: LocalFunction, place: Place): Record<string, string> {
  return {
    AWS_REGION: place.region,
    AWS_DEFAULT_REGION: place.region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL: place.awsEndpoint,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(properties.MemorySize),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    LAMBDA_TASK_ROOT: taskRoot,
    TZ: ':UTC',
    _HANDLER: properties.Handler,
  };
}

function modulePath(stem: string): string {
  const found = ['.mjs', '.js', '.cjs'].map((extension) => stem + extension).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`There is no bundle at ${stem}.mjs.`);
  return found;
}
