import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Message, type MessageAttributeValue, SQS } from '@aws-sdk/client-sqs';
import type { EngineClock } from '../../../local/aws/clock.ts';
import { createSqs, type Sqs } from '../../../local/aws/sqs.ts';
import type { MessageAttribute, SendInput } from '../../../local/sqs-model/message.ts';
import { createVirtualClock } from './virtual-clock.ts';
import type { QueueWorld } from './world.ts';

/** The local SQS behind a loopback HTTP server. */
export interface SqsServer {
  readonly sqs: Sqs;
  readonly client: SQS;
  close(): Promise<void>;
}

export async function startSqsServer(options: { clock: EngineClock; dataDir?: string }): Promise<SqsServer> {
  let port = 0;
  const place = { accountId: '000000000000', region: 'us-east-1' };
  const sqs = createSqs({ ...options, ...place, endpoint: () => `http://127.0.0.1:${port}` });
  const server = createServer(async (request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const reply = await sqs.handle(String(request.headers['x-amz-target']), await text(request), gone.signal);
    response.writeHead(reply.status, reply.headers).end(reply.body);
  });
  port = await listen(server);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new SQS({ endpoint: `http://127.0.0.1:${port}`, region: place.region, credentials, maxAttempts: 1 });
  return {
    sqs,
    client,
    async close() {
      client.destroy();
      await sqs.close();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address && typeof address === 'object') resolve(address.port);
      else reject(new Error('The loopback server has no port.'));
    });
  });
}

/** The engine behind the real SDK, in virtual time. */
export async function createSdkWorld(): Promise<QueueWorld> {
  const clock = createVirtualClock();
  const { sqs, client, close } = await startSqsServer({ clock });
  const queue = (arn: string) => ({ QueueUrl: sqs.url(arn) });
  return {
    now: clock.now,
    advance: clock.advance,
    async createQueue(name, attributes) {
      const { QueueUrl = '' } = await client.createQueue({ QueueName: name, Attributes: { ...attributes } });
      return sqs.arn(QueueUrl);
    },
    async setAttributes(arn, attributes) {
      await client.setQueueAttributes({ ...queue(arn), Attributes: { ...attributes } });
    },
    async attributes(arn) {
      return (await client.getQueueAttributes({ ...queue(arn), AttributeNames: ['All'] })).Attributes ?? {};
    },
    async deleteQueue(arn) {
      await client.deleteQueue(queue(arn));
    },
    async deadLetterSources(arn) {
      return ((await client.listDeadLetterSourceQueues(queue(arn))).queueUrls ?? []).map(sqs.arn);
    },
    async counts(arn) {
      const { Attributes = {} } = await client.getQueueAttributes({ ...queue(arn), AttributeNames: ['All'] });
      return {
        visible: Number(Attributes.ApproximateNumberOfMessages),
        inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
        delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed),
      };
    },
    async send(arn, input) {
      return { messageId: (await client.sendMessage({ ...queue(arn), ...wireMessage(input) })).MessageId ?? '' };
    },
    async sendBatch(arn, entries) {
      const Entries = entries.map((entry) => ({ Id: entry.id, ...wireMessage(entry) }));
      const { Successful = [], Failed } = await client.sendMessageBatch({ ...queue(arn), Entries });
      const successful = Successful.map(({ Id = '', MessageId = '' }) => ({ id: Id, messageId: MessageId }));
      return { successful, failed: failures(Failed) };
    },
    async receive(arn, { max, visibilityTimeoutSeconds } = {}) {
      const { Messages = [] } = await client.receiveMessage({
        ...queue(arn),
        MaxNumberOfMessages: max,
        VisibilityTimeout: visibilityTimeoutSeconds,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      });
      return Messages.map(readMessage);
    },
    async delete(arn, receiptHandle) {
      await client.deleteMessage({ ...queue(arn), ReceiptHandle: receiptHandle });
    },
    async deleteBatch(arn, entries) {
      const Entries = entries.map(({ id, receiptHandle }) => ({ Id: id, ReceiptHandle: receiptHandle }));
      return batchResult(await client.deleteMessageBatch({ ...queue(arn), Entries }));
    },
    async changeVisibility(arn, receiptHandle, seconds) {
      await client.changeMessageVisibility({
        ...queue(arn),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      });
    },
    async changeVisibilityBatch(arn, entries) {
      const Entries = entries.map(({ id, receiptHandle, visibilityTimeoutSeconds }) => ({
        Id: id,
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: visibilityTimeoutSeconds,
      }));
      return batchResult(await client.changeMessageVisibilityBatch({ ...queue(arn), Entries }));
    },
    async purge(arn) {
      await client.purgeQueue(queue(arn));
    },
    async startMoveTask({ sourceArn, destinationArn, maxNumberOfMessagesPerSecond }) {
      const { TaskHandle = '' } = await client.startMessageMoveTask({
        SourceArn: sourceArn,
        DestinationArn: destinationArn,
        MaxNumberOfMessagesPerSecond: maxNumberOfMessagesPerSecond,
      });
      return TaskHandle;
    },
    async listMoveTasks(sourceArn, max) {
      const { Results = [] } = await client.listMessageMoveTasks({ SourceArn: sourceArn, MaxResults: max });
      return Results.map((task) => ({
        taskHandle: task.TaskHandle,
        sourceArn: task.SourceArn ?? '',
        destinationArn: task.DestinationArn,
        maxNumberOfMessagesPerSecond: task.MaxNumberOfMessagesPerSecond,
        startedAtMs: task.StartedTimestamp ?? 0,
        status: readStatus(task.Status),
        messagesToMove: task.ApproximateNumberOfMessagesToMove ?? 0,
        messagesMoved: task.ApproximateNumberOfMessagesMoved ?? 0,
        failureReason: task.FailureReason,
      }));
    },
    async cancelMoveTask(taskHandle) {
      const cancelled = await client.cancelMessageMoveTask({ TaskHandle: taskHandle });
      return cancelled.ApproximateNumberOfMessagesMoved ?? 0;
    },
    close,
  };
}

function wireMessage({ body, delaySeconds, groupId, attributes }: SendInput) {
  return {
    MessageBody: body,
    DelaySeconds: delaySeconds,
    MessageGroupId: groupId,
    MessageAttributes: attributes && mapValues(attributes, wireAttribute),
  };
}

function wireAttribute({ dataType, stringValue, binaryValue }: MessageAttribute): MessageAttributeValue {
  return {
    DataType: dataType,
    StringValue: stringValue,
    BinaryValue: binaryValue === undefined ? undefined : Buffer.from(binaryValue, 'base64'),
  };
}

function readAttribute({ DataType = '', StringValue, BinaryValue }: MessageAttributeValue): MessageAttribute {
  const binaryValue = BinaryValue && Buffer.from(BinaryValue).toString('base64');
  return { dataType: DataType, stringValue: StringValue, binaryValue };
}

function readMessage({ MessageId = '', Body = '', ReceiptHandle = '', Attributes = {}, MessageAttributes }: Message) {
  return {
    messageId: MessageId,
    body: Body,
    receiptHandle: ReceiptHandle,
    groupId: Attributes.MessageGroupId,
    sentAtMs: Number(Attributes.SentTimestamp),
    receiveCount: Number(Attributes.ApproximateReceiveCount),
    firstReceivedAtMs: Number(Attributes.ApproximateFirstReceiveTimestamp),
    deadLetterSourceArn: Attributes.DeadLetterQueueSourceArn,
    attributes: MessageAttributes && mapValues(MessageAttributes, readAttribute),
  };
}

function readStatus(status: string | undefined) {
  const known = (['RUNNING', 'COMPLETED', 'CANCELLED', 'FAILED'] as const).find((name) => name === status);
  if (known) return known;
  throw new Error(`Unexpected task status ${status}.`);
}

interface SdkFailure {
  readonly Id?: string | undefined;
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
}

function failures(failed: readonly SdkFailure[] = []) {
  return failed.map(({ Id = '', Code = '', Message = '' }) => ({ id: Id, code: Code, message: Message }));
}

function batchResult(result: {
  Successful?: { Id?: string | undefined }[] | undefined;
  Failed?: SdkFailure[] | undefined;
}) {
  return {
    successful: (result.Successful ?? []).map(({ Id = '' }) => ({ id: Id })),
    failed: failures(result.Failed),
  };
}

function mapValues<Value, Result>(values: Readonly<Record<string, Value>>, map: (value: Value) => Result) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}
