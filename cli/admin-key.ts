import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { STSClient } from '@aws-sdk/client-sts';
import { awsClientConfig } from '../adapters/aws-client.ts';
import { createKeyStore } from '../adapters/dynamodb/api-keys.ts';
import { systemClock, systemRandom } from '../adapters/system/system.ts';
import { createKey } from '../core/keys/manage.ts';
import { HELP, readOptions } from './admin-key-options.ts';
import { callerOf } from './caller.ts';
import { explain, UsageFault } from './explain.ts';
import { registryTable } from './stack-outputs.ts';

/** `npm run admin-key`, see HELP. Only the key goes to standard output, so that a script can read it from there. */
try {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === 'help') console.log(HELP);
  else await makeKey(options);
} catch (fault) {
  console.error(`admin-key: ${explain(fault)}`);
  process.exitCode = fault instanceof UsageFault ? 2 : 1;
}

async function makeKey({ stage, region, table: given, ...wanted }: Exclude<ReturnType<typeof readOptions>, 'help'>) {
  const config = { ...awsClientConfig, ...(region !== undefined && { region }) };
  const table = given ?? (await registryTable(new CloudFormationClient(config), stage));
  const keys = createKeyStore({ client: new DynamoDBClient(config), table, warn: () => {} });
  // First, so that no key is created without a creator in the audit trail.
  const actor = await callerOf(new STSClient(config));
  const ports = { keys, clock: systemClock, random: systemRandom };
  const { key, secret } = await createKey({ ...wanted, expiresAt: null }, actor, ports);
  console.error(`Created ${key.id}, "${key.name}": role ${key.role}, ${key.tenant ?? 'all tenants'}, in ${table}.`);
  console.error('Save the key: only its hash is stored, and it is not shown again.');
  console.log(secret);
}
