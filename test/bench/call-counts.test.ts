import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callRows, isWithin } from '../../bench/budgets.ts';
import { type CaseCalls, countCalls } from '../../bench/calls.ts';
import type { CaseName } from '../../bench/cases.ts';
import { type CostCase, type Counted, countCosts } from '../../bench/cost-counts.ts';
import { countFailing, type FailingCost, failingRows } from '../../bench/failing-delivery.ts';
import { openStage, type Stage } from '../../bench/stage.ts';

let stage: Stage | undefined;
let calls: Record<CaseName, CaseCalls>;
let costs: Record<CostCase, Counted>;
let failing: FailingCost;

beforeAll(async () => {
  stage = await openStage();
  calls = await countCalls(stage);
  costs = await countCosts(stage, calls);
  failing = await countFailing(stage.product);
});

afterAll(() => stage?.close());

/** How often each operation was called in one invocation. */
const counts = ({ operations }: CaseCalls) =>
  Object.fromEntries(Object.entries(operations).map(([operation, tally]) => [operation, tally.calls]));

// Counts, not times, so the same on every machine. `npm run bench` shows all figures.
describe('the AWS calls of the bundled functions', () => {
  it('stay within every budget of calls and units', () => {
    const over = [...callRows(calls), ...failingRows(failing)].filter((row) => !isWithin(row));
    expect(over).toEqual([]);
  });

  it('are three in two round trips for an event', () => {
    expect(counts(calls['ingest-one'])).toEqual({
      'S3.PutObject': 1,
      'DynamoDB.PutItem': 1,
      'EventBridge.PutEvents': 1,
    });
    expect(calls['ingest-one'].roundTrips).toBe(2);
  });

  it('are six for a list of 100 events without keys', () => {
    expect(counts(calls['ingest-100'])).toEqual({
      'S3.PutObject': 1,
      'DynamoDB.BatchWriteItem': 4,
      'EventBridge.PutEvents': 1,
    });
  });

  it('are one read, one note per event and shared sends for the fan-out of ten events', () => {
    expect(counts(calls['fanout-1-of-50'])).toEqual({
      'DynamoDB.Query': 1,
      'SQS.SendMessageBatch': 1,
      'DynamoDB.UpdateItem': 10,
    });
    expect(counts(calls['fanout-50-of-50'])).toEqual({
      'DynamoDB.Query': 1,
      'SQS.SendMessageBatch': 50,
      'DynamoDB.UpdateItem': 10,
    });
  });

  it('are one read, one note per event and full sends for a list of 100 events to 200 endpoints', () => {
    expect(counts(calls['fanout-100-to-200'])).toEqual({
      'DynamoDB.Query': 1,
      'SQS.SendMessageBatch': 2_000,
      'DynamoDB.UpdateItem': 100,
    });
  });

  it.each(['deliver-1-endpoint', 'deliver-10-endpoints', 'deliver-near-60-kb', 'deliver-long-answer'] as const)(
    'is one read for ten deliveries, one write of two units for each, and one message with their tallies: %s',
    (name) => {
      expect(calls[name].operations).toEqual({
        'DynamoDB.BatchGetItem': { calls: 1, readUnits: 10, writeUnits: 0 },
        'DynamoDB.PutItem': { calls: 10, readUnits: 0, writeUnits: 20 },
        'SQS.SendMessage': { calls: 1, readUnits: 0, writeUnits: 0 },
      });
    },
  );

  it('are, for a delivery that fails ten times, ten results, nine claims, ten attempts and a count of its death', () => {
    expect(failing).toMatchObject({ attempts: 10, writes: 30, itemUnits: 30 });
  });
});

// If a change is meant, refresh the file with -u, and look at what `npm run cost` and docs/cost.md make of it.
it('the bill is made of what the bundled functions call, and of the units that DynamoDB bills', async () => {
  await expect(`${JSON.stringify(costs, null, 2)}\n`).toMatchFileSnapshot('../../cli/cost/counted.json');
});
