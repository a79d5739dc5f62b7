import { parseArgs } from 'node:util';
import type { Stage, StageName } from '../../lib/stage.ts';
import { stageOf } from '../../lib/stage-settings.ts';
import { UsageFault } from '../explain.ts';

/** The stages that may be deployed to an account. */
const DEPLOYED: readonly StageName[] = ['dev', 'prod'];

/** What the command reads, and nothing else. */
export const ACTIONS = [
  'lambda:GetAccountSettings',
  'servicequotas:GetServiceQuota',
  'servicequotas:GetAWSDefaultServiceQuota',
] as const;

export const HELP = `Usage: npm run preflight -- [options]

Compares the quotas of your AWS account with what a stage needs. Run it before "cdk deploy". It changes nothing.

  --stage NAME    the stage: ${DEPLOYED.join(', ')}             (default: POSTRIDER_STAGE, else dev)
  --region NAME   AWS region                    (default: AWS_REGION, AWS_DEFAULT_REGION, your profile's)

Exit code: 0 nothing is too low, 1 a quota is too low, 2 a quota could not be asked for.

Requires ${ACTIONS.join(', ')}.`;

const text = { type: 'string' } as const;
const options = { stage: text, region: text, help: { type: 'boolean', short: 'h' } } as const;

/** The stage to check, and where. */
export interface PreflightOptions {
  readonly stage: Stage;
  /** Undefined: the SDK reads it from the profile. */
  readonly region: string | undefined;
}

/**
 * Reads the command line.
 * @throws UsageFault naming the option and its valid values.
 */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): PreflightOptions | 'help' {
  const given = parse(args);
  if (given.help === true) return 'help';
  const name = given.stage ?? env.POSTRIDER_STAGE ?? 'dev';
  if (!DEPLOYED.some((known) => known === name)) throw new UsageFault(`--stage takes one of: ${DEPLOYED.join(', ')}.`);
  // The SDK for JavaScript ignores AWS_DEFAULT_REGION, which other AWS tools use.
  return { stage: stageOf(name), region: given.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (fault) {
    throw new UsageFault(fault instanceof Error ? fault.message : String(fault));
  }
}
