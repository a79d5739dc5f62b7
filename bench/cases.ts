import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { stubReport } from './aws/tally.ts';
import { publishInvocation, queueInvocation } from './invocations.ts';
import { LONG_ANSWER_PATH } from './long-answer.ts';
import { eventText } from './payload.ts';
import type { Child } from './process/parent.ts';
import type { FunctionName } from './product.ts';
import { MATCHING_TYPE, type World } from './world.ts';

/** One operation of the product, ready to be repeated. */
export interface Case {
  readonly name: CaseName;
  readonly lambda: Extract<FunctionName, 'ingest' | 'fanout' | 'deliver'>;
  /** Two invocation events with nothing in common: one to warm up, one to count. */
  readonly payloads: readonly [warming: string, counted: string];
  /** Events, or deliveries, of one invocation. */
  readonly items: number;
}

/** The cases whose CPU is measured. */
export const CPU_CASES = [
  'ingest-one',
  'ingest-100',
  'ingest-100-keys',
  'fanout-1-of-1',
  'fanout-1-of-50',
  'fanout-21-of-50',
  'fanout-50-of-50',
  'deliver-1-endpoint',
  'deliver-10-endpoints',
] as const;
export type CpuCase = (typeof CPU_CASES)[number];

/**
 * All cases: those, a list to as many endpoints as one read of the index gives, one with the largest messages that need no
 * read of the payload, and one whose receiver answers with more text than is stored.
 */
export const CASE_NAMES = [...CPU_CASES, 'fanout-100-to-200', 'deliver-near-60-kb', 'deliver-long-answer'] as const;
export type CaseName = (typeof CASE_NAMES)[number];

/** The processes that the cases run in. */
export interface Cast {
  readonly aws: Child;
  readonly lambdas: Readonly<Record<Case['lambda'], Child>>;
  readonly world: World;
  readonly receiverUrl: string;
  /** The queue that the deliver Lambda's batches come from. */
  readonly deliveryQueueUrl: string;
}

const BATCH = 10;
const LIST = 100;
/** With its envelope, just below the limit up to which a message carries its payload. */
const LARGE_DATA = JSON.stringify({ text: 'x'.repeat(59_000) });

/** Tenants by name, with their number of subscriptions and of matches. */
const tenants = {
  solo: { subscriptions: 1, matching: 1 },
  'long-answer': { subscriptions: 1, matching: 1 },
  'one-of-fifty': { subscriptions: 50, matching: 1 },
  'some-of-fifty': { subscriptions: 50, matching: 21 },
  'all-of-fifty': { subscriptions: 50, matching: 50 },
  'all-of-two-hundred': { subscriptions: 200, matching: 200 },
};

type TenantName = keyof typeof tenants;

/**
 * Prepares every case. Later stages receive what the earlier ones really sent: the details that ingest put on the bus
 * are the fan-out's messages, and deliver receives what fan-out sent.
 */
export async function prepareCases({ aws, lambdas, world, receiverUrl, deliveryQueueUrl }: Cast): Promise<Case[]> {
  const key = await world.addKey();
  for (const [name, counts] of Object.entries(tenants)) {
    await world.addTenant(name, counts, name === 'long-answer' ? `${receiverUrl}${LONG_ANSWER_PATH}` : receiverUrl);
  }

  /** The messages that an invocation sent. */
  const sentBy = async (lambda: Child, payloads: readonly string[]): Promise<string[]> => {
    await aws.ask('reset', { waves: false }, z.unknown());
    await lambda.ask('invoke', { payloads, times: payloads.length }, z.unknown());
    return (await aws.ask('report', null, stubReport)).sent;
  };
  const messagesFor = (event: string, events: number) =>
    sentBy(
      lambdas.ingest,
      Array.from({ length: events }, () => publishInvocation(key, event)),
    );
  const fanoutBatch = async (tenant: TenantName) => queueInvocation(await messagesFor(eventFor(tenant), BATCH));
  const deliverBatch = async (event: string, events: number) => {
    const messages = await sentBy(lambdas.fanout, [queueInvocation(await messagesFor(event, events))]);
    // Sorted by endpoint, so that the warm-up batch and the counted batch are for the same endpoints.
    return queueInvocation(messages.toSorted().slice(0, BATCH), deliveryQueueUrl);
  };
  const ingest = (name: CaseName, items: number, body: () => string): Case => {
    const invocation = () => publishInvocation(key, body());
    return { name, lambda: 'ingest', payloads: [invocation(), invocation()], items };
  };
  const fanout = async (name: CaseName, tenant: TenantName): Promise<Case> => {
    return { name, lambda: 'fanout', payloads: [await fanoutBatch(tenant), await fanoutBatch(tenant)], items: BATCH };
  };
  const fanoutList = async (name: CaseName, tenant: TenantName): Promise<Case> => {
    const batch = async () => queueInvocation(await sentBy(lambdas.ingest, [publishInvocation(key, list(tenant))]));
    return { name, lambda: 'fanout', payloads: [await batch(), await batch()], items: LIST };
  };
  const deliver = async (name: CaseName, event: string, events: number): Promise<Case> => {
    const batch = () => deliverBatch(event, events);
    return { name, lambda: 'deliver', payloads: [await batch(), await batch()], items: BATCH };
  };

  return [
    ingest('ingest-one', 1, () => eventFor('solo')),
    ingest('ingest-100', LIST, () => list('solo')),
    ingest('ingest-100-keys', LIST, () => list('solo', true)),
    await fanout('fanout-1-of-1', 'solo'),
    await fanout('fanout-1-of-50', 'one-of-fifty'),
    await fanout('fanout-21-of-50', 'some-of-fifty'),
    await fanout('fanout-50-of-50', 'all-of-fifty'),
    await fanoutList('fanout-100-to-200', 'all-of-two-hundred'),
    await deliver('deliver-1-endpoint', eventFor('solo'), BATCH),
    await deliver('deliver-10-endpoints', eventFor('all-of-fifty'), 1),
    await deliver('deliver-near-60-kb', eventFor('solo', LARGE_DATA), BATCH),
    await deliver('deliver-long-answer', eventFor('long-answer'), BATCH),
  ];
}

function eventFor(tenant: TenantName, data?: string): string {
  return eventText({ type: MATCHING_TYPE, tenant }, data);
}

function list(tenant: TenantName, keyed = false): string {
  const events = Array.from({ length: LIST }, () =>
    eventText({ type: MATCHING_TYPE, tenant, ...(keyed && { idempotency_key: randomUUID() }) }),
  );
  return `[${events.join(',')}]`;
}
