import * as z from 'zod';
import { SqsError, type SqsErrorCode } from '../sqs-model/errors.ts';
import type { MessageAttribute, ReceivedMessage } from '../sqs-model/message.ts';
import { attributesMd5, md5 } from './sqs-md5.ts';

/** The schemas of SQS's AWS JSON protocol. Strict: an unknown parameter must not be ignored. */
const messageAttributes = z
  .record(
    z.string(),
    z.strictObject({ DataType: z.string(), StringValue: z.string().optional(), BinaryValue: z.string().optional() }),
  )
  .transform(
    (given): Record<string, MessageAttribute> =>
      Object.fromEntries(
        Object.entries(given).map(([name, { DataType, StringValue, BinaryValue }]) => [
          name,
          { dataType: DataType, stringValue: StringValue, binaryValue: BinaryValue },
        ]),
      ),
  );

const message = {
  MessageBody: z.string().default(''),
  DelaySeconds: z.number().optional(),
  MessageGroupId: z.string().optional(),
  MessageAttributes: messageAttributes.optional(),
};
const queue = { QueueUrl: z.string() };
const receipt = { ReceiptHandle: z.string() };
const attributes = z.record(z.string(), z.string());
const entry = { Id: z.string() };
const names = z.array(z.string()).optional();

/** One schema per operation that the local SQS supports. */
export const inputs = {
  CreateQueue: z.strictObject({ QueueName: z.string(), Attributes: attributes.optional() }),
  GetQueueUrl: z.strictObject({ QueueName: z.string(), QueueOwnerAWSAccountId: z.string().optional() }),
  ListQueues: z.strictObject({
    QueueNamePrefix: z.string().optional(),
    MaxResults: z.number().int().min(1).max(1000).optional(),
    NextToken: z.string().optional(),
  }),
  GetQueueAttributes: z.strictObject({ ...queue, AttributeNames: names }),
  SetQueueAttributes: z.strictObject({ ...queue, Attributes: attributes }),
  SendMessage: z.strictObject({ ...queue, ...message }),
  SendMessageBatch: z.strictObject({
    ...queue,
    Entries: z.array(z.strictObject({ ...entry, ...message })).default([]),
  }),
  ReceiveMessage: z.strictObject({
    ...queue,
    MaxNumberOfMessages: z.number().optional(),
    VisibilityTimeout: z.number().optional(),
    WaitTimeSeconds: z.number().optional(),
    AttributeNames: names,
    MessageSystemAttributeNames: names,
    MessageAttributeNames: names,
  }),
  DeleteMessage: z.strictObject({ ...queue, ...receipt }),
  DeleteMessageBatch: z.strictObject({
    ...queue,
    Entries: z.array(z.strictObject({ ...entry, ...receipt })).default([]),
  }),
  ChangeMessageVisibility: z.strictObject({ ...queue, ...receipt, VisibilityTimeout: z.number() }),
  ChangeMessageVisibilityBatch: z.strictObject({
    ...queue,
    Entries: z.array(z.strictObject({ ...entry, ...receipt, VisibilityTimeout: z.number().default(0) })).default([]),
  }),
  PurgeQueue: z.strictObject(queue),
  DeleteQueue: z.strictObject(queue),
  StartMessageMoveTask: z.strictObject({
    SourceArn: z.string(),
    DestinationArn: z.string().optional(),
    MaxNumberOfMessagesPerSecond: z.number().optional(),
  }),
  ListMessageMoveTasks: z.strictObject({ SourceArn: z.string(), MaxResults: z.number().optional() }),
  CancelMessageMoveTask: z.strictObject({ TaskHandle: z.string() }),
  ListDeadLetterSourceQueues: z.strictObject({
    ...queue,
    MaxResults: z.number().optional(),
    NextToken: z.string().optional(),
  }),
  ListQueueTags: z.strictObject(queue),
} as const;

export type Operation = keyof typeof inputs;

/** @throws SqsError naming what is wrong with the input. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, json: unknown): z.output<Schema> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`.trim());
  throw new SqsError('InvalidParameterValue', `The local SQS does not accept this request: ${problems.join('; ')}.`);
}

/** A message as ReceiveMessage returns it: only the requested attributes. */
export function showMessage(received: ReceivedMessage, asked: { system: string[]; user: string[]; senderId: string }) {
  const system = pick(systemAttributes(received, asked.senderId), (name) => isAsked(name, asked.system));
  const user = pick(received.attributes ?? {}, (name) => isAsked(name, asked.user));
  const shown = Object.entries(user).map(([name, { dataType, stringValue, binaryValue }]) => [
    name,
    { DataType: dataType, StringValue: stringValue, BinaryValue: binaryValue },
  ]);
  return {
    MessageId: received.messageId,
    ReceiptHandle: received.receiptHandle,
    Body: received.body,
    MD5OfBody: md5(received.body),
    MD5OfMessageAttributes: attributesMd5(user),
    Attributes: Object.keys(system).length > 0 ? system : undefined,
    MessageAttributes: shown.length > 0 ? Object.fromEntries(shown) : undefined,
  };
}

function systemAttributes(received: ReceivedMessage, senderId: string): Record<string, string> {
  const { groupId, deadLetterSourceArn } = received;
  return {
    SenderId: senderId,
    SentTimestamp: String(received.sentAtMs),
    ApproximateReceiveCount: String(received.receiveCount),
    ApproximateFirstReceiveTimestamp: String(received.firstReceivedAtMs),
    ...(groupId === undefined ? {} : { MessageGroupId: groupId }),
    ...(deadLetterSourceArn === undefined ? {} : { DeadLetterQueueSourceArn: deadLetterSourceArn }),
  };
}

function isAsked(name: string, asked: readonly string[]): boolean {
  return asked.some((wanted) => {
    if (wanted === 'All' || wanted === '.*' || wanted === name) return true;
    return wanted.endsWith('.*') && name.startsWith(wanted.slice(0, -2));
  });
}

export function pick<Value>(
  values: Readonly<Record<string, Value>>,
  wanted: (name: string) => boolean,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => wanted(name)));
}

/** Each error on the wire: its shape, the code of the old query protocol, the HTTP status. */
const wireErrors: Partial<Record<SqsErrorCode, readonly [type: string, queryCode: string, status: number]>> = {
  InvalidParameterValue: ['com.amazon.coral.service#InvalidParameterValueException', 'InvalidParameterValue', 400],
  MissingParameter: ['com.amazon.coral.service#MissingRequiredParameterException', 'MissingParameter', 400],
  OverLimit: ['com.amazonaws.sqs#OverLimit', 'OverLimit', 403],
  PurgeQueueInProgress: ['com.amazonaws.sqs#PurgeQueueInProgress', 'AWS.SimpleQueueService.PurgeQueueInProgress', 403],
  QueueDoesNotExist: ['com.amazonaws.sqs#QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue', 400],
  QueueNameExists: ['com.amazonaws.sqs#QueueNameExists', 'QueueAlreadyExists', 400],
  ReceiptHandleIsInvalid: ['com.amazonaws.sqs#ReceiptHandleIsInvalid', 'ReceiptHandleIsInvalid', 404],
  ResourceNotFoundException: ['com.amazonaws.sqs#ResourceNotFoundException', 'ResourceNotFoundException', 404],
  InvalidAttributeName: ['com.amazonaws.sqs#InvalidAttributeName', 'InvalidAttributeName', 400],
  InvalidAttributeValue: ['com.amazonaws.sqs#InvalidAttributeValue', 'InvalidAttributeValue', 400],
  InvalidMessageContents: ['com.amazonaws.sqs#InvalidMessageContents', 'InvalidMessageContents', 400],
};

/** The response for an error. */
export function refusal({ code, message }: SqsError) {
  const usual = [`com.amazonaws.sqs#${code}`, `AWS.SimpleQueueService.${code}`, 400] as const;
  const [type, queryCode, status] = wireErrors[code] ?? usual;
  return {
    status,
    headers: { 'x-amzn-query-error': `${queryCode};Sender` },
    body: JSON.stringify({ __type: type, message }),
  };
}
