import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import { type OperationTally, stubReport } from './aws/tally.ts';
import type { CaseCalls } from './calls.ts';
import type { CaseName } from './cases.ts';
import { countTicks } from './idle-ticks.ts';
import { publishInvocation, queueInvocation } from './invocations.ts';
import { eventText } from './payload.ts';
import { type Child, startChild } from './process/parent.ts';
import type { BenchFunction } from './product.ts';
import type { Stage } from './stage.ts';
import { createWorld, MATCHING_TYPE } from './world.ts';

/** What one thing costs in calls and units: an event, a delivery, a minute, or several at once. */
export interface Counted {
  /** How many of them the operations below are for. */
  readonly items: number;
  readonly operations: Readonly<Record<string, OperationTally>>;
}

/** The cases of the bench that the bill is made of. */
const WARM = [
  'ingest-one',
  'ingest-100',
  'ingest-100-keys',
  'fanout-1-of-1',
  'fanout-1-of-50',
  'fanout-50-of-50',
  'deliver-1-endpoint',
  'deliver-10-endpoints',
] as const;
/** A message and a delivery that come alone, of a tenant and to an endpoint that the containers do not know yet. */
const ALONE = ['fanout-alone', 'deliver-alone'] as const;
/** A first attempt that fails, and nine of them one after the other, each answered with 1 KB. */
const FAILING = ['first-failure', 'nine-failures'] as const;

export type CostCase = (typeof WARM | typeof ALONE | typeof FAILING)[number] | 'idle-minute';

/** Deliveries that fail, each to an endpoint of its own: ten failures of one endpoint would hold the rest back. */
const FAILING_AT_ONCE = 10;
/** The attempts of the default policy before the last one, which leaves its message to SQS. */
const RETRIED_ATTEMPTS = 9;
const ANSWER = JSON.stringify({ error: 'unavailable', detail: 'x'.repeat(1_000) });

/**
 * Counts everything that `npm run cost` multiplies.
 * @param warm what `countCalls` counted.
 */
export async function countCosts(
  stage: Stage,
  warm: Readonly<Record<CaseName, CaseCalls>>,
): Promise<Record<CostCase, Counted>> {
  const fresh = await openFresh(stage);
  try {
    const alone = await countAlone(fresh);
    const failures = await countFailures(fresh);
    const [first] = failures;
    if (first === undefined) throw new Error('No attempt failed.');
    return {
      ...Object.fromEntries(WARM.map((name) => [name, without(warm[name])])),
      ...alone,
      'first-failure': { items: FAILING_AT_ONCE, operations: first },
      'nine-failures': { items: FAILING_AT_ONCE, operations: added(failures) },
      'idle-minute': { items: 1, operations: await countTicks(stage.product) },
    } as Record<CostCase, Counted>;
  } finally {
    await fresh.close();
  }
}

const without = ({ items, operations }: CaseCalls): Counted => ({ items, operations });

/** A stub of AWS that keeps the ledger too, and Lambdas that have just started. */
async function openFresh({ product, aws: other, receiverUrl, deliveryQueueUrl }: Stage) {
  const children: Child[] = [];
  const start = async (...args: Parameters<typeof startChild>): Promise<Child> => {
    const child = await startChild(...args);
    children.push(child);
    return child;
  };
  const addressOf = async (child: Child) => `http://127.0.0.1:${await child.ask('port', null, z.number())}`;
  const here = (path: string) => new URL(path, import.meta.url);
  const aws = await start(here('aws/process.ts'));
  const [before, after] = [await addressOf(other), await addressOf(aws)];
  await aws.ask(
    'tables',
    product.tables.map((table) => ({ ...table, readsBack: true })),
    z.unknown(),
  );
  const load = async ({ env, bundle }: BenchFunction) => {
    const moved = Object.fromEntries(
      Object.entries(env).map(([name, value]) => [name, value.replaceAll(before, after)]),
    );
    const child = await start(here('lambda/process.ts'), { env: moved, shown: false });
    await child.ask('load', bundle, z.unknown());
    return child;
  };
  const lambdas = {
    ingest: await load(product.functions.ingest),
    fanout: await load(product.functions.fanout),
    deliver: await load(product.functions.deliver),
  };
  const world = createWorld(product, after);
  /** What one invocation calls and sends. */
  const invoke = async (name: keyof typeof lambdas, payload: string) => {
    await aws.ask('reset', { waves: false }, z.unknown());
    await lambdas[name].ask('invoke', { payloads: [payload], times: 1 }, z.unknown());
    return aws.ask('report', null, stubReport);
  };
  const close = async () => {
    world.close();
    await Promise.all(children.map((child) => child.stop()));
  };
  return { invoke, world, receiverUrl, deliveryQueueUrl, key: await world.addKey(), close };
}

type Fresh = Awaited<ReturnType<typeof openFresh>>;

/** One event and its delivery in warm containers that do not know its tenant and endpoint yet. */
async function countAlone({ invoke, world, key, receiverUrl, deliveryQueueUrl }: Fresh) {
  const one = async (tenant: string) => {
    await world.addTenant(tenant, { subscriptions: 1, matching: 1 }, receiverUrl);
    const ingest = await invoke('ingest', publishInvocation(key, eventText({ type: MATCHING_TYPE, tenant })));
    const fanout = await invoke('fanout', queueInvocation(ingest.sent));
    const deliver = await invoke('deliver', queueInvocation(deliveriesOf(fanout.sent), deliveryQueueUrl));
    return { fanout, deliver };
  };
  await one('warming');
  const { fanout, deliver } = await one('alone');
  return {
    'fanout-alone': { items: 1, operations: fanout.operations },
    'deliver-alone': { items: 1, operations: deliver.operations },
  };
}

const sentDelivery = z.looseObject({ endpointId: z.string(), step: z.number(), attempt: z.number() });

/** The bodies that are deliveries: tallies are sent too. */
const deliveriesOf = (sent: readonly string[]) =>
  sent.filter((body) => sentDelivery.safeParse(JSON.parse(body)).success);

/** The attempts of ten deliveries, by attempt. */
async function countFailures({ invoke, world, key, deliveryQueueUrl }: Fresh): Promise<Counted['operations'][]> {
  const receiver = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(500).end(ANSWER));
  });
  await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening));
  try {
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    await world.addTenant('failing', { subscriptions: FAILING_AT_ONCE, matching: FAILING_AT_ONCE }, url);
    const published = await invoke(
      'ingest',
      publishInvocation(key, eventText({ type: MATCHING_TYPE, tenant: 'failing' })),
    );
    let messages = deliveriesOf((await invoke('fanout', queueInvocation(published.sent))).sent);
    const counted: Counted['operations'][] = [];
    for (let attempt = 1; attempt <= RETRIED_ATTEMPTS; attempt++) {
      const { operations, sent } = await invoke('deliver', queueInvocation(messages, deliveryQueueUrl));
      counted.push(withoutSends(operations));
      const retries = deliveriesOf(sent);
      // A retry that is due later than SQS can delay is sent by the sweep, from the record.
      messages = retries.length > 0 ? retries : messages.map(nextOf);
    }
    return counted;
  } finally {
    receiver.closeAllConnections();
    receiver.close();
  }
}

/** Sends share batches by chance, so their number is not the same twice. */
function withoutSends(operations: Counted['operations']): Counted['operations'] {
  return Object.fromEntries(Object.entries(operations).filter(([name]) => !name.startsWith('SQS.')));
}

function nextOf(body: string): string {
  const message = sentDelivery.parse(JSON.parse(body));
  return JSON.stringify({ ...message, step: message.step + 1, attempt: message.attempt + 1 });
}

function added(all: readonly Counted['operations'][]): Counted['operations'] {
  const sum: Record<string, OperationTally> = {};
  for (const operations of all) {
    for (const [name, { calls, readUnits, writeUnits }] of Object.entries(operations)) {
      const so = sum[name] ?? { calls: 0, readUnits: 0, writeUnits: 0 };
      sum[name] = {
        calls: so.calls + calls,
        readUnits: so.readUnits + readUnits,
        writeUnits: so.writeUnits + writeUnits,
      };
    }
  }
  return sum;
}
