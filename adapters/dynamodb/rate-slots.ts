import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type RateMarks, type RateSlots, type Taken, takeable, type Wanted } from '../../core/rate/slots.ts';
import { type Item, number } from './client.ts';
import { keyAttributes, rateKey } from './keys.ts';

/** `tat` is the older one, and was the only one: an item may lack the other. */
const ATTRIBUTES = { line: 'tat', gate: 'gate' } as const satisfies Record<keyof RateMarks, string>;
const UNMARKED: RateMarks = { line: 0, gate: 0 };

/** Keeps the marks of rate limits in one item per endpoint. */
export function createRateSlots({ client, table }: { client: DynamoDBClient; table: string }): RateSlots {
  /** Where the marks stood when this container last saw them. */
  const seen = new Map<string, RateMarks>();

  async function read(endpointId: string): Promise<Item | undefined> {
    const key = keyAttributes(rateKey(endpointId));
    return (await client.send(new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }))).Item;
  }

  /** @returns where the marks stand now, and whether the slots are ours. */
  async function tryToTake(endpointId: string, mark: keyof RateMarks, wanted: Wanted, taken: Taken) {
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
      // Engines other than AWS's may leave the item out.
      return { marks: marksOf(fault.Item ?? (await read(endpointId))), isOurs: false };
    }
  }

  return {
    async take(endpointId, mark, wanted) {
      let marks = seen.get(endpointId) ?? UNMARKED;
      let taken = takeable(marks, mark, wanted);
      for (let tries = 0; tries < TRIES && taken.count > 0; tries++) {
        const { isOurs, ...now } = await tryToTake(endpointId, mark, wanted, taken);
        marks = now.marks;
        if (seen.size > ENTRIES_MAX) seen.clear();
        seen.set(endpointId, marks);
        if (isOurs) return { begin: marks[mark] - taken.count * wanted.spacingMs, count: taken.count };
        taken = takeable(marks, mark, wanted);
      }
      return { ...taken, count: 0 };
    },
  };
}

/** Others may move the marks between two tries; after three, they have what there was. */
const TRIES = 3;
const ENTRIES_MAX = 10_000;

function marksOf(item: Item = {}): RateMarks {
  return { line: number(item, ATTRIBUTES.line) ?? 0, gate: number(item, ATTRIBUTES.gate) ?? 0 };
}

/** Goes on from a mark that lies ahead, wherever it has got to meanwhile; begins now from one that has passed. */
function expressionsOf(mark: keyof RateMarks, wanted: Wanted, { begin, count }: Taken) {
  const { spacingMs, nowMs, latestMs, unlessLine } = wanted;
  const isAhead = begin > nowMs;
  const behindLine = ' AND (attribute_not_exists(#line) OR #line <= :now)';
  const numbers = isAhead
    ? // What fits by the full number must not be refused for its thousandth.
      { ':now': nowMs, ':span': count * spacingMs, ':last': Math.max(begin, latestMs - (count - 1) * spacingMs) }
    : { ':now': nowMs, ':end': nowMs + count * spacingMs };
  return {
    UpdateExpression: isAhead ? 'SET #mark = #mark + :span' : 'SET #mark = :end',
    ConditionExpression:
      (isAhead ? '#mark BETWEEN :now AND :last' : '(attribute_not_exists(#mark) OR #mark <= :now)') +
      (unlessLine ? behindLine : ''),
    ExpressionAttributeNames: { '#mark': ATTRIBUTES[mark], ...(unlessLine && { '#line': ATTRIBUTES.line }) },
    ExpressionAttributeValues: Object.fromEntries(
      Object.entries(numbers).map(([name, value]) => [name, { N: value.toFixed(3) }]),
    ),
  };
}
