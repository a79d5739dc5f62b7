import { LambdaClient } from '@aws-sdk/client-lambda';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { STSClient } from '@aws-sdk/client-sts';
import { awsClientConfig } from '../adapters/aws-client.ts';
import { checkReserved } from '../lib/concurrency.ts';
import { callerOf } from './caller.ts';
import { explain } from './explain.ts';
import { needsOf } from './preflight/needs.ts';
import { HELP, type PreflightOptions, readOptions } from './preflight/options.ts';
import { isTooLow, readQuotas } from './preflight/quotas.ts';
import { report } from './preflight/report.ts';

/** `npm run preflight`, see HELP. */
try {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === 'help') console.log(HELP);
  else process.exitCode = (await isEnough(options)) ? 0 : 1;
} catch (fault) {
  console.error(`preflight: ${explain(fault)}`);
  process.exitCode = 2;
}

async function isEnough({ stage, region }: PreflightOptions): Promise<boolean> {
  checkReserved(stage);
  const config = { ...awsClientConfig, ...(region !== undefined && { region }) };
  const lambda = new LambdaClient(config);
  const { id } = await callerOf(new STSClient(config));
  const found = await readQuotas(needsOf(stage), { lambda, quotas: new ServiceQuotasClient(config) });
  const account = id.split(':')[4] ?? id;
  console.log(report(stage, found, { account, region: await lambda.config.region() }));
  return !found.some(isTooLow);
}
