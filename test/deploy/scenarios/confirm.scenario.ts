import { setTimeout } from 'node:timers/promises';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { checks } from '../../../tools/confirm/checks.ts';
import { findLeftovers } from '../../../tools/confirm/leftovers.ts';
import { confirmFacts } from '../../../tools/confirm/session.ts';
import { STAGE } from '../deploy.ts';
import { REGION } from '../ministack.ts';
import { apiUrlOf, deployedTarget } from '../target.ts';

const { awsEndpoint } = deployedTarget();
const config = { endpoint: awsEndpoint, region: REGION, requestHandler: { requestTimeout: 60_000 } };
const clients = {
  sqs: new SQSClient(config),
  lambda: new LambdaClient(config),
  cloudFormation: new CloudFormationClient(config),
  sts: new STSClient(config),
};

describe('npm run confirm', () => {
  it('confirms what this engine knows too, and leaves nothing behind', async () => {
    const { signal } = new AbortController();
    const asked = checks.filter(({ onlyOnAws }) => onlyOnAws === undefined);

    const verdicts = await confirmFacts({
      ...clients,
      checks: asked,
      runId: 'scenario',
      stage: STAGE,
      region: REGION,
      time: { now: Date.now, wait: (ms) => setTimeout(ms) },
      signal,
      say: () => {},
      outputs: (own) => ({ ...own, ApiUrl: apiUrlOf(awsEndpoint, own.ApiUrl) }),
    });

    expect(Object.fromEntries(verdicts)).toEqual(
      Object.fromEntries(asked.map(({ id }) => [id, { result: 'confirmed', seen: expect.any(String) }])),
    );
    expect(await findLeftovers(clients)).toEqual({ queueUrls: [], stackNames: [] });
  }, 180_000);
});
