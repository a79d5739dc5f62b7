import type { AuditEntry, Audited } from '../audit/audit.ts';
import type { Faults } from '../faults.ts';
import type { Page } from '../listing/page.ts';
import type { Endpoint } from './endpoint.ts';
import type { EndpointHealth } from './health.ts';

/** The registry's endpoints. Reads are strongly consistent, except lists. */
export interface EndpointStore {
  find(id: string): Promise<({ endpoint: Endpoint; health: EndpointHealth } & Audited) | undefined>;
  /**
   * Writes if the stored version is `expected` (null: if there is none), with the audit entry of the change, null if it
   * is not audited. The stored pending entry must be copied to the trail first. @returns whether it was written.
   */
  put(endpoint: Endpoint, expected: number | null, entry: AuditEntry | null): Promise<boolean>;
  /**
   * Removes if the stored version is `expected`; the entry stays until it is copied.
   * @returns whether it was removed.
   */
  remove(id: string, expected: number, entry: AuditEntry): Promise<boolean>;
  /** Endpoints of a tenant, or of all tenants (null), newest first. */
  list(tenant: string | null, limit: number, after: string | null): Promise<Page<Endpoint>>;
}

/** The endpoints that may have held deliveries or notices in the outbox, by shards. */
export interface MarkedEndpoints {
  readonly shards: number;
  /**
   * A page of a shard: health of endpoints with the holding mark, and the endpoint, undefined if it was deleted. One that
   * this version cannot read is left out, and noted in `faults`.
   * @param after the position after which to go on; null for the shard's beginning.
   */
  page(shard: number, after: string | null, faults: Faults): Promise<MarkedPage>;
}

export interface MarkedPage {
  marked: MarkedEndpoint[];
  next: string | null;
}

export interface MarkedEndpoint {
  health: EndpointHealth;
  endpoint: Endpoint | undefined;
}
