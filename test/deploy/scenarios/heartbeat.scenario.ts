import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  paginateListFunctions,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { afterAll, describe, expect, it } from 'vitest';
import { REGION } from '../ministack.ts';
import { deployedTarget } from '../target.ts';

const { apiUrl, awsEndpoint } = deployedTarget();
// A heartbeat that does not arrive takes a minute.
const client = new LambdaClient({ endpoint: awsEndpoint, region: REGION, requestHandler: { requestTimeout: 100_000 } });
afterAll(() => client.destroy());

async function heartbeatFunction(): Promise<string> {
  for await (const { Functions = [] } of paginateListFunctions({ client }, {})) {
    const found = Functions.find(({ Description }) => Description?.endsWith(': heartbeat'));
    if (found?.FunctionName !== undefined) return found.FunctionName;
  }
  return expect.fail('There is no function for the heartbeat.');
}

/** Sets where it publishes and where that is delivered: the API's own host name does not resolve here (see `apiUrlOf`). */
async function pointAt(FunctionName: string, urls: { PUBLISH_URL: string; HEARTBEAT_URL: string }): Promise<void> {
  const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const Variables = { ...Environment?.Variables, ...urls };
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { FunctionName });
}

/** What it returns for a tick of its schedule. */
async function tick(FunctionName: string): Promise<unknown> {
  const Payload = '{"task":"heartbeat"}';
  const answer = await client.send(new InvokeCommand({ FunctionName, Payload }));
  expect(answer.FunctionError).toBeUndefined();
  return JSON.parse(Buffer.from(answer.Payload ?? []).toString());
}

describe('the heartbeat', () => {
  const here = { PUBLISH_URL: `${apiUrl}/v1/iam/events`, HEARTBEAT_URL: `${apiUrl}/heartbeat` };

  it('goes through the deployment, and is missed when publishing is refused', async () => {
    const name = await heartbeatFunction();
    await pointAt(name, here);
    expect(await tick(name)).toEqual({ arrived: true });

    // The route for keys: a signature is none.
    await pointAt(name, { ...here, PUBLISH_URL: `${apiUrl}/v1/events` });
    expect(await tick(name)).toEqual({ arrived: false });
  });
});
