import * as z from 'zod';
import { BELIEVED_MS } from '../core/catalogue/known-types.ts';
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

const TRIES = 5;

/** Counts one invocation of a case in a warm container: where the machine was too slow to keep it so, once more. */
async function countCase({ aws, lambdas }: Stage, one: Case): Promise<CaseCalls> {
  const [warming, counted] = one.payloads;
  const invoke = (payload: string) => lambdas[one.lambda].ask('invoke', { payloads: [payload], times: 1 }, z.unknown());
  for (let tries = 1; ; tries++) {
    const began = performance.now();
    await aws.ask('reset', { waves: false }, z.unknown());
    await invoke(warming);
    await aws.ask('reset', { waves: true }, z.unknown());
    await invoke(counted);
    // Ingest believes the catalogue for so long, and then reads it again.
    const isWarm = one.lambda !== 'ingest' || performance.now() - began < BELIEVED_MS;
    const { operations, roundTrips } = await aws.ask('report', null, stubReport);
    await aws.ask('reset', { waves: false }, z.unknown());
    if (isWarm || tries === TRIES) return { operations, roundTrips, items: one.items };
  }
}

/** Counts every case. */
export async function countCalls(stage: Stage): Promise<Record<CaseName, CaseCalls>> {
  const counted: Partial<Record<CaseName, CaseCalls>> = {};
  for (const one of stage.cases) counted[one.name] = await countCase(stage, one);
  return counted as Record<CaseName, CaseCalls>;
}
