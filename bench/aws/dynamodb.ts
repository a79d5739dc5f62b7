import type {
  BatchGetItemCommandInput,
  BatchWriteItemCommandInput,
  DeleteItemCommandInput,
  GetItemCommandInput,
  PutItemCommandInput,
  QueryCommandInput,
  UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { itemBytes, readUnits } from './item-size.ts';
import { Table, type TableDefinition } from './table.ts';
import type { Cost } from './tally.ts';
import { applyUpdate } from './update.ts';

/** A response and what it would cost. */
export interface Costed {
  readonly output: object;
  readonly cost: Cost;
}

/** A DynamoDB stub for first attempts: conditions always hold, nothing is throttled. */
export class DynamoDbStub {
  readonly #tables = new Map<string, Table>();

  useTables(definitions: readonly TableDefinition[]): void {
    for (const definition of definitions) this.#tables.set(definition.name, new Table(definition));
  }

  /** @throws Error for an operation that the product does not use on its main path. */
  handle(operation: string, body: string): Costed {
    switch (operation) {
      case 'PutItem': {
        const { TableName, Item = {} }: PutItemCommandInput = JSON.parse(body);
        return { output: {}, cost: { writeUnits: this.#table(TableName).put(Item) } };
      }
      case 'UpdateItem': {
        const input: UpdateItemCommandInput = JSON.parse(body);
        const writeUnits = this.#table(input.TableName).update(input.Key ?? {}, (item) => applyUpdate(item, input));
        return { output: {}, cost: { writeUnits } };
      }
      case 'DeleteItem': {
        const { TableName, Key = {} }: DeleteItemCommandInput = JSON.parse(body);
        return { output: {}, cost: { writeUnits: this.#table(TableName).remove(Key) } };
      }
      case 'GetItem': {
        const { TableName, Key = {}, ConsistentRead = false }: GetItemCommandInput = JSON.parse(body);
        const Item = this.#table(TableName).get(Key);
        const cost = { readUnits: readUnits(Item ? itemBytes(Item) : 0, ConsistentRead) };
        return { output: Item === undefined ? {} : { Item }, cost };
      }
      case 'BatchGetItem':
        return this.#batchGet(JSON.parse(body));
      case 'BatchWriteItem':
        return this.#batchWrite(JSON.parse(body));
      case 'Query':
        return this.#query(JSON.parse(body));
      default:
        throw new Error(`The stub does not know DynamoDB's ${operation}.`);
    }
  }

  /** Each item is rounded up on its own. */
  #batchGet({ RequestItems = {} }: BatchGetItemCommandInput): Costed {
    const Responses: Record<string, object[]> = {};
    let units = 0;
    for (const [name, { Keys = [], ConsistentRead = false }] of Object.entries(RequestItems)) {
      const found = Keys.map((key) => this.#table(name).get(key));
      units += found.reduce((sum, item) => sum + readUnits(item ? itemBytes(item) : 0, ConsistentRead), 0);
      Responses[name] = found.filter((item) => item !== undefined);
    }
    return { output: { Responses, UnprocessedKeys: {} }, cost: { readUnits: units } };
  }

  #batchWrite({ RequestItems = {} }: BatchWriteItemCommandInput): Costed {
    let writeUnits = 0;
    for (const [name, requests] of Object.entries(RequestItems)) {
      for (const { PutRequest } of requests) writeUnits += this.#table(name).put(PutRequest?.Item ?? {});
    }
    return { output: { UnprocessedItems: {} }, cost: { writeUnits } };
  }

  /** The sizes of all items read are added before rounding up. */
  #query(input: QueryCommandInput): Costed {
    const { KeyConditionExpression = '', ExpressionAttributeValues: values, Limit = 1_000, ConsistentRead } = input;
    const condition = /^pk = (:\w+)(?: AND begins_with\(sk, (:\w+)\))?$/.exec(KeyConditionExpression);
    if (condition === null) throw new Error(`The stub does not know the query ${KeyConditionExpression}.`);
    const [, pk = '', prefix] = condition;
    const begin = prefix === undefined ? '' : (values?.[prefix]?.S ?? '');
    const after = input.ExclusiveStartKey?.sk?.S ?? '';
    const matching = this.#table(input.TableName)
      .partition(values?.[pk]?.S ?? '')
      .filter(({ sk }) => (sk?.S ?? '') > after && sk?.S?.startsWith(begin));
    const Items = matching.slice(0, Limit);
    const last = Items.at(-1);
    const more = matching.length > Limit && last && { LastEvaluatedKey: { pk: last.pk, sk: last.sk } };
    const bytes = Items.reduce((sum, item) => sum + itemBytes(item), 0);
    const cost = { readUnits: readUnits(bytes, ConsistentRead ?? false) };
    return { output: { Items, Count: Items.length, ScannedCount: Items.length, ...more }, cost };
  }

  #table(name: string | undefined): Table {
    const table = this.#tables.get(name ?? '');
    if (table === undefined) throw new Error(`The stub has no table ${name}.`);
    return table;
  }
}
