import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { TtlCache } from '../../core/cache.ts';
import {
  grantFor,
  type RateMark,
  type RateMarks,
  type RateSlots,
  type SlotGrant,
  type SlotRequest,
  spacingMs,
} from '../../core/rate/slots.ts';
import { type Item, number } from './client.ts';
import { keyAttributes, rateKey } from './keys.ts';

/** `tat` is the oldest attribute, and was once the only one: items may lack the others. */
const ATTRIBUTES = { line: 'tat', lineLimit: 'lineLimit', gate: 'gate' } as const satisfies Record<
  keyof RateMarks,
  string
>;
const UNMARKED: RateMarks = { line: 0, gate: 0 };

/** Stores the marks of rate limits in one item per endpoint. */
export function createRateSlots({ client, table }: { client: DynamoDBClient; table: string }): RateSlots {
  /** The marks as this execution environment last saw them: by these it may refuse without a call. */
  const seen = new TtlCache<RateMarks>({ lifeMs: SEEN_MS, entriesMax: ENTRIES_MAX });

  async function read(endpointId: string): Promise<Item | undefined> {
    const key = keyAttributes(rateKey(endpointId));
    return (await client.send(new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }))).Item;
  }

  /** @returns the current marks, and whether the slots are ours. */
  async function tryToTake(endpointId: string, mark: RateMark, wanted: SlotRequest, taken: SlotGrant) {
    const update = new UpdateItemCommand({
      TableName: table,
      Key: keyAttributes(rateKey(endpointId)),
      ...expressionsOf(mark, wanted, taken),
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      return { marks: marksOf((await client.send(update)).Attributes), isOurs: true };
    } catch (fault) {
      if (!(fault instanceof ConditionalCheckFailedException)) throw fault;
      // Engines other than AWS's may omit the item.
      return { marks: marksOf(fault.Item ?? (await read(endpointId))), isOurs: false };
    }
  }

  return {
    async take(endpointId, mark, wanted) {
      const { perSecond, nowMs } = wanted;
      let marks = seen.get(endpointId, nowMs) ?? UNMARKED;
      let taken = grantFor(marks, mark, wanted);
      for (let tries = 0; tries < TRIES && taken.count > 0; tries++) {
        const { isOurs, ...now } = await tryToTake(endpointId, mark, wanted, taken);
        marks = now.marks;
        seen.set(endpointId, marks, nowMs);
        if (isOurs) return { begin: marks[mark] - taken.count * spacingMs(perSecond), count: taken.count };
        taken = grantFor(marks, mark, wanted);
      }
      return { ...taken, count: 0 };
    },
  };
}

/** Others may move the marks between tries; after three, they have taken what there was. */
const TRIES = 3;
const ENTRIES_MAX = 10_000;
/** How long seen marks are cached: the line may restart under a raised limit. */
const SEEN_MS = 5_000;

function marksOf(item: Item = {}): RateMarks {
  const { line, lineLimit, gate } = ATTRIBUTES;
  return { line: number(item, line) ?? 0, lineLimit: number(item, lineLimit), gate: number(item, gate) ?? 0 };
}

/** Under the caller's limit, the line is empty, or was made under a lower limit. */
const LINE_HAS_ENDED = '(attribute_not_exists(#line) OR #line <= :now OR #limit < :limit)';

/** A mark in the past restarts now; one that lies ahead is extended from wherever it is by then. */
const EXPRESSIONS = {
  gate: {
    begin: ['SET #gate = :end', '(attribute_not_exists(#gate) OR #gate <= :now)'],
    goOn: ['SET #gate = #gate + :span', '#gate BETWEEN :now AND :last'],
  },
  line: {
    begin: ['SET #line = :end, #limit = :limit', LINE_HAS_ENDED],
    goOn: [
      'SET #line = #line + :span, #limit = if_not_exists(#limit, :limit)',
      '#line BETWEEN :now AND :last AND (attribute_not_exists(#limit) OR #limit >= :limit)',
    ],
  },
} as const satisfies Record<RateMark, unknown>;

function expressionsOf(mark: RateMark, wanted: SlotRequest, { begin, count }: SlotGrant) {
  const { perSecond, nowMs, latestMs, unlessLine } = wanted;
  const apartMs = spacingMs(perSecond);
  const isAhead = begin > nowMs;
  const [update, condition] = EXPRESSIONS[mark][isAhead ? 'goOn' : 'begin'];
  const asksLine = mark === 'line' || unlessLine;
  const numbers = {
    ':now': nowMs,
    ...(asksLine && { ':limit': perSecond }),
    ...(isAhead
      ? // What fits by the exact number must not be refused because of rounding to thousandths.
        { ':span': count * apartMs, ':last': Math.max(begin, latestMs - (count - 1) * apartMs) }
      : { ':end': nowMs + count * apartMs }),
  };
  return {
    UpdateExpression: update,
    ConditionExpression: unlessLine ? `${condition} AND ${LINE_HAS_ENDED}` : condition,
    ExpressionAttributeNames: {
      ...(mark === 'gate' && { '#gate': ATTRIBUTES.gate }),
      ...(asksLine && { '#line': ATTRIBUTES.line, '#limit': ATTRIBUTES.lineLimit }),
    },
    ExpressionAttributeValues: Object.fromEntries(
      Object.entries(numbers).map(([name, value]) => [name, { N: value.toFixed(3) }]),
    ),
  };
}
