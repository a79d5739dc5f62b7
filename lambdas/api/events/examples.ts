import { deliverySummaryExample, EVENT_ID } from '../deliveries/examples.ts';

/** An event as a producer sends it. */
export const eventInputExample = {
  type: 'order.created',
  data: { order_id: 'ord_98765', amount: 129.5 },
  tenant: 'acme',
  idempotency_key: 'order-98765-created',
};

/** An event with its deliveries. */
export const eventExample = {
  id: EVENT_ID,
  type: 'order.created',
  tenant: 'acme',
  timestamp: '2026-11-22T10:00:00.000Z',
  accepted_at: '2026-11-22T10:00:00.000Z',
  version: null,
  metadata: null,
  resource_url: null,
  size_bytes: 148,
  matched_endpoints: 1,
  deliveries: [deliverySummaryExample],
};
