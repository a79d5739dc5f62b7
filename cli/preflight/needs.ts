import { concurrencyOf, INGEST_SECONDS, queuesOf, UNRESERVED_LEAST } from '../../lib/concurrency.ts';
import type { Stage } from '../../lib/stage.ts';

/** Where a quota's value comes from. */
export type Quota =
  /** `GetAccountSettings` of Lambda. */
  | { readonly from: 'lambda'; readonly limit: 'ConcurrentExecutions' | 'UnreservedConcurrentExecutions' }
  | { readonly from: 'service-quotas'; readonly service: string; readonly code: string }
  /** No API tells it. */
  | { readonly from: 'documentation'; readonly value: number };

/** What a stage needs of one quota. */
export interface Need {
  readonly name: string;
  readonly needed: number;
  readonly quota: Quota;
  /** What happens if the quota is lower: a sentence. */
  readonly otherwise: string;
  /** The value to request; undefined: AWS does not raise this quota by itself. */
  readonly request?: { readonly service: string; readonly code: string; readonly value: number };
  /** What to do if the quota stays, given its value: a sentence without capital and full stop. */
  readonly instead: (have: number) => string;
}

// Codes: the tables of AWS's documentation, whose links contain them (docs.aws.amazon.com: "Lambda quotas",
// "EventBridge quotas", "API Gateway account-level quotas", "Quotas in DynamoDB").
const LAMBDA = { service: 'lambda', code: 'L-B99A9384' } as const;
const API_RATE = { service: 'apigateway', code: 'L-8A5B8E43' } as const;
const API_BURST = { service: 'apigateway', code: 'L-CDF5615A' } as const;
const PUT_EVENTS = { service: 'events', code: 'L-9B653E91' } as const;
const TABLE_WRITES = { service: 'dynamodb', code: 'L-AB614373' } as const;
const TABLE_READS = { service: 'dynamodb', code: 'L-CF0CBE56' } as const;

/** Lambda's own default, which AWS grants without questions: there is no reason to ask for less. */
const USUAL_CONCURRENCY = 1_000;

/**
 * Units in the ledger for an event of 1 KB with one delivery that succeeds at once: the event and its two index entries,
 * the fan-out's note, the delivery's claim and result. `npm run bench -- calls` counts them.
 */
const LEDGER_WRITES = 3 + 1 + 2;
/** The read of a delivery's record, likewise. */
const LEDGER_READS = 1;

/** Everything that a stage needs and AWS limits. */
export function needsOf(stage: Stage): Need[] {
  const { rate, burst } = stage.throttle;
  const { warm, max } = stage.ledgerWrites;
  const ledgerWrites = Math.max(Math.min(rate * LEDGER_WRITES, max ?? Number.POSITIVE_INFINITY), warm ?? 0);
  return [
    ...concurrencyNeeds(stage),
    {
      name: 'API Gateway: requests a second',
      needed: rate,
      quota: { from: 'service-quotas', ...API_RATE },
      otherwise: 'Callers get 429 above it, and all APIs of the account share it.',
      request: { ...API_RATE, value: rate },
      instead: (have) => `in lib/stage.ts, lower throttle.rate of ${stage.name} to at most ${have}`,
    },
    {
      name: 'API Gateway: burst of requests',
      needed: burst,
      quota: { from: 'service-quotas', ...API_BURST },
      otherwise: 'Callers get 429 in a larger burst.',
      instead: (have) =>
        `in lib/stage.ts, lower throttle.burst of ${stage.name} to at most ${have}; AWS raises the burst together with the rate`,
    },
    {
      name: 'EventBridge: PutEvents a second',
      needed: rate,
      quota: { from: 'service-quotas', ...PUT_EVENTS },
      otherwise: 'Publishing more often is answered with 503, and has to be repeated.',
      request: { ...PUT_EVENTS, value: rate },
      instead: (have) =>
        `in lib/stage.ts, lower throttle.rate of ${stage.name} to at most ${have}, and publish in lists: one call holds ten events`,
    },
    {
      name: 'DynamoDB: write units a second of a table',
      needed: ledgerWrites,
      quota: { from: 'service-quotas', ...TABLE_WRITES },
      otherwise: 'Events with one delivery each are throttled at the full rate.',
      request: { ...TABLE_WRITES, value: ledgerWrites },
      instead: (have) =>
        `in lib/stage.ts, lower throttle.rate of ${stage.name} to at most ${Math.floor(have / LEDGER_WRITES)}`,
    },
    {
      name: 'DynamoDB: read units a second of a table',
      needed: rate * LEDGER_READS,
      quota: { from: 'service-quotas', ...TABLE_READS },
      otherwise: 'Events with one delivery each are throttled at the full rate.',
      request: { ...TABLE_READS, value: rate * LEDGER_READS },
      instead: (have) =>
        `in lib/stage.ts, lower throttle.rate of ${stage.name} to at most ${Math.floor(have / LEDGER_READS)}`,
    },
    {
      name: 'SQS: messages in flight of a queue',
      needed: inFlight(stage),
      // Source: Amazon SQS Developer Guide, "Standard queue quotas". Support raises it.
      quota: { from: 'documentation', value: 120_000 },
      otherwise: 'SQS returns no more messages until some are deleted.',
      instead: () => 'in lib/stage.ts, lower concurrencyMax or batchSize of the largest queue',
    },
  ];
}

function concurrencyNeeds(stage: Stage): Need[] {
  const { jobs, stats, continuations, ...others } = queuesOf(stage);
  const { reserved } = stage;
  const queues = concurrencyOf(jobs, stats, continuations, ...Object.values(others));
  const ofReserved = reserved === undefined ? 0 : reserved.ingest + reserved.redrive;
  // Jobs, statistics and continuations run in redrive's reservation.
  const shared = reserved === undefined ? queues : concurrencyOf(...Object.values(others));
  const needed = ofReserved + (reserved === undefined ? shared : Math.max(shared, UNRESERVED_LEAST));
  const request = { ...LAMBDA, value: Math.max(USUAL_CONCURRENCY, needed) };
  const lower = `in lib/stage.ts, lower concurrencyMax of ${stage.name}'s queues: the sum is ${queues}, and 2 is the least for each`;
  return [
    {
      name: 'Lambda: concurrent executions',
      needed,
      quota: { from: 'lambda', limit: 'ConcurrentExecutions' },
      otherwise:
        'Lambda throttles batches above it, and a message whose batch is throttled five times becomes a dead letter unattempted.',
      request,
      instead: () => (reserved === undefined ? lower : `${lower}, or remove "reserved"`),
    },
    {
      name: 'Lambda: executions that no function reserves',
      needed,
      quota: { from: 'lambda', limit: 'UnreservedConcurrentExecutions' },
      otherwise:
        reserved === undefined
          ? 'Lambda throttles batches above it.'
          : `The deployment fails if fewer than ${UNRESERVED_LEAST} are left beside the ${ofReserved} that ${stage.name} reserves. If ${stage.name} is deployed with them, they are counted twice here.`,
      request,
      instead: () => "lower the reserved concurrency of the account's other functions",
    },
  ];
}

/** How many requests a second the API can take in the executions that the queues leave; undefined: as many as its throttle lets in. */
export function apiRateBeside(stage: Stage, executions: number): number | undefined {
  if (stage.reserved !== undefined) return undefined;
  const queues = concurrencyOf(...Object.values(queuesOf(stage)));
  const rate = Math.floor(Math.max(0, executions - queues) / INGEST_SECONDS);
  return rate < stage.throttle.rate ? rate : undefined;
}

/** The most messages that are received and not yet deleted, in the queue that has most. */
const inFlight = (stage: Stage): number =>
  Math.max(...Object.values(queuesOf(stage)).map(({ concurrencyMax, batchSize }) => concurrencyMax * batchSize));
