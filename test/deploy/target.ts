import * as z from 'zod';
import { stackOutputs, type Target } from '../e2e/support/target.ts';
import type { Outputs } from './deploy.ts';

/** Passes the deployment to the scenarios' process. */
export const TARGET_VARIABLE = 'POSTRIDER_DEPLOYED_TARGET';

const target = z.object({
  apiUrl: z.url(),
  adminKey: z.string(),
  awsEndpoint: z.url(),
  outputs: stackOutputs,
  receiverHost: z.string(),
});

export interface Deployed {
  readonly engineUrl: string;
  readonly outputs: Outputs;
  readonly adminKey: string;
}

/** What scenarios need to know about a deployment. */
export function targetOf({ engineUrl, outputs, adminKey }: Deployed): Target {
  const apiUrl = apiUrlOf(engineUrl, outputs.ApiUrl);
  return target.parse({ apiUrl, adminKey, awsEndpoint: engineUrl, outputs, receiverHost: '127.0.0.1' });
}

/**
 * An HTTP API's URL for this process: its own host name does not resolve, and ends like an IP address, so it is the path by
 * which MiniStack serves the API too.
 */
export function apiUrlOf(engineUrl: string, apiEndpoint = ''): string {
  const apiId = /^https:\/\/(\w+)\.execute-api\./.exec(apiEndpoint)?.[1];
  return `${engineUrl}/_aws/execute-api/${apiId}/$default`;
}

/** The deployment that this process tests. */
export function deployedTarget(): Target {
  const given = process.env[TARGET_VARIABLE];
  if (given === undefined) throw new Error('Start these scenarios by npm run test:deploy: they need a deployment.');
  return target.parse(JSON.parse(given));
}
