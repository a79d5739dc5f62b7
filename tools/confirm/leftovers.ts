import {
  type CloudFormationClient,
  DeleteStackCommand,
  DescribeStacksCommand,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import { DeleteQueueCommand, ListQueuesCommand, ListQueueTagsCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** Everything that a run creates carries this tag, with the run's id. */
export const TAG = 'postrider:confirm';
export const QUEUE_PREFIX = 'postrider-confirm-';
export const STACK_PREFIX = 'Postrider-confirm-';

const DELETED_WITHIN_SECONDS = 600;

/** What earlier runs have left behind. */
export interface Leftovers {
  readonly queueUrls: readonly string[];
  readonly stackNames: readonly string[];
}

interface Clients {
  readonly sqs: SQSClient;
  readonly cloudFormation: CloudFormationClient;
}

/** Finds what has both the name and the tag of a run. */
export async function findLeftovers({ sqs, cloudFormation }: Clients): Promise<Leftovers> {
  const queueUrls: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await sqs.send(
      new ListQueuesCommand({ QueueNamePrefix: QUEUE_PREFIX, MaxResults: 1_000, ...(NextToken && { NextToken }) }),
    );
    for (const QueueUrl of page.QueueUrls ?? []) {
      const { Tags } = await sqs.send(new ListQueueTagsCommand({ QueueUrl }));
      if (Tags?.[TAG] !== undefined) queueUrls.push(QueueUrl);
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);

  const stackNames: string[] = [];
  let stacksToken: string | undefined;
  do {
    const page = await cloudFormation.send(
      new DescribeStacksCommand(stacksToken === undefined ? {} : { NextToken: stacksToken }),
    );
    for (const { StackName = '', Tags = [] } of page.Stacks ?? []) {
      if (StackName.startsWith(STACK_PREFIX) && Tags.some(({ Key }) => Key === TAG)) stackNames.push(StackName);
    }
    stacksToken = page.NextToken;
  } while (stacksToken !== undefined);
  return { queueUrls, stackNames };
}

/** Deletes them, and waits until the stacks are gone. */
export async function deleteLeftovers({ sqs, cloudFormation }: Clients, leftovers: Leftovers): Promise<void> {
  for (const QueueUrl of leftovers.queueUrls) await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  await Promise.all(leftovers.stackNames.map((StackName) => deleteStack(cloudFormation, StackName)));
}

/** Deletes a stack, and waits until it is gone. */
export async function deleteStack(client: CloudFormationClient, StackName: string): Promise<void> {
  await client.send(new DeleteStackCommand({ StackName }));
  await waitUntilStackDeleteComplete(
    { client, maxWaitTime: DELETED_WITHIN_SECONDS, minDelay: 2, maxDelay: 5 },
    { StackName },
  );
}
