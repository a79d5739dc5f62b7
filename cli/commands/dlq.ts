import {
  CancelMessageMoveTaskCommand,
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { Argument, Option } from '@commander-js/extra-typings';
import { DEAD_LETTER_QUEUES, type DeadLetterQueueName } from '../../core/system/system.ts';
import { Fault } from '../explain.ts';
import { deploymentOf } from '../runtime/aws.ts';
import { type Group, wholeNumber, withExample, yesOption } from '../runtime/command.ts';
import { Progress } from '../runtime/progress.ts';
import type { Session } from '../runtime/session.ts';

/** The output that names each dead-letter queue, and what its messages are. */
const QUEUES: Readonly<Record<DeadLetterQueueName, { output: string; says: string }>> = {
  deliveries: { output: 'DeadLetterQueueUrl', says: 'deliveries that died' },
  fanout: { output: 'FanoutDeadLetterQueueUrl', says: 'accepted events that could not be fanned out' },
  rule: { output: 'RuleDeadLetterQueueUrl', says: 'accepted events that EventBridge could not pass on' },
  jobs: { output: 'JobsDeadLetterQueueUrl', says: 'slices of jobs' },
  stats: { output: 'StatsDeadLetterQueueUrl', says: 'tallies of attempts' },
  continuations: { output: 'ContinuationsDeadLetterQueueUrl', says: 'parts of scheduled tasks' },
};

const PEEK_MAX = 10;
const POLL_MS = 1_000;

interface QueueOnSqs {
  readonly sqs: SQSClient;
  readonly url: string;
}

/** A queue of the deployment. @throws Fault if the deployment does not name it. */
async function queueOf(session: Session, name: DeadLetterQueueName): Promise<QueueOnSqs> {
  const { outputs, config } = await deploymentOf(session);
  const { output } = QUEUES[name];
  const url = outputs[output];
  if (url === undefined) throw new Fault(`The deployment has no output ${output}: deploy it again.`);
  return { sqs: new SQSClient(config), url };
}

async function attributesOf({ sqs, url }: QueueOnSqs) {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: url,
      AttributeNames: ['QueueArn', 'ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  const number = (text: string | undefined) => Number(text ?? 0);
  return {
    arn: Attributes.QueueArn ?? '',
    messages: number(Attributes.ApproximateNumberOfMessages),
    inFlight: number(Attributes.ApproximateNumberOfMessagesNotVisible),
  };
}

/** `postrider dlq`: the dead-letter queues on SQS itself. */
export const dlqCommands: Group = (root, run) => {
  const dlq = root.command('dlq').description('the dead-letter queues, on SQS itself');
  const queueArgument = () => new Argument('<queue>', 'which').choices(DEAD_LETTER_QUEUES);

  withExample(
    dlq.command('list').description('list the dead-letter queues and how many messages each holds'),
    'postrider dlq list --stage prod',
    'what has failed, and where',
  ).action(() =>
    run(async (session) => {
      const rows = await Promise.all(
        DEAD_LETTER_QUEUES.map(async (name) => {
          const { messages, inFlight } = await attributesOf(await queueOf(session, name));
          return JSON.stringify({ queue: name, messages, in_flight: inFlight, holds: QUEUES[name].says });
        }),
      );
      session.out.items<{ queue: string; messages: number; in_flight: number; holds: string }>(rows, [
        { heading: 'queue', value: ({ queue }) => queue },
        { heading: 'messages', value: ({ messages }) => messages },
        { heading: 'in flight', value: ({ in_flight: inFlight }) => inFlight },
        { heading: 'holds', value: ({ holds }) => holds },
      ]);
    }),
  );

  withExample(
    dlq
      .command('peek')
      .description('look at some messages; they stay where they are')
      .addArgument(queueArgument())
      .addOption(new Option('--limit <n>', 'at most 10').argParser(wholeNumber).default(PEEK_MAX)),
    'postrider dlq peek deliveries',
    'which deliveries died',
  ).action((name, { limit }) =>
    run(async (session) => {
      const { sqs, url } = await queueOf(session, name);
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: Math.min(limit, PEEK_MAX),
          // Visible to everybody else at once.
          VisibilityTimeout: 0,
          MessageSystemAttributeNames: ['SentTimestamp', 'ApproximateReceiveCount'],
        }),
      );
      const rows = Messages.map(({ MessageId, Body = '', Attributes = {} }) =>
        JSON.stringify({
          message_id: MessageId,
          sent_at: new Date(Number(Attributes.SentTimestamp)).toISOString(),
          receives: Number(Attributes.ApproximateReceiveCount),
          body: Body,
        }),
      );
      session.out.items<{ message_id: string; sent_at: string; receives: number; body: string }>(rows, [
        { heading: 'message', value: (one) => one.message_id },
        { heading: 'sent', value: (one, time) => time(one.sent_at) },
        { heading: 'receives', value: ({ receives }) => receives },
        { heading: 'of', value: ({ body }) => subjectOf(body) },
      ]);
    }),
  );

  withExample(
    dlq
      .command('redrive')
      .description("move all messages back to the queue that they came from (SQS's own redrive)")
      .addArgument(queueArgument())
      .addOption(new Option('--rate <n>', 'messages a second at most (default: as SQS likes)').argParser(wholeNumber))
      .option('--wait', 'show progress until it ends')
      .addOption(yesOption()),
    'postrider dlq redrive deliveries --wait --yes',
    'after the cause is mended: send all dead deliveries again',
  ).action((name, { rate, wait, yes }) =>
    run(async (session) => {
      const queue = await queueOf(session, name);
      const { arn, messages } = await attributesOf(queue);
      await session.confirm(`This moves about ${messages} messages of ${name} back, to be processed again.`, { yes });
      const { TaskHandle } = await queue.sqs.send(
        new StartMessageMoveTaskCommand({
          SourceArn: arn,
          ...(rate !== undefined && { MaxNumberOfMessagesPerSecond: rate }),
        }),
      );
      session.out.note(`Moving about ${messages} messages of ${name}.`);
      if (wait === true) await follow(session, queue, arn);
      else if (session.out.json) session.out.data(JSON.stringify({ queue: name, task: TaskHandle }));
    }),
  );

  withExample(
    dlq.command('stop').description('stop a redrive; what was moved stays moved').addArgument(queueArgument()),
    'postrider dlq stop deliveries',
    'the receivers are not ready after all',
  ).action((name) =>
    run(async (session) => {
      const queue = await queueOf(session, name);
      const { arn } = await attributesOf(queue);
      const task = await lastTask(queue, arn);
      if (task?.Status !== 'RUNNING' || task.TaskHandle === undefined) {
        throw new Fault(`No redrive of ${name} is running.`);
      }
      const { ApproximateNumberOfMessagesMoved: moved = 0 } = await queue.sqs.send(
        new CancelMessageMoveTaskCommand({ TaskHandle: task.TaskHandle }),
      );
      session.out.note(`Stopped. About ${moved} messages were moved.`);
    }),
  );
};

async function lastTask({ sqs }: QueueOnSqs, arn: string) {
  const { Results = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arn, MaxResults: 1 }));
  return Results[0];
}

/** Shows a redrive until it ends. @throws Fault if it fails. */
async function follow(session: Session, queue: QueueOnSqs, arn: string): Promise<void> {
  const progress = new Progress(session.io);
  for (;;) {
    const task = await lastTask(queue, arn);
    const moved = task?.ApproximateNumberOfMessagesMoved ?? 0;
    const total = task?.ApproximateNumberOfMessagesToMove ?? null;
    const says = total === null ? `${moved} moved` : `${moved} of about ${total} moved`;
    progress.show({ done: moved, of: total, says }, task?.Status !== 'RUNNING');
    if (task?.Status !== 'RUNNING') {
      if (task?.Status === 'FAILED')
        throw new Fault(`The redrive failed: ${task.FailureReason ?? 'SQS does not say why'}.`);
      session.out.note(`${task?.Status === 'COMPLETED' ? 'Done' : 'Stopped'}: about ${moved} messages were moved.`);
      return;
    }
    await session.pause(POLL_MS);
  }
}

/** What a message is about, without its payload. */
function subjectOf(body: string): string {
  try {
    const { eventId, endpointId, id, jobId, task } = JSON.parse(body);
    return (
      [eventId ?? id ?? jobId ?? task, endpointId].filter((one) => typeof one === 'string').join(' to ') || 'unknown'
    );
  } catch {
    return 'no JSON';
  }
}
