/** Examples for the OpenAPI document: one event's delivery to one endpoint. */
export const EVENT_ID = 'evt_01kapj3m40e7c1p3d9t5v8x2zq';
export const ENDPOINT_ID = 'ep_01kapj1b6g2h4k6m8n0q3s5v7x';
export const DELIVERY_ID = 'dlv_01kapj3m40e7c1p3d9t5v8x2zq_01kapj1b6g2h4k6m8n0q3s5v7x';

/** A delivery as lists show it: two failed attempts, a third one scheduled. */
export const deliverySummaryExample = {
  id: DELIVERY_ID,
  event_id: EVENT_ID,
  event_type: 'order.created',
  endpoint_id: ENDPOINT_ID,
  tenant: 'acme',
  status: 'retrying',
  waiting_for: null,
  cycle: 1,
  attempt_count: 2,
  next_attempt_at: '2026-11-22T10:00:25.412Z',
  last_error: 'http_status 503',
  discard_reason: null,
  death_reason: null,
  in_dlq: false,
  created_at: '2026-11-22T10:00:00.120Z',
  updated_at: '2026-11-22T10:00:05.431Z',
  delivered_at: null,
};

const attempt = {
  number: 1,
  cycle: 1,
  at: '2026-11-22T10:00:00.103Z',
  duration_ms: 17,
  status_code: 503,
  error_code: 'http_status',
  error_detail: null,
  url: 'https://hooks.example.com/orders',
  remote_ip: '203.0.113.20',
  response_headers: { 'content-type': 'text/plain', server: 'nginx', date: 'Sun, 22 Nov 2026 10:00:00 GMT' },
  response_excerpt: 'upstream is starting',
};

/** The same with its attempts. */
export const deliveryExample = {
  ...deliverySummaryExample,
  step: 3,
  whereabouts: 'delivery_queue',
  claim: null,
  attempts: [attempt, { ...attempt, number: 2, at: '2026-11-22T10:00:05.412Z', duration_ms: 19 }],
};

/** The request of its newest attempt. */
export const requestExample = {
  delivery_id: DELIVERY_ID,
  attempt: { cycle: 1, number: 2, at: '2026-11-22T10:00:05.412Z' },
  method: 'POST',
  url: 'https://hooks.example.com/orders',
  headers: {
    'x-team': '[set]',
    'content-type': 'application/json',
    'user-agent': 'Postrider/0.1.0',
    'webhook-id': EVENT_ID,
    'webhook-timestamp': '1795341605',
    'x-postrider-event-type': 'order.created',
    'x-postrider-delivery-id': DELIVERY_ID,
    'x-postrider-attempt': '2',
  },
  signatures: { 'webhook-signature': 'v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=' },
  unsigned: null,
  body: `{"id":"${EVENT_ID}","type":"order.created","timestamp":"2026-11-22T10:00:00.016Z","data":{"amount":1250}}`,
};

/** A delivery whose first attempt is not recorded yet. */
export const pendingDeliveryExample = {
  ...deliverySummaryExample,
  status: 'pending',
  attempt_count: 0,
  next_attempt_at: null,
  last_error: null,
  updated_at: deliverySummaryExample.created_at,
  step: 1,
  whereabouts: 'delivery_queue',
  claim: null,
  attempts: [],
};

/** A page's cursor: opaque to clients. */
export const CURSOR = 'eyJhZnRlciI6ImVwXzAxa2FwajFiNmcifQ';
