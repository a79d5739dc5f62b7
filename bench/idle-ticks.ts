import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import { TICKS } from '../adapters/dynamodb/keys.ts';
import { TASKS } from '../lambdas/redrive/config.ts';
import { stages } from '../lib/stage.ts';
import { DynamoDbStub } from './aws/dynamodb.ts';
import { readUnits } from './aws/item-size.ts';
import { type OperationTally, Tally } from './aws/tally.ts';
import { startChild } from './process/parent.ts';
import type { Product } from './product.ts';

/** The shards of `prod`, which an idle tick looks into. */
const SHARDS = { WAITING_SHARDS: String(stages.prod.waitingShards), LIST_SHARDS: String(stages.prod.listShards) };

const NO_MESSAGES = {
  ApproximateNumberOfMessages: '0',
  ApproximateNumberOfMessagesNotVisible: '0',
  ApproximateNumberOfMessagesDelayed: '0',
};

/** The second round of all scheduled tasks on a stage without any work: what each minute costs. */
export async function countTicks(product: Product): Promise<Record<string, OperationTally>> {
  const tally = new Tally();
  const tables = new DynamoDbStub();
  tables.useTables(product.tables.map((table) => ({ ...table, readsBack: true })));
  const aws = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const target = String(request.headers['x-amz-target']);
      const answer = answerIdle(target, Buffer.concat(chunks).toString('utf8'), tables, tally);
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((listening) => aws.listen(0, '127.0.0.1', listening));
  const { env, bundle } = product.functions.redrive;
  const before = env.AWS_ENDPOINT_URL ?? '';
  const after = `http://127.0.0.1:${(aws.address() as AddressInfo).port}`;
  const moved = Object.entries(env).map(([name, value]) => [name, value.replaceAll(before, after)]);
  const redrive = await startChild(new URL('lambda/process.ts', import.meta.url), {
    env: { ...Object.fromEntries(moved), ...SHARDS },
    shown: false,
  });
  try {
    await redrive.ask('load', bundle, z.unknown());
    const payloads = TASKS.map((task) => JSON.stringify({ task }));
    await redrive.ask('invoke', { payloads, times: TASKS.length }, z.unknown());
    tally.reset();
    await redrive.ask('invoke', { payloads, times: TASKS.length }, z.unknown());
    return { ...tally.report(0).operations };
  } finally {
    await redrive.stop();
    aws.closeAllConnections();
    aws.close();
  }
}

/** AWS where nothing waits: tables keep what tasks write for themselves, and every list is empty. */
function answerIdle(target: string, body: string, tables: DynamoDbStub, tally: Tally): object {
  const [service = '', operation = ''] = target.split('.');
  if (service === 'AmazonSQS') {
    tally.add(`SQS.${operation}`);
    return operation === 'GetQueueAttributes' ? { Attributes: NO_MESSAGES } : {};
  }
  if (operation === 'Query') {
    const { ConsistentRead = false }: { ConsistentRead?: boolean } = JSON.parse(body);
    tally.add('DynamoDB.Query', { readUnits: readUnits(0, ConsistentRead) });
    return { Items: [], Count: 0, ScannedCount: 0 };
  }
  const { output, cost } = tables.handle(operation, body);
  // Whether a run is noted depends on the minute in which the bench runs: the bill counts these writes by itself.
  if (operation === 'UpdateItem' && body.includes(`"${TICKS.pk}"`)) return output;
  tally.add(`DynamoDB.${operation}`, cost);
  return output;
}
