import { ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { RateSlots } from '../../core/rate/limiter.ts';
import { keyAttributes, rateKey } from './keys.ts';

/** Reserves rate slots on one item per endpoint: `tat` is where its line ends, in ms since the epoch. */
export function createRateSlots({ client, table }: { client: DynamoDBClient; table: string }): RateSlots {
  /** Where each line ended when this container last saw it: which of the two updates will hold. */
  const ends = new Map<string, number>();

  async function update(endpointId: string, expression: string, condition: string, values: Record<string, number>) {
    const update = new UpdateItemCommand({
      TableName: table,
      Key: keyAttributes(rateKey(endpointId)),
      UpdateExpression: expression,
      ConditionExpression: condition,
      ExpressionAttributeValues: Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, { N: value.toFixed(3) }]),
      ),
      ReturnValues: 'UPDATED_NEW',
    });
    try {
      return Number((await client.send(update)).Attributes?.tat?.N);
    } catch (fault) {
      if (fault instanceof ConditionalCheckFailedException) return undefined;
      throw fault;
    }
  }

  return {
    async reserve(endpointId, spanMs, nowMs, latestMs) {
      // DynamoDB refuses a BETWEEN whose end is before its beginning.
      if (nowMs + spanMs > latestMs) return null;
      const goOn = () =>
        update(endpointId, 'SET tat = tat + :span', 'tat BETWEEN :now AND :last', {
          ':span': spanMs,
          ':now': nowMs,
          ':last': latestMs - spanMs,
        });
      const beginNow = () =>
        update(endpointId, 'SET tat = :end', 'attribute_not_exists(tat) OR tat < :now', {
          ':end': nowMs + spanMs,
          ':now': nowMs,
        });
      const isIdle = (ends.get(endpointId) ?? 0) < nowMs;
      // Others may have moved the line between two tries; after three it is longer than it may be.
      for (const attempt of isIdle ? [beginNow, goOn, beginNow] : [goOn, beginNow, goOn]) {
        const end = await attempt();
        if (end === undefined) continue;
        if (ends.size > ENTRIES_MAX) ends.clear();
        ends.set(endpointId, end);
        return end - spanMs;
      }
      return null;
    },
  };
}

const ENTRIES_MAX = 10_000;
