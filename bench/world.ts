import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createKeyStore } from '../adapters/dynamodb/api-keys.ts';
import { createAuditTrail } from '../adapters/dynamodb/audit.ts';
import { createEndpointStore } from '../adapters/dynamodb/endpoints.ts';
import { createHealthStore } from '../adapters/dynamodb/health.ts';
import { createSubscriptionWriter } from '../adapters/dynamodb/subscriptions.ts';
import { systemClock, systemRandom, systemWait } from '../adapters/system/system.ts';
import { SYSTEM } from '../core/audit/audit.ts';
import { storeNewEndpoint } from '../core/endpoints/change.ts';
import { FIRST_VERSION, newEndpoint } from '../core/endpoints/endpoint.ts';
import { NO_HEADERS } from '../core/endpoints/headers.ts';
import { freshHealth } from '../core/endpoints/health.ts';
import { endpointSettings } from '../core/endpoints/settings.ts';
import { newId } from '../core/ids.ts';
import { keyHash } from '../core/keys/key.ts';
import { createKey } from '../core/keys/manage.ts';
import { seal } from '../core/secrets/seal.ts';
import { newSecret } from '../core/signing/secret.ts';
import type { Product } from './product.ts';

/** The event type that the matching endpoints of each tenant subscribe to. */
export const MATCHING_TYPE = 'marketplace.purchased';
const OTHER_TYPE = 'marketplace.cancelled';

/** Writes the cases' data into the registry, with the product's own adapters. */
export function createWorld(product: Product, awsEndpoint: string) {
  const connection = {
    endpoint: awsEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  };
  const client = new DynamoDBClient(connection);
  const registry = { client, table: product.registry, wait: systemWait };
  const keys = createKeyStore({ ...registry, warn: () => {} });
  const ports = {
    endpoints: createEndpointStore(registry),
    subscriptions: createSubscriptionWriter(registry),
    audit: createAuditTrail({ ...registry, retentionDays: null }),
    clock: systemClock,
    random: systemRandom,
  };
  const health = createHealthStore(registry);
  const dataKey = { id: newId('dk', Date.now(), systemRandom), plain: Buffer.alloc(32, 7), wrapped: 'd3JhcHBlZA==' };

  async function addEndpoint(tenant: string, url: string, eventType: string, timeoutSeconds: number): Promise<void> {
    const now = Date.now();
    const id = newId('ep', now, systemRandom);
    const binding = { purpose: 'signing', tenant, endpointId: id, version: FIRST_VERSION } as const;
    const secret = seal(newSecret(systemRandom), binding, dataKey, systemRandom);
    const settings = endpointSettings.parse({ url, event_types: [eventType], timeout_seconds: timeoutSeconds });
    await storeNewEndpoint(newEndpoint({ id, tenant, settings, secret, headers: NO_HEADERS }, now), SYSTEM, ports);
    // An endpoint that is known to answer quickly.
    await health.put({ ...freshHealth(id), lane: 'fast', revision: 1 }, 0);
  }

  return {
    /** An admin key last used today, so that no request of the bench records its use. */
    async addKey(): Promise<string> {
      const wanted = { name: 'bench', role: 'admin', tenant: null, expiresAt: null } as const;
      const { secret } = await createKey(wanted, SYSTEM, { ...ports, keys });
      await keys.noteUse(keyHash(secret), new Date().toISOString().slice(0, 10));
      return secret;
    },

    /** A tenant with this many subscriptions, of which this many match. */
    async addTenant(
      tenant: string,
      counts: { subscriptions: number; matching: number },
      url: string,
      timeoutSeconds = 15,
    ): Promise<void> {
      for (let index = 0; index < counts.subscriptions; index++) {
        await addEndpoint(tenant, url, index < counts.matching ? MATCHING_TYPE : OTHER_TYPE, timeoutSeconds);
      }
    },

    close: () => client.destroy(),
  };
}

export type World = ReturnType<typeof createWorld>;
