import { parseArgs } from 'node:util';
import { UsageFault } from '../../cli/explain.ts';
import { checks } from './checks.ts';

export const HELP = `Usage: npm run confirm -- --stage NAME --region NAME [options]

Asks your AWS account about every fact of docs/confirm-on-aws.md, with resources of its own, which it deletes. Takes about
twelve minutes and costs less than ten cents. Use a test account.

  --stage NAME    the stage to look at, such as dev
  --region NAME   AWS region                    (default: AWS_REGION)
  --only IDS      some facts, separated by commas
  --write         writes the answers into the page
  --yes           does not ask before it begins

Exit code: 0 everything is confirmed, 1 something is not, 2 it could not begin or clean up.`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const options = {
  stage: text,
  region: text,
  only: text,
  write: flag,
  yes: flag,
  help: { type: 'boolean', short: 'h' },
} as const;

/** What to ask, and where. Nothing has a default but the region of the environment. */
export interface ConfirmOptions {
  readonly stage: string;
  readonly region: string;
  /** Ids of facts. */
  readonly only: readonly string[];
  readonly write: boolean;
  readonly yes: boolean;
}

/**
 * Reads the command line.
 * @throws UsageFault naming the option and its valid values.
 */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): ConfirmOptions | 'help' {
  const given = parse(args);
  if (given.help === true) return 'help';
  const { stage, region = env.AWS_REGION, only, write = false, yes = false } = given;
  if (stage === undefined) throw new UsageFault('--stage is required, such as --stage dev.');
  if (!/^[A-Za-z0-9-]+$/.test(stage)) throw new UsageFault('--stage takes the name of a stage, such as dev.');
  if (region === undefined || region === '') {
    throw new UsageFault('--region or AWS_REGION is required, such as --region eu-central-1.');
  }
  const known = checks.map(({ id }) => id);
  const wanted = only?.split(',') ?? known;
  const unknown = wanted.filter((id) => !known.includes(id));
  if (unknown.length > 0) {
    throw new UsageFault(`--only takes some of ${known.join(', ')}, not ${unknown.join(', ')}.`);
  }
  return { stage, region, only: wanted, write, yes };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (fault) {
    throw new UsageFault(fault instanceof Error ? fault.message : String(fault));
  }
}
