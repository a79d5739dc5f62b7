export const jobExample = {
  id: 'job_01kapk9d2s7v3w5x8y1z4a6b0c',
  kind: 'redrive',
  status: 'running',
  tenant: 'acme',
  endpoint_id: null,
  type: 'order.created',
  from: '2026-11-21T00:00:00.000Z',
  to: '2026-11-22T10:20:00.000Z',
  created_by: { kind: 'api_key', id: 'key_01kapj0r5t9w2x4y6z8a1b3c5d', name: 'shop backend' },
  expected: 240,
  found: 120,
  sent: 118,
  skipped: 2,
  created_at: '2026-11-22T10:20:00.000Z',
  updated_at: '2026-11-22T10:20:03.205Z',
  error: null,
};

/** A time range in the past. */
export const jobRangeExample = { since: '2026-11-21T00:00:00.000Z', until: '2026-11-22T00:00:00.000Z' };
