import { TtlCache } from '../cache.ts';
import type { Clock } from '../clock.ts';
import { MINUTE_MS } from '../durations.ts';
import { openSecret } from '../endpoints/secrets.ts';
import type { EndpointStore } from '../endpoints/store.ts';
import type { SecretOpener } from '../secrets/vault.ts';
import { HEARTBEAT_ENDPOINT_ID } from './endpoint.ts';

export interface ReceivePorts {
  endpoints: Pick<EndpointStore, 'find'>;
  opener: SecretOpener;
  clock: Clock;
}

/** The secret of the heartbeat's endpoint; undefined if there is no such endpoint. */
export type HeartbeatSecret = () => Promise<string | undefined>;

const ONLY = 'secret';

/** Reads the secret at most once a minute, whatever anybody sends to the route. */
export function createHeartbeatSecret({ endpoints, opener, clock }: ReceivePorts): HeartbeatSecret {
  const cache = new TtlCache<Promise<string | undefined>>({ lifeMs: MINUTE_MS, entriesMax: 1 });
  const read = async () => {
    const found = await endpoints.find(HEARTBEAT_ENDPOINT_ID);
    return found && openSecret(found.endpoint, opener);
  };
  return () => {
    const cached = cache.get(ONLY, clock());
    if (cached !== undefined) return cached;
    const secret = read();
    cache.set(ONLY, secret, clock());
    // A failure is not cached.
    secret.catch(() => cache.delete(ONLY));
    return secret;
  };
}
