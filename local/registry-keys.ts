import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createKeyStore } from '../adapters/dynamodb/key-store.ts';
import { systemClock, systemRandom } from '../adapters/system/system.ts';
import { describeKey, keyHash, mintKey, type NewKey } from '../core/keys/key.ts';
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
  const store = createKeyStore({ client, table: RegistryTableName, warn: () => {} });
  return {
    async create() {
      const { key, secret } = mintKey(admin, systemClock(), systemRandom);
      await store.put(key, keyHash(secret));
      return secret;
    },
    async adopt(secret) {
      if ((await store.findByHash(keyHash(secret))) !== undefined) return;
      await store.put(describeKey(admin, secret, systemClock(), systemRandom), keyHash(secret));
    },
  };
}
