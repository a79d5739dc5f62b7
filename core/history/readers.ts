import type { DeliveryRecord } from '../deliveries/record.ts';
import type { EventRecord } from '../events/event.ts';
import type { Page, Segment, TimeRange } from '../listing/page.ts';

/** The ledger's events, as readers need them. Expired ones count as absent. */
export interface EventReader {
  /** Strongly consistent. */
  find(ids: string[]): Promise<Map<string, EventRecord>>;
  /** Events of a tenant, or of all (null), accepted within the range, newest first. A position matches `EVENT_POSITION`. */
  walk(tenant: string | null, range: TimeRange, after: string | null, limit: number): Promise<Segment<EventRecord>>;
}

/** A position in a list that is ordered by time: the time, then the event's id. */
export const EVENT_POSITION = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#evt_[0-9a-z]{26}$/;

/** The ledger's deliveries, as lists need them. Expired ones count as absent. */
export interface DeliveryReader {
  /**
   * An event's deliveries by endpoint id, the newest endpoint first; those of a wide event partition by partition. A
   * position is an endpoint id. Strongly consistent.
   */
  ofEvent(event: Pick<EventRecord, 'id' | 'wide'>, after: string | null, limit: number): Promise<Page<DeliveryRecord>>;
  /** An endpoint's deliveries created within the range, newest first. */
  ofEndpoint(
    endpointId: string,
    range: TimeRange,
    after: string | null,
    limit: number,
  ): Promise<Segment<DeliveryRecord>>;
}
