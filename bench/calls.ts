import * as z from 'zod';
import { type OperationTally, stubReport } from './aws/tally.ts';
import type { Case, CaseName } from './cases.ts';
import type { Stage } from './stage.ts';

/** The AWS calls of one warm invocation of a case. */
export interface CaseCalls {
  /** By `Service.Operation`, of the whole invocation. */
  readonly operations: Readonly<Record<string, OperationTally>>;
  /** Sequential round trips to AWS. */
  readonly roundTrips: number;
  /** Events, or deliveries, of the invocation. */
  readonly items: number;
}

/**
 * Counts one invocation of a case in a warm container. The container's clock is stopped meanwhile: on a slow machine its
 * cache would expire, and it would read the same items again.
 */
async function countCase({ aws, lambdas }: Stage, one: Case): Promise<CaseCalls> {
  const [warming, counted] = one.payloads;
  const lambda = lambdas[one.lambda];
  const invoke = (payload: string) => lambda.ask('invoke', { payloads: [payload], times: 1 }, z.unknown());
  await aws.ask('reset', { waves: false }, z.unknown());
  await lambda.ask('holdClock', true, z.unknown());
  await invoke(warming);
  await aws.ask('reset', { waves: true }, z.unknown());
  await invoke(counted);
  await lambda.ask('holdClock', false, z.unknown());
  const { operations, roundTrips } = await aws.ask('report', null, stubReport);
  await aws.ask('reset', { waves: false }, z.unknown());
  return { operations, roundTrips, items: one.items };
}

/** Counts every case. */
export async function countCalls(stage: Stage): Promise<Record<CaseName, CaseCalls>> {
  const counted: Partial<Record<CaseName, CaseCalls>> = {};
  for (const one of stage.cases) counted[one.name] = await countCase(stage, one);
  return counted as Record<CaseName, CaseCalls>;
}
