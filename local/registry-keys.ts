import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createKeyStore } from '../adapters/dynamodb/api-keys.ts';
import { systemClock, systemRandom } from '../adapters/system/system.ts';
import { SYSTEM } from '../core/audit/audit.ts';
import { describeKey, keyHash, type NewKey } from '../core/keys/key.ts';
import { createKey, storeKey } from '../core/keys/manage.ts';
import type { AdminKeys } from './admin-key.ts';
import type { Outputs } from './outputs.ts';
import { REGION } from './settings.ts';

const admin: NewKey = { name: 'local admin', role: 'admin', tenant: null, expiresAt: null };

/** Admin keys in the registry table, written as the API itself writes them. */
export function registryKeys({ AwsEndpointUrl, RegistryTableName }: Outputs): AdminKeys {
  const client = new DynamoDBClient({
    endpoint: AwsEndpointUrl,
    region: REGION,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const keys = createKeyStore({ client, table: RegistryTableName, warn: () => {} });
  const ports = { keys, clock: systemClock, random: systemRandom };
  return {
    create: async () => (await createKey(admin, SYSTEM, ports)).secret,
    async adopt(secret) {
      if ((await keys.findByHash(keyHash(secret))) !== undefined) return;
      const key = describeKey(admin, secret, systemClock(), systemRandom);
      await storeKey({ key, secret }, SYSTEM, ports);
    },
  };
}
