import * as z from 'zod';
import { type OperationTally, stubReport } from './aws/tally.ts';
import type { Case, CaseName } from './cases.ts';
import type { Stage } from './stage.ts';

/** What one warm invocation of a case asks of AWS. */
export interface CaseCalls {
  /** By `Service.Operation`, of the whole invocation. */
  readonly operations: Readonly<Record<string, OperationTally>>;
  /** Sequential round trips to AWS. */
  readonly roundTrips: number;
  /** Events, or deliveries, of the invocation. */
  readonly items: number;
}

/** Counts one invocation of a case in a warm container. */
async function countCase({ aws, lambdas }: Stage, one: Case): Promise<CaseCalls> {
  const [warming, counted] = one.payloads;
  const invoke = (payload: string) => lambdas[one.lambda].ask('invoke', { payloads: [payload], times: 1 }, z.unknown());
  await aws.ask('reset', { waves: false }, z.unknown());
  await invoke(warming);
  await aws.ask('reset', { waves: true }, z.unknown());
  await invoke(counted);
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
