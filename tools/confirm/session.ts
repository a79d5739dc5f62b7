import type { AnyCheck, Verdict } from './check.ts';
import { unclear } from './check.ts';
import { deleteStack } from './leftovers.ts';
import { createOwnStack, stackOfRun } from './own-stack.ts';
import { type Clients, type Time, World } from './world.ts';

export interface SessionOptions extends Clients {
  readonly checks: readonly AnyCheck[];
  readonly runId: string;
  readonly stage: string;
  readonly region: string;
  readonly time: Time;
  readonly signal: AbortSignal;
  /** Called with each verdict, and with what happens in between. */
  readonly say: (line: string) => void;
  /** Replaces outputs of the run's stack, for an emulator. */
  readonly outputs?: (own: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
}

/**
 * Runs the checks, and deletes what they created, also when the run is cancelled. A check that fails is unclear.
 * @returns the verdicts by the facts' ids; those of a cancelled run are missing.
 * @throws Error if something could not be deleted.
 */
export async function confirmFacts(options: SessionOptions): Promise<Map<string, Verdict>> {
  const { checks, runId, signal, say, cloudFormation, outputs = (own) => own } = options;
  const verdicts = new Map<string, Verdict>();
  let creating: Promise<Readonly<Record<string, string>>> | undefined;
  const ownStack = () => {
    if (creating === undefined) {
      say(`creating the stack ${stackOfRun(runId)}`);
      creating = createOwnStack(cloudFormation, runId, signal).then(outputs);
    }
    return creating;
  };
  const world = new World({ ...options, ownStack });

  const decide = async (check: AnyCheck) => {
    if (signal.aborted) return;
    const verdict = await check.outcome(world).catch((fault: unknown) => unclear(`failed: ${textOf(fault)}`));
    if (signal.aborted) return;
    verdicts.set(check.id, verdict);
    say(`${verdict.result}  ${check.id}: ${verdict.seen}`);
  };
  // The functions of the stack share the account's executions and one queue of reports.
  const oneByOne = async (some: readonly AnyCheck[]) => {
    for (const check of some) await decide(check);
  };
  try {
    await Promise.all([
      oneByOne(checks.filter(({ needs }) => needs === 'stack')),
      ...checks.filter(({ needs }) => needs !== 'stack').map(decide),
    ]);
  } finally {
    say('deleting what this run created');
    // The stack also where its creation failed or was cancelled: to delete one that is not there succeeds.
    const deleted = [
      world.close(),
      ...(creating === undefined ? [] : [deleteStack(cloudFormation, stackOfRun(runId))]),
    ];
    await Promise.allSettled(deleted);
    await Promise.all(deleted);
  }
  return verdicts;
}

const textOf = (fault: unknown) => (fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault));
