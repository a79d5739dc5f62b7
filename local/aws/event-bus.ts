import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError, notLocal } from './aws-error.ts';
import { compilePattern, type Matcher } from './event-pattern.ts';
import { checkTarget, type HandOver, type RuleTarget } from './event-target.ts';
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

/** A rule with its targets, as the template declares it. */
export interface Rule {
  readonly arn: string;
  readonly bus: string;
  readonly pattern: Readonly<Record<string, unknown>>;
  readonly targets: readonly RuleTarget[];
}

interface CompiledRule extends Rule {
  readonly matches: Matcher;
}

export interface EventBusOptions {
  readonly buses: readonly { readonly name: string; readonly arn: string }[];
  readonly rules: readonly Rule[];
  /** Keeps the events until their targets have received them. Resolves once they are durable. */
  readonly take: (handOvers: readonly HandOver[]) => Promise<void>;
  readonly now: () => number;
  readonly place: { readonly accountId: string; readonly region: string };
}

/**
 * EventBridge: PutEvents, rules, and SQS targets. It answers once it has stored the events; the sender never learns
 * whether their targets accepted them.
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
  const matching = rules.filter((rule) => rule.bus === bus.name && rule.matches(event));
  await options.take(
    matching.flatMap(({ arn: ruleArn, targets }) => targets.map((target) => ({ event, ruleArn, target }))),
  );
  return { EventId: event.id };
}

function envelope(each: Entry, detail: object, { now, place }: EventBusOptions): HandOver['event'] {
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

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
