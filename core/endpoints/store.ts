import type { Page } from '../listing/page.ts';
import type { Endpoint, EndpointHealth } from './endpoint.ts';

/** The registry's endpoints. Reads are strongly consistent, but for lists. */
export interface EndpointStore {
  find(id: string): Promise<{ endpoint: Endpoint; health: EndpointHealth } | undefined>;
  /** Writes if the stored version is `expected` (null: if there is none). @returns whether it was written. */
  put(endpoint: Endpoint, expected: number | null): Promise<boolean>;
  /** Removes if the stored version is `expected`. */
  remove(id: string, expected: number): Promise<boolean>;
  /** Endpoints of a tenant, or of all tenants (null), newest first. */
  list(tenant: string | null, limit: number, after: string | null): Promise<Page<Endpoint>>;
}

/** Marks of endpoints for which deliveries may be held. */
export interface HoldingMarks {
  /** Sets a new mark, whatever stood there. */
  renew(endpointId: string, holdingId: string): Promise<void>;
  /** Sets a mark where there is none. */
  ensure(endpointId: string, holdingId: string): Promise<void>;
}
