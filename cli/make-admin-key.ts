import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { STSClient } from '@aws-sdk/client-sts';
import { awsClientConfig } from '../adapters/aws-client.ts';
import { createKeyStore } from '../adapters/dynamodb/api-keys.ts';
import { systemClock, systemRandom } from '../adapters/system/system.ts';
import { createKey } from '../core/keys/manage.ts';
import type { AdminKeyOptions } from './admin-key-options.ts';
import { callerOf } from './caller.ts';
import { registryTable } from './stack-outputs.ts';

/**
 * Creates a key with the AWS credentials of the environment.
 * @param say takes what is to be known beside the key.
 * @returns the key.
 */
export async function makeAdminKey(
  { stage, region, table: given, ...wanted }: AdminKeyOptions,
  say: (line: string) => void,
): Promise<string> {
  const config = { ...awsClientConfig, ...(region !== undefined && { region }) };
  const table = given ?? (await registryTable(new CloudFormationClient(config), stage));
  const keys = createKeyStore({ client: new DynamoDBClient(config), table, warn: () => {} });
  // First, so that no key is created without a creator in the audit trail.
  const actor = await callerOf(new STSClient(config));
  const ports = { keys, clock: systemClock, random: systemRandom };
  const { key, secret } = await createKey({ ...wanted, expiresAt: null }, actor, ports);
  say(`Created ${key.id}, "${key.name}": role ${key.role}, ${key.tenant ?? 'all tenants'}, in ${table}.`);
  say('Save the key: only its hash is stored, and it is not shown again.');
  return secret;
}
