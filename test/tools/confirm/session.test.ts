import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { type AnyCheck, check, confirmed } from '../../../tools/confirm/check.ts';
import { deleteLeftovers, findLeftovers } from '../../../tools/confirm/leftovers.ts';
import { confirmFacts } from '../../../tools/confirm/session.ts';
import type { World } from '../../../tools/confirm/world.ts';

const sqs = mockClient(SQSClient);
const cloudFormation = mockClient(CloudFormationClient);
const region = { region: 'us-east-1' };
const clients = {
  sqs: new SQSClient(region),
  cloudFormation: new CloudFormationClient(region),
  lambda: new LambdaClient(region),
  sts: new STSClient(region),
};
const STACK = 'Postrider-confirm-run1-State';
const gone = Object.assign(new Error(`Stack with id ${STACK} does not exist`), { name: 'ValidationError' });

let stackStatus: string | undefined;

beforeEach(() => {
  sqs.reset();
  cloudFormation.reset();
  stackStatus = undefined;
  sqs.on(CreateQueueCommand).callsFake(({ QueueName }) => ({ QueueUrl: `https://sqs/${QueueName}` }));
  sqs.on(GetQueueAttributesCommand).resolves({ Attributes: { QueueArn: 'arn' } });
  sqs.on(DeleteQueueCommand).resolves({});
  cloudFormation.on(CreateStackCommand).callsFake(() => {
    stackStatus = 'CREATE_COMPLETE';
    return {};
  });
  cloudFormation.on(DeleteStackCommand).callsFake(() => {
    stackStatus = undefined;
    return {};
  });
  cloudFormation.on(DescribeStacksCommand).callsFake(() => {
    if (stackStatus === undefined) throw gone;
    const Outputs = [{ OutputKey: 'ApiUrl', OutputValue: 'https://api' }];
    return { Stacks: [{ StackName: STACK, StackStatus: stackStatus, Outputs }] };
  });
});

const aCheck = (needs: AnyCheck['needs'], run: (world: World) => Promise<string>, id = 'a-fact') =>
  check<string>({ id, needs, run, judge: confirmed });

const withQueue = aCheck('queues', async (world) => (await world.queue('one')).url);
const withStack = aCheck('stack', (world) => world.own('ApiUrl'), 'b-fact');

function session(checks: AnyCheck[], signal = new AbortController().signal) {
  return confirmFacts({
    ...clients,
    ...region,
    checks,
    runId: 'run1',
    stage: 'dev',
    time: { now: () => 0, wait: () => Promise.resolve() },
    signal,
    say: () => {},
  });
}

const deletedQueues = () => sqs.commandCalls(DeleteQueueCommand).map(({ args: [{ input }] }) => input.QueueUrl);
const deletedStacks = () =>
  cloudFormation.commandCalls(DeleteStackCommand).map(({ args: [{ input }] }) => input.StackName);

describe('a run', () => {
  it('gives a verdict for each check, and deletes its queues and its stack', async () => {
    const verdicts = await session([withQueue, withStack]);

    expect(Object.fromEntries(verdicts)).toEqual({
      'a-fact': { result: 'confirmed', seen: 'https://sqs/postrider-confirm-run1-one' },
      'b-fact': { result: 'confirmed', seen: 'https://api' },
    });
    expect(deletedQueues()).toEqual(['https://sqs/postrider-confirm-run1-one']);
    expect(deletedStacks()).toEqual([STACK]);
  });

  it('names and tags what it creates', async () => {
    await session([withQueue, withStack]);

    expect(sqs.commandCalls(CreateQueueCommand)[0]?.args[0].input.tags).toEqual({ 'postrider:confirm': 'run1' });
    expect(cloudFormation.commandCalls(CreateStackCommand)[0]?.args[0].input).toMatchObject({
      StackName: STACK,
      Tags: [{ Key: 'postrider:confirm', Value: 'run1' }],
    });
  });

  it('creates its stack only if a check asks for it, and once', async () => {
    await session([withQueue]);
    expect(cloudFormation.commandCalls(CreateStackCommand)).toHaveLength(0);
    expect(deletedStacks()).toEqual([]);

    await session([withStack, aCheck('stack', (world) => world.own('ApiUrl'), 'c-fact')]);
    expect(cloudFormation.commandCalls(CreateStackCommand)).toHaveLength(1);
  });

  it('deletes its queues after a check that fails, which is unclear', async () => {
    const failing = aCheck('queues', async (world) => {
      await world.queue('one');
      throw new Error('no more');
    });

    const verdicts = await session([failing]);

    expect(verdicts.get('a-fact')).toEqual({ result: 'unclear', seen: 'failed: Error: no more' });
    expect(deletedQueues()).toHaveLength(1);
  });

  it('deletes its stack if it could not be created', async () => {
    cloudFormation.on(CreateStackCommand).callsFake(() => {
      stackStatus = 'ROLLBACK_COMPLETE';
      return {};
    });

    const verdicts = await session([withStack]);

    expect(verdicts.get('b-fact')?.result).toBe('unclear');
    expect(deletedStacks()).toEqual([STACK]);
  });

  it('deletes everything when it is cancelled, and judges nothing more', async () => {
    const cancelled = new AbortController();
    const interrupted = aCheck('stack', async (world) => {
      await world.queue('one');
      await world.own('ApiUrl');
      cancelled.abort();
      return 'seen';
    });

    const verdicts = await session([interrupted, withStack], cancelled.signal);

    expect([...verdicts]).toEqual([]);
    expect(deletedQueues()).toHaveLength(1);
    expect(deletedStacks()).toEqual([STACK]);
  });

  it('fails if something could not be deleted, after trying the rest', async () => {
    sqs.on(DeleteQueueCommand).rejects(new Error('denied'));

    await expect(session([withQueue, withStack])).rejects.toThrow('denied');
    expect(deletedStacks()).toEqual([STACK]);
  });

  it('asks once for facts that share their answers', async () => {
    let asked = 0;
    const run = async () => {
      asked += 1;
      return 'seen';
    };

    const verdicts = await session([aCheck('queues', run), aCheck('queues', run, 'b-fact')]);

    expect([verdicts.size, asked]).toEqual([2, 1]);
  });
});

describe('what an earlier run left behind', () => {
  beforeEach(() => {
    const tags: Record<string, Record<string, string>> = { mine: {}, left: { 'postrider:confirm': 'run0' } };
    sqs.on(ListQueuesCommand).resolves({ QueueUrls: ['mine', 'left'] });
    sqs.on(ListQueueTagsCommand).callsFake(({ QueueUrl }) => ({ Tags: tags[QueueUrl] }));
    const Tags = [{ Key: 'postrider:confirm', Value: 'run0' }];
    const pages = [
      {
        Stacks: [
          { StackName: 'Postrider-dev-State', Tags },
          { StackName: 'Postrider-confirm-mine', Tags: [] },
        ],
        NextToken: 'more',
      },
      { Stacks: [{ StackName: 'Postrider-confirm-run0-State', Tags }] },
    ];
    cloudFormation.on(DescribeStacksCommand).callsFake(({ StackName, NextToken }) => {
      if (StackName !== undefined) throw gone;
      return pages[NextToken === undefined ? 0 : 1];
    });
  });

  it('is found by name and tag, on every page', async () => {
    expect(await findLeftovers(clients)).toEqual({
      queueUrls: ['left'],
      stackNames: ['Postrider-confirm-run0-State'],
    });
  });

  it('is deleted', async () => {
    await deleteLeftovers(clients, await findLeftovers(clients));

    expect(deletedQueues()).toEqual(['left']);
    expect(deletedStacks()).toEqual(['Postrider-confirm-run0-State']);
  });
});
