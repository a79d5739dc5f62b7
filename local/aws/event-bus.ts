import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError, notLocal } from './aws-error.ts';
import { compilePattern, type Matcher } from './event-pattern.ts';
import type { JsonService } from './exchange.ts';

const ENTRIES_MAX = 10;
const ENTRIES_BYTES_MAX = 1_048_576;
const TIME_BYTES = 14;

const entry = z.object({
  Source: z.string().optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  EventBusName: z.string().default('default'),
  Resources: z.array(z.string()).default([]),
  Time: z.number().optional(),
  TraceHeader: z.string().optional(),
});
const putEvents = z.object({ Entries: z.array(entry) });

type Entry = z.infer<typeof entry>;
type Event = Readonly<Record<string, unknown>>;

/** A message for a queue. */
export interface TargetMessage {
  readonly body: string;
  readonly groupId?: string | undefined;
  readonly attributes?:
    | Readonly<Record<string, { readonly dataType: string; readonly stringValue: string }>>
    | undefined;
}

/** Takes a message for the queue of an ARN. Resolves once the message is durable. */
export type SendToQueue = (queueArn: string, message: TargetMessage) => Promise<void> | void;

/** A rule with its targets, as the template declares it. */
export interface Rule {
  readonly arn: string;
  readonly bus: string;
  readonly pattern: Readonly<Record<string, unknown>>;
  readonly targets: readonly RuleTarget[];
}

export interface RuleTarget {
  readonly queueArn: string;
  readonly inputPath: string | undefined;
  readonly groupIdPath: string | undefined;
  readonly deadLetterQueueArn: string | undefined;
}

interface CompiledRule extends Rule {
  readonly matches: Matcher;
}

export interface EventBusOptions {
  readonly buses: readonly { readonly name: string; readonly arn: string }[];
  readonly rules: readonly Rule[];
  readonly send: SendToQueue;
  readonly now: () => number;
  readonly place: { readonly accountId: string; readonly region: string };
}

/**
 * EventBridge: PutEvents, rules, and SQS targets.
 *
 * An event is in its target queues, durably, before PutEvents answers. The real service answers first and keeps the
 * event itself; here the queues are the only thing that survives a SIGKILL, and an accepted event must.
 */
export function createEventBus(options: EventBusOptions): JsonService {
  const rules = options.rules.map((rule) => ({ ...rule, matches: compilePattern(rule.pattern) }));
  for (const { targets } of rules) targets.forEach(checkTarget);
  const operations: Readonly<Record<string, (input: unknown) => Promise<object> | object>> = {
    PutEvents: async (input) => {
      const entries = checkRequest(input);
      const results = await Promise.all(entries.map((each) => put(each, rules, options)));
      return { Entries: results, FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length };
    },
    ListEventBuses: () => ({ EventBuses: options.buses.map(({ name, arn }) => ({ Name: name, Arn: arn })) }),
    ListRules: () => ({
      Rules: rules.map(({ arn, bus, pattern }) => ({
        Name: arn.replace(/^.*:rule\//, ''),
        Arn: arn,
        EventBusName: bus,
        EventPattern: JSON.stringify(pattern),
        State: 'ENABLED',
      })),
    }),
  };
  return {
    handle(name, input) {
      const operation = operations[name];
      if (operation === undefined) throw notLocal('EventBridge', name);
      return operation(input);
    },
  };
}

function checkRequest(input: unknown): Entry[] {
  const parsed = putEvents.safeParse(input);
  if (!parsed.success) throw new AwsError('ValidationException', z.prettifyError(parsed.error));
  const entries = parsed.data.Entries;
  if (entries.length < 1 || entries.length > ENTRIES_MAX) {
    throw new AwsError(
      'ValidationException',
      "1 validation error detected: Value at 'entries' failed to satisfy constraint: " +
        `Member must have length ${entries.length < 1 ? 'greater than or equal to 1' : `less than or equal to ${ENTRIES_MAX}`}`,
    );
  }
  if (entries.reduce((sum, each) => sum + entryBytes(each), 0) > ENTRIES_BYTES_MAX) {
    throw new AwsError('ValidationException', 'Total size of the entries in the request is over the limit.');
  }
  return entries;
}

/** Size of an entry as AWS counts it. Source: EventBridge user guide, "Calculating PutEvents event entry size". */
function entryBytes(each: Entry): number {
  const texts = [each.Source, each.DetailType, each.Detail, ...each.Resources];
  const time = each.Time === undefined ? 0 : TIME_BYTES;
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), time);
}

async function put(each: Entry, rules: readonly CompiledRule[], options: EventBusOptions): Promise<object> {
  const bus = options.buses.find(({ name, arn }) => name === each.EventBusName || arn === each.EventBusName);
  if (bus === undefined) {
    return { ErrorCode: 'ResourceNotFoundException', ErrorMessage: `Event bus ${each.EventBusName} does not exist.` };
  }
  for (const [name, value] of Object.entries({
    Source: each.Source,
    DetailType: each.DetailType,
    Detail: each.Detail,
  })) {
    if (value !== undefined && value !== '') continue;
    return {
      ErrorCode: 'InvalidArgument',
      ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
    };
  }
  const detail = parseObject(each.Detail ?? '');
  if (detail === undefined) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  const event = envelope(each, detail, options);
  for (const rule of rules) {
    if (rule.bus !== bus.name || !rule.matches(event)) continue;
    for (const target of rule.targets) await deliver(event, rule, target, options.send);
  }
  return { EventId: event.id };
}

function envelope(each: Entry, detail: object, { now, place }: EventBusOptions): Event {
  const timeMs = each.Time === undefined ? now() : each.Time * 1000;
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': each.DetailType,
    source: each.Source,
    account: place.accountId,
    time: new Date(timeMs).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    region: place.region,
    resources: each.Resources,
    detail,
  };
}

/**
 * Hands an event to a target's queue. The queue is in this process, so what it refuses it will refuse for ever: the
 * event goes to the target's dead-letter queue at once, whole, as EventBridge writes it there after its retries.
 */
async function deliver(event: Event, rule: Rule, target: RuleTarget, send: SendToQueue): Promise<void> {
  try {
    const input = target.inputPath === undefined ? event : at(event, target.inputPath);
    const group = target.groupIdPath?.startsWith('$.') ? at(event, target.groupIdPath) : target.groupIdPath;
    if (input === undefined) throw new Error(`The event has nothing at ${target.inputPath}.`);
    if (group !== undefined && typeof group !== 'string') throw new Error(`${target.groupIdPath} is not a text.`);
    await send(target.queueArn, { body: JSON.stringify(input), groupId: group });
  } catch (error) {
    if (target.deadLetterQueueArn === undefined) throw error;
    const attributes = {
      RULE_ARN: rule.arn,
      TARGET_ARN: target.queueArn,
      ERROR_CODE: error instanceof Error ? error.name : 'SDK_CLIENT_ERROR',
      ERROR_MESSAGE: error instanceof Error ? error.message : String(error),
    };
    await send(target.deadLetterQueueArn, {
      body: JSON.stringify(event),
      attributes: Object.fromEntries(
        Object.entries(attributes).map(([name, stringValue]) => [name, { dataType: 'String', stringValue }]),
      ),
    });
  }
}

function checkTarget(target: RuleTarget): void {
  for (const path of [target.inputPath, target.groupIdPath]) {
    if (path === undefined || !path.startsWith('$') || /^\$(\.[A-Za-z0-9_-]+)*$/.test(path)) continue;
    throw new Error(`The rule's path ${path} is more than a chain of fields, which is all that is known locally.`);
  }
}

function at(event: Event, path: string): unknown {
  let value: unknown = event;
  for (const field of path.split('.').slice(1)) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([name]) => name === field)?.[1];
  }
  return value;
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
