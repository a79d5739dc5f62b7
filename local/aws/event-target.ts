import * as z from 'zod';
import { SqsError } from '../sqs-model/errors.ts';

/** A message for a queue. */
export interface TargetMessage {
  readonly body: string;
  readonly groupId?: string | undefined;
  readonly attributes?:
    | Readonly<Record<string, { readonly dataType: string; readonly stringValue: string }>>
    | undefined;
}

/** Sends a message to the queue with an ARN. Resolves once the message is durable. @throws SqsError if it is refused. */
export type SendToQueue = (queueArn: string, message: TargetMessage) => Promise<void> | void;

const ruleTarget = z.object({
  queueArn: z.string(),
  inputPath: z.string().optional(),
  groupIdPath: z.string().optional(),
  deadLetterQueueArn: z.string().optional(),
});
export type RuleTarget = Readonly<z.output<typeof ruleTarget>>;

/** An event on its way to one target of a rule. */
export const handOver = z.object({
  event: z.record(z.string(), z.unknown()),
  ruleArn: z.string(),
  target: ruleTarget,
});
export type HandOver = Readonly<z.output<typeof handOver>>;

/** @throws Error if a path of the target is not supported here. */
export function checkTarget({ inputPath, groupIdPath }: RuleTarget): void {
  for (const path of [inputPath, groupIdPath]) {
    if (path === undefined || !path.startsWith('$') || /^\$(\.[A-Za-z0-9_-]+)*$/.test(path)) continue;
    throw new Error(`The rule's path ${path} is not supported locally: use a chain of fields, such as $.detail.`);
  }
}

/** The message for a target. @throws SqsError if the event has nothing at a path: then no queue accepts it. */
export function messageOf({ event, target: { inputPath, groupIdPath } }: HandOver): TargetMessage {
  const input = inputPath === undefined ? event : at(event, inputPath);
  if (input === undefined) throw nothingAt(inputPath);
  const groupId = groupIdPath?.startsWith('$.') ? at(event, groupIdPath) : groupIdPath;
  if (groupId !== undefined && typeof groupId !== 'string') throw nothingAt(groupIdPath);
  return { body: JSON.stringify(input), groupId };
}

/** The message for the target's dead-letter queue: the whole event, as EventBridge writes it there. */
export function deadLetterOf({ event, ruleArn, target }: HandOver, why: SqsError): TargetMessage {
  const attributes = {
    RULE_ARN: ruleArn,
    TARGET_ARN: target.queueArn,
    ERROR_CODE: why.code,
    ERROR_MESSAGE: why.message,
  };
  return {
    body: JSON.stringify(event),
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, stringValue]) => [name, { dataType: 'String', stringValue }]),
    ),
  };
}

function nothingAt(path: string | undefined): SqsError {
  return new SqsError('InvalidParameterValue', `The event has no text at ${path}.`);
}

function at(event: HandOver['event'], path: string): unknown {
  let value: unknown = event;
  for (const field of path.split('.').slice(1)) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([name]) => name === field)?.[1];
  }
  return value;
}
