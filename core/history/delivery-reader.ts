import type { DeliveryRecord } from '../deliveries/record.ts';
import type { Page, Segment, TimeRange } from '../listing/page.ts';

/** The ledger's deliveries, as lists need them. Expired ones count as absent. */
export interface DeliveryReader {
  /** An event's deliveries by endpoint id, the newest endpoint first. Strongly consistent. */
  ofEvent(eventId: string, after: string | null, limit: number): Promise<Page<DeliveryRecord>>;
  /** An endpoint's deliveries created within the range, newest first. */
  ofEndpoint(
    endpointId: string,
    range: TimeRange,
    after: string | null,
    limit: number,
  ): Promise<Segment<DeliveryRecord>>;
}
