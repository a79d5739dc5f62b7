import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, it } from 'vitest';
import type { AcceptedEvents } from '../../../core/events/accepted.ts';
import { eventually } from '../../e2e/support/eventually.ts';
import { countMessages, createSqs } from '../../e2e/support/queues.ts';
import { STAGE } from '../deploy.ts';
import { deployedTarget } from '../target.ts';

const target = deployedTarget();
const sqs = createSqs(target);
const TWO_TICKS_MS = 150_000;

/** As the bus sends it to the fan-out queue; this tenant has no subscriptions. */
const detail: AcceptedEvents = {
  v: 1,
  tenant: 'upstream',
  events: [
    {
      id: 'evt_00000000000000000000000001',
      type: 'order.created',
      acceptedAt: Date.now(),
      traceId: '0123456789abcdef0123456789abcdef',
      expiresAt: Date.now() + 3_600_000,
      payload: { key: 'upstream/none', offset: 0, length: 2, inline: '{}' },
    },
  ],
};

describe.concurrent('an acknowledged event that got stuck before the fan-out', () => {
  it.each([
    ['the fan-out queue gave up on it', 'FanoutDeadLetters', detail],
    ['the rule could not hand it over', 'RuleDeadLetters', { source: 'postrider', detail }],
  ])('is sent to fan-out again: %s', { timeout: TWO_TICKS_MS + 30_000 }, async (_, queue, body) => {
    const url = await queueUrl(queue);

    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify(body) }));

    await eventually(
      async () => {
        const { visible, inFlight } = await countMessages(sqs, url);
        if (visible + inFlight > 0) throw new Error(`${queue} still holds the event.`);
      },
      { withinMs: TWO_TICKS_MS, everyMs: 500 },
    );
  });
});

/** Queues that no output names, since operators do not need them. */
async function queueUrl(construct: string): Promise<string> {
  const command = new DescribeStackResourcesCommand({ StackName: `Postrider-${STAGE}-Pipeline` });
  const { StackResources = [] } = await new CloudFormationClient().send(command);
  const found = StackResources.find(
    ({ ResourceType, LogicalResourceId = '' }) =>
      ResourceType === 'AWS::SQS::Queue' && LogicalResourceId.startsWith(construct),
  );
  if (found?.PhysicalResourceId === undefined) throw new Error(`The Pipeline stack has no queue ${construct}.`);
  return found.PhysicalResourceId;
}
