import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deploy } from '../local/assembly/deployment.ts';
import { type LocalApp, localApp } from '../local/assembly/local-app.ts';
import { readAssembly } from '../local/assembly/read-assembly.ts';
import { synthesise } from '../local/assembly/synthesise.ts';
import { ACCOUNT_ID, REGION } from '../local/settings.ts';
import type { TableDefinition } from './aws/table.ts';

/** The functions whose bundles and cold starts are measured. */
export const FUNCTION_NAMES = ['ingest', 'fanout', 'deliver', 'redrive', 'api'] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** One Lambda as it would be deployed. */
export interface BenchFunction {
  /** File URL of the bundle. */
  readonly bundle: string;
  readonly bundleBytes: number;
  /** The template's environment, and the variables that Lambda sets. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Product {
  readonly functions: Readonly<Record<FunctionName, BenchFunction>>;
  readonly tables: readonly TableDefinition[];
  readonly registry: string;
  readonly secretsKeyArn: string;
}

/**
 * Synthesises the CDK app of this repository for the local stage, whose bundles are the same in every stage, and reads
 * what would be deployed.
 * @param awsEndpoint URL of the AWS services.
 */
export async function readProduct(awsEndpoint: string): Promise<Product> {
  const place = { accountId: ACCOUNT_ID, region: REGION, awsEndpoint, apiEndpoint: 'http://127.0.0.1:1' };
  const app = localApp(deploy(readAssembly(await synthesise(process.env)), place));
  const deliver = functionOf(app, 'deliver', awsEndpoint);
  const registry = deliver.env.REGISTRY_TABLE ?? '';
  return {
    functions: {
      ingest: functionOf(app, 'ingest', awsEndpoint),
      fanout: functionOf(app, 'fanout', awsEndpoint),
      deliver,
      redrive: functionOf(app, 'redrive', awsEndpoint),
      api: functionOf(app, 'api', awsEndpoint),
    },
    tables: app.tables.map((table) => tableDefinition(table, registry)),
    registry,
    secretsKeyArn: deliver.env.SECRETS_KEY_ARN ?? '',
  };
}

function functionOf(app: LocalApp, name: FunctionName, awsEndpoint: string): BenchFunction {
  const found = app.functions.find(({ properties }) => properties.Description?.endsWith(`: ${name}`));
  if (found === undefined) throw new Error(`The template has no function whose description ends in ": ${name}".`);
  const files = readdirSync(found.taskRoot).map((file) => join(found.taskRoot, file));
  const bundle = files.find((file) => /index\.m?js$/.test(file));
  if (bundle === undefined) throw new Error(`There is no bundle in ${found.taskRoot}.`);
  return {
    bundle: pathToFileURL(bundle).href,
    bundleBytes: files.reduce((sum, file) => sum + statSync(file).size, 0),
    env: {
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      AWS_ENDPOINT_URL: awsEndpoint,
      AWS_LAMBDA_FUNCTION_NAME: found.name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(found.properties.MemorySize),
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      ...found.properties.Environment?.Variables,
    },
  };
}

function tableDefinition({ name, properties }: LocalApp['tables'][number], registry: string): TableDefinition {
  const indexes = (properties.GlobalSecondaryIndexes ?? []).map(({ IndexName, KeySchema, Projection }) => {
    if (Projection.ProjectionType === 'INCLUDE') throw new Error(`The cost of index ${IndexName} is not known here.`);
    const keys = KeySchema.map(({ AttributeName }) => AttributeName);
    return { name: IndexName, keys, projection: Projection.ProjectionType };
  });
  // Every event and delivery of the bench is new: nothing is read back from the ledger.
  return { name, indexes, readsBack: name === registry };
}
