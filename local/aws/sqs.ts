import { randomUUID } from 'node:crypto';
import type * as z from 'zod';
import type { QueueAttributes } from '../sqs-model/attributes.ts';
import { SqsError } from '../sqs-model/errors.ts';
import type { MoveTaskRecord } from '../sqs-model/move-tasks.ts';
import { type BatchResult, checkRange, invalidParameter } from '../sqs-model/requests.ts';
import { SqsEngine, type SqsEngineOptions } from './sqs-engine.ts';
import { attributesMd5, md5 } from './sqs-md5.ts';
import { inputs, type Operation, parseInput, pick, refusal, showMessage } from './sqs-wire.ts';

export interface SqsOptions extends SqsEngineOptions {
  /** Base URL for clients, without a trailing slash. A function, because the port is known late. */
  readonly endpoint: () => string;
}

export interface SqsReply {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** The local SQS: `engine` for callers in this process, `handle` for the AWS JSON protocol of SDKs and the CLI. */
export interface Sqs {
  readonly engine: SqsEngine;
  /** `http://127.0.0.1:<port>/<account>/<name>`. */
  url(arn: string): string;
  /** The ARN behind a queue URL of any host. */
  arn(url: string): string;
  /**
   * Answers one request.
   * @param target the X-Amz-Target header, such as `AmazonSQS.SendMessage`
   * @param signal ends a long poll whose client has disconnected, so that it receives no message
   */
  handle(target: string, body: Buffer | string, signal?: AbortSignal): Promise<SqsReply>;
  close(): Promise<void>;
}

/** Opens the local SQS. With a `dataDir`, it restores everything acknowledged there before. */
export function createSqs(options: SqsOptions): Sqs {
  const engine = new SqsEngine(options);
  const { accountId, endpoint } = options;
  const urls = {
    url: (arn: string) => `${endpoint()}/${accountId}/${arn.slice(arn.lastIndexOf(':') + 1)}`,
    arn: (url: string) => engine.model.arn(queueName(url, accountId)),
  };
  const operations = createOperations(engine, urls, accountId);
  return {
    engine,
    ...urls,
    handle: (target, body, signal) => answer(operations, { target, body, signal }),
    close: () => engine.close(),
  };
}

type Operations = Readonly<Record<Operation, (input: unknown, signal?: AbortSignal) => Promise<object>>>;
type Urls = Pick<Sqs, 'url' | 'arn'>;

interface Request {
  readonly target: string;
  readonly body: Buffer | string;
  readonly signal: AbortSignal | undefined;
}

async function answer(operations: Operations, { target, body, signal }: Request): Promise<SqsReply> {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': randomUUID() };
  try {
    const output = await operations[readOperation(target)](readJson(body), signal);
    return { status: 200, headers, body: JSON.stringify(output) };
  } catch (error) {
    if (!(error instanceof SqsError)) throw error;
    const refused = refusal(error);
    return { ...refused, headers: { ...headers, ...refused.headers } };
  }
}

function readOperation(target: string): Operation {
  const name = target.replace(/^AmazonSQS\./, '');
  const known = Object.keys(inputs).find((operation): operation is Operation => operation === name);
  if (known) return known;
  throw new SqsError('UnsupportedOperation', `The local SQS does not support ${name}. Use an AWS account for it.`);
}

function readJson(body: Buffer | string): unknown {
  try {
    return JSON.parse(body.toString() || '{}');
  } catch {
    throw new SqsError('InvalidParameterValue', 'The request body is not JSON. Send the AWS JSON 1.0 protocol.');
  }
}

function queueName(url: string, accountId: string): string {
  const [, account, name] = /\/([^/]+)\/([^/]+)\/?$/.exec(url) ?? [];
  if (name && account === accountId) return name;
  throw new SqsError('QueueDoesNotExist', 'The specified queue does not exist.');
}

function createOperations(engine: SqsEngine, { url, arn }: Urls, accountId: string): Operations {
  const { model } = engine;
  return {
    async CreateQueue(json) {
      const { QueueName, Attributes } = parseInput(inputs.CreateQueue, json);
      return { QueueUrl: url(await engine.createQueue(QueueName, Attributes)) };
    },
    async GetQueueUrl(json) {
      const queue = model.arn(parseInput(inputs.GetQueueUrl, json).QueueName);
      if (model.hasQueue(queue)) return { QueueUrl: url(queue) };
      throw new SqsError('QueueDoesNotExist', 'The specified queue does not exist.');
    },
    async ListQueues(json) {
      const { QueueNamePrefix = '', MaxResults, NextToken } = parseInput(inputs.ListQueues, json);
      const all = model.listQueues().filter((queue) => queue.startsWith(model.arn(QueueNamePrefix)));
      return page(all.map(url), { max: MaxResults, token: NextToken, name: 'QueueUrls' });
    },
    async GetQueueAttributes(json) {
      const { QueueUrl, AttributeNames = [] } = parseInput(inputs.GetQueueAttributes, json);
      return { Attributes: askedAttributes(model.attributes(arn(QueueUrl)), AttributeNames) };
    },
    async SetQueueAttributes(json) {
      const { QueueUrl, Attributes } = parseInput(inputs.SetQueueAttributes, json);
      await engine.setAttributes(arn(QueueUrl), Attributes);
      return {};
    },
    async SendMessage(json) {
      const { QueueUrl, ...message } = parseInput(inputs.SendMessage, json);
      const sent = await engine.send(arn(QueueUrl), sendInput(message));
      return { MessageId: sent.messageId, ...digests(message) };
    },
    async SendMessageBatch(json) {
      const { QueueUrl, Entries } = parseInput(inputs.SendMessageBatch, json);
      const result = await engine.sendBatch(
        arn(QueueUrl),
        Entries.map((entry) => ({ id: entry.Id, ...sendInput(entry) })),
      );
      const sent = new Map(Entries.map((entry) => [entry.Id, entry]));
      return showBatch(result, ({ id, messageId }) => ({ MessageId: messageId, ...digests(sent.get(id)) }));
    },
    async ReceiveMessage(json, signal) {
      const input = parseInput(inputs.ReceiveMessage, json);
      const { QueueUrl, MaxNumberOfMessages: max, VisibilityTimeout: visibilityTimeoutSeconds } = input;
      const waitSeconds = input.WaitTimeSeconds ?? model.waitTimeSeconds(arn(QueueUrl));
      checkRange('WaitTimeSeconds', waitSeconds, [0, 20]);
      const receive = { max, visibilityTimeoutSeconds, waitMs: waitSeconds * 1000, signal };
      const messages = await engine.receive(arn(QueueUrl), receive);
      const system = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
      const asked = { system, user: input.MessageAttributeNames ?? [], senderId: accountId };
      return messages.length === 0 ? {} : { Messages: messages.map((message) => showMessage(message, asked)) };
    },
    async DeleteMessage(json) {
      const { QueueUrl, ReceiptHandle } = parseInput(inputs.DeleteMessage, json);
      await engine.delete(arn(QueueUrl), ReceiptHandle);
      return {};
    },
    async DeleteMessageBatch(json) {
      const { QueueUrl, Entries } = parseInput(inputs.DeleteMessageBatch, json);
      const entries = Entries.map(({ Id, ReceiptHandle }) => ({ id: Id, receiptHandle: ReceiptHandle }));
      return showBatch(await engine.deleteBatch(arn(QueueUrl), entries), () => ({}));
    },
    async ChangeMessageVisibility(json) {
      const { QueueUrl, ReceiptHandle, VisibilityTimeout } = parseInput(inputs.ChangeMessageVisibility, json);
      await engine.changeVisibility(arn(QueueUrl), ReceiptHandle, VisibilityTimeout);
      return {};
    },
    async ChangeMessageVisibilityBatch(json) {
      const { QueueUrl, Entries } = parseInput(inputs.ChangeMessageVisibilityBatch, json);
      const entries = Entries.map(({ Id, ReceiptHandle, VisibilityTimeout }) => ({
        id: Id,
        receiptHandle: ReceiptHandle,
        visibilityTimeoutSeconds: VisibilityTimeout,
      }));
      return showBatch(await engine.changeVisibilityBatch(arn(QueueUrl), entries), () => ({}));
    },
    async PurgeQueue(json) {
      await engine.purge(arn(parseInput(inputs.PurgeQueue, json).QueueUrl));
      return {};
    },
    async DeleteQueue(json) {
      await engine.deleteQueue(arn(parseInput(inputs.DeleteQueue, json).QueueUrl));
      return {};
    },
    async StartMessageMoveTask(json) {
      const input = parseInput(inputs.StartMessageMoveTask, json);
      const taskHandle = await engine.startMoveTask({
        sourceArn: input.SourceArn,
        destinationArn: input.DestinationArn,
        maxNumberOfMessagesPerSecond: input.MaxNumberOfMessagesPerSecond,
      });
      return { TaskHandle: taskHandle };
    },
    async ListMessageMoveTasks(json) {
      const { SourceArn, MaxResults } = parseInput(inputs.ListMessageMoveTasks, json);
      return { Results: model.listMoveTasks(SourceArn, MaxResults).map(showTask) };
    },
    async CancelMessageMoveTask(json) {
      const { TaskHandle } = parseInput(inputs.CancelMessageMoveTask, json);
      return { ApproximateNumberOfMessagesMoved: await engine.cancelMoveTask(TaskHandle) };
    },
    async ListDeadLetterSourceQueues(json) {
      const { QueueUrl, MaxResults, NextToken } = parseInput(inputs.ListDeadLetterSourceQueues, json);
      const sources = model.deadLetterSources(arn(QueueUrl)).map(url);
      return page(sources, { max: MaxResults, token: NextToken, name: 'queueUrls' });
    },
    async ListQueueTags(json) {
      model.counts(arn(parseInput(inputs.ListQueueTags, json).QueueUrl));
      return {};
    },
  };
}

type WireMessage = Omit<z.output<typeof inputs.SendMessage>, 'QueueUrl'>;

function sendInput({ MessageBody, DelaySeconds, MessageGroupId, MessageAttributes }: WireMessage) {
  return { body: MessageBody, delaySeconds: DelaySeconds, groupId: MessageGroupId, attributes: MessageAttributes };
}

function digests(message: WireMessage | undefined) {
  return {
    MD5OfMessageBody: md5(message?.MessageBody ?? ''),
    MD5OfMessageAttributes: attributesMd5(message?.MessageAttributes),
  };
}

function showBatch<Success>(result: BatchResult<Success>, show: (entry: { id: string } & Success) => object) {
  return {
    Successful: result.successful.map((entry) => ({ Id: entry.id, ...show(entry) })),
    Failed: result.failed.map(({ id, code, message }) => ({
      Id: id,
      Code: code,
      Message: message,
      SenderFault: true,
    })),
  };
}

function showTask(task: MoveTaskRecord & { readonly taskHandle?: string }) {
  return {
    TaskHandle: task.taskHandle,
    Status: task.status,
    SourceArn: task.sourceArn,
    DestinationArn: task.destinationArn,
    MaxNumberOfMessagesPerSecond: task.maxNumberOfMessagesPerSecond,
    ApproximateNumberOfMessagesMoved: task.messagesMoved,
    ApproximateNumberOfMessagesToMove: task.messagesToMove,
    FailureReason: task.failureReason,
    StartedTimestamp: task.startedAtMs,
  };
}

function askedAttributes(all: QueueAttributes, asked: readonly string[]): QueueAttributes {
  const unknown = asked.find((name) => name !== 'All' && !knownAttributes.has(name) && !(name in all));
  if (unknown !== undefined) throw new SqsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
  return pick(all, (name) => asked.includes('All') || asked.includes(name));
}

/** Attributes that may be requested although the queue has none. */
const knownAttributes = new Set([
  'Policy',
  'RedrivePolicy',
  'RedriveAllowPolicy',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
  'SqsManagedSseEnabled',
]);

function page(
  urls: readonly string[],
  { max, token, name }: { max?: number | undefined; token?: string | undefined; name: string },
) {
  const after = token === undefined ? 0 : urls.indexOf(Buffer.from(token, 'base64').toString()) + 1;
  if (token !== undefined && after === 0) throw invalidParameter('NextToken', token, 'It is not a token of this list');
  const shown = urls.slice(after, max === undefined ? undefined : after + max);
  const last = shown.at(-1);
  const more = last !== undefined && after + shown.length < urls.length;
  return { [name]: shown, NextToken: more ? Buffer.from(last).toString('base64') : undefined };
}
