import { parseArgs } from 'node:util';
import { ROLES, type Role } from '../core/keys/key.ts';
import { ownTenantName } from '../core/tenant.ts';
import { UsageFault } from './explain.ts';

export const HELP = `Usage: npm run admin-key -- [options]

Creates an API key with your AWS credentials and prints it once. Create the first key of a stage this way; create
further keys through the API (POST /v1/keys).

  --stage NAME    the deployed stage                    (default: POSTRIDER_STAGE, else dev)
  --table NAME    its registry table, RegistryTableName (default: read from the stack Postrider-<stage>-State)
  --name TEXT     name of the key, shown in lists       (default: made by npm run admin-key)
  --role ROLE     ${ROLES.join(', ')}               (default: admin)
  --tenant NAME   binds the key to one tenant           (default: all tenants)
  --region NAME   AWS region                            (default: AWS_REGION, AWS_DEFAULT_REGION, your profile's)

The audit trail records the ARN of your credentials. Requires cloudformation:DescribeStacks (not with --table) and
dynamodb:PutItem on the table.`;

/** The key to create, and where. */
export interface AdminKeyOptions {
  readonly stage: string;
  /** Undefined: read from the stage's stack. */
  readonly table: string | undefined;
  /** Undefined: the SDK reads it from the profile. */
  readonly region: string | undefined;
  readonly name: string;
  readonly role: Role;
  readonly tenant: string | null;
}

const text = { type: 'string' } as const;
const options = {
  stage: text,
  table: text,
  name: text,
  role: text,
  tenant: text,
  region: text,
  help: { type: 'boolean', short: 'h' },
} as const;
/** The same limit as in the API. */
const NAME_LENGTH_MAX = 128;

/**
 * Reads the command line.
 * @throws UsageFault naming the option and its valid values.
 */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): AdminKeyOptions | 'help' {
  const given = parse(args);
  if (given.help === true) return 'help';
  const { stage = env.POSTRIDER_STAGE ?? 'dev', name = 'made by npm run admin-key', tenant = null, table } = given;
  const role = ROLES.find((known) => known === (given.role ?? 'admin'));
  if (role === undefined) throw new UsageFault(`--role takes one of: ${ROLES.join(', ')}.`);
  if (name.trim() === '' || name.length > NAME_LENGTH_MAX) {
    throw new UsageFault(`--name takes 1 to ${NAME_LENGTH_MAX} characters.`);
  }
  if (!/^[A-Za-z0-9-]+$/.test(stage)) throw new UsageFault('--stage takes the name of a stage, such as prod.');
  if (tenant !== null && !ownTenantName.safeParse(tenant).success) {
    throw new UsageFault(
      '--tenant takes 1 to 64 letters, digits, full stops, underscores or hyphens, not only full stops, and not "postrider." first.',
    );
  }
  // The SDK for JavaScript ignores AWS_DEFAULT_REGION, which other AWS tools use.
  const region = given.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  return { stage, table, region, name, role, tenant };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (fault) {
    throw new UsageFault(fault instanceof Error ? fault.message : String(fault));
  }
}
