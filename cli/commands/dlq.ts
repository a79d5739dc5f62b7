import {
  CancelMessageMoveTaskCommand,
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  type ListMessageMoveTasksResultEntry,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { Argument, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { createDeadLetterQueue } from '../../adapters/sqs/dead-letters.ts';
import type { ReceivedDeadLetter } from '../../core/dead-letters/dead-letter.ts';
import { DEAD_LETTER_QUEUES, type DeadLetterQueueName } from '../../core/system/system.ts';
import { Fault, UsageFault } from '../explain.ts';
import { deploymentOf } from '../runtime/aws.ts';
import { type Group, wholeNumber, withExample, yesOption } from '../runtime/command.ts';
import { Interrupted, messageOf } from '../runtime/exit.ts';
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

/** How many messages `peek` shows, and at most. */
const PEEK = 10;
const PEEK_MAX = 1_000;
const POLL_MS = 1_000;

interface QueueOnSqs {
  readonly sqs: SQSClient;
  readonly url: string;
}

/**
 * A queue of the deployment.
 * @throws UsageFault if the API is another's than the product's on this machine, and no stage is named; Fault if the deployment does
 * not name the queue.
 */
async function queueOf(session: Session, name: DeadLetterQueueName): Promise<QueueOnSqs> {
  const { outputs, config } = await deploymentOf(session);
  if (session.options.stage === undefined) {
    const { url: apiUrl, by } = await session.place();
    if (plain(apiUrl) !== plain(outputs.ApiUrl ?? '')) {
      throw new UsageFault(`The API is that of ${by}, ${apiUrl}: pass --stage, so that its queues are found.`);
    }
  }
  const { output } = QUEUES[name];
  const url = outputs[output];
  if (url === undefined) throw new Fault(`The deployment has no output ${output}: deploy it again.`);
  return { sqs: new SQSClient(config), url };
}

/** An address in one of the forms that it has. */
const plain = (url: string) => url.replace(/\/$/, '').replace('://localhost', '://127.0.0.1');

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
    dlq
      .command('list')
      .description('list the dead-letter queues, how many messages each holds, and how far a redrive of SQS is'),
    'postrider dlq list --stage prod',
    'what has failed, and where',
  ).action(() =>
    run(async (session) => {
      const rows = await Promise.all(
        DEAD_LETTER_QUEUES.map(async (name): Promise<ListedQueue> => {
          const queue = await queueOf(session, name);
          const { arn, messages, inFlight } = await attributesOf(queue);
          const task = await lastTask(queue, arn);
          const redrive = task?.Status === 'RUNNING' ? progressOf(task) : null;
          return { queue: name, messages, in_flight: inFlight, holds: QUEUES[name].says, redrive };
        }),
      );
      session.out.items<ListedQueue>(
        rows.map((row) => JSON.stringify(row)),
        [
          { heading: 'queue', value: ({ queue }) => queue },
          { heading: 'messages', value: ({ messages }) => messages },
          { heading: 'in flight', value: ({ in_flight: inFlight }) => inFlight },
          { heading: 'holds', value: ({ holds }) => holds },
          { heading: 'redrive', value: ({ redrive }) => redrive && movedText(redrive) },
        ],
      );
    }),
  );

  withExample(
    dlq
      .command('peek')
      .description(
        'look at some messages; they stay where they are. A look counts as a receive, which has no effect there, and hides a message only while it takes, or for half a minute if it is cut off',
      )
      .addArgument(queueArgument())
      .addOption(new Option('--limit <n>', `how many, at most ${PEEK_MAX}`).argParser(peekLimit).default(PEEK)),
    'postrider dlq peek deliveries --limit 100',
    'which deliveries died',
  ).action((name, { limit }) =>
    run(async (session) => {
      const letters = await peek(session, await queueOf(session, name), limit);
      const rows = letters.map(({ messageId, sentAt, receiveCount, body }) =>
        JSON.stringify({
          message_id: messageId,
          sent_at: new Date(sentAt).toISOString(),
          receives: receiveCount,
          body,
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

interface ListedQueue {
  readonly queue: DeadLetterQueueName;
  readonly messages: number;
  readonly in_flight: number;
  readonly holds: string;
  /** Of a redrive that is running. */
  readonly redrive: Moved | null;
}

/** How far a redrive is; `of` is null if SQS does not say. */
interface Moved {
  readonly moved: number;
  readonly of: number | null;
}

const progressOf = (task: ListMessageMoveTasksResultEntry | undefined): Moved => ({
  moved: task?.ApproximateNumberOfMessagesMoved ?? 0,
  of: task?.ApproximateNumberOfMessagesToMove ?? null,
});

const movedText = ({ moved, of }: Moved) => (of === null ? `${moved} moved` : `${moved} of about ${of} moved`);

function peekLimit(text: string): number {
  const limit = wholeNumber(text);
  if (limit <= PEEK_MAX) return limit;
  throw new InvalidArgumentError(`Use at most ${PEEK_MAX}.`);
}

/**
 * Reads some messages, the oldest first, and returns them to the queue: they are hidden so that each receive finds others.
 * @throws Interrupted on Ctrl-C.
 */
async function peek(session: Session, { sqs, url }: QueueOnSqs, limit: number): Promise<ReceivedDeadLetter[]> {
  const queue = createDeadLetterQueue({ client: sqs, queueUrl: url });
  const found = new Map<string, ReceivedDeadLetter>();
  try {
    while (found.size < limit) {
      const before = found.size;
      for (const letter of await queue.receive()) found.set(letter.messageId, letter);
      if (session.io.signal.aborted) throw new Interrupted();
      if (found.size === before) break;
    }
  } finally {
    await queue.makeVisible([...found.values()]).catch((fault: unknown) => {
      session.out.note(`The messages stay hidden for up to half a minute: ${messageOf(fault)}`);
    });
  }
  return [...found.values()].sort((a, b) => a.sentAt - b.sentAt).slice(0, limit);
}

async function lastTask({ sqs }: QueueOnSqs, arn: string) {
  const { Results = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arn, MaxResults: 1 }));
  return Results[0];
}

/** Shows a redrive until it ends. @throws Fault if it fails. */
async function follow(session: Session, queue: QueueOnSqs, arn: string): Promise<void> {
  const shown = new Progress(session.io);
  for (;;) {
    const task = await lastTask(queue, arn);
    const progress = progressOf(task);
    const { moved } = progress;
    shown.show({ done: moved, of: progress.of, says: movedText(progress) }, task?.Status !== 'RUNNING');
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
