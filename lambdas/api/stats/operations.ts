import { noBody } from '../common-schemas.ts';
import { operation } from '../operation.ts';
import { statsAnswer, statsQuery, tenantStatsQuery } from './schemas.ts';

const figures = {
  attempts: 1_204,
  delivered: 1_198,
  failed: 6,
  success_rate: 0.9950166112956811,
  latency_ms: { p50: 41.71, p95: 187.4, p99: 911.6 },
  filter_errors: 2,
  filter_error: 'contains() takes an array or a string, not null',
  filter_undecided: 0,
};

const success = {
  status: 200,
  description: 'The statistics.',
  schema: statsAnswer,
  example: {
    from: '2026-11-21T10:00:00.000Z',
    to: '2026-11-22T11:00:00.000Z',
    total: { hour: null, ...figures },
    hours: [{ hour: '2026-11-22T10:00:00.000Z', ...figures }],
  },
} as const;

export const getEndpointStats = operation({
  name: 'getEndpointStats',
  method: 'get',
  path: '/v1/endpoints/{id}/stats',
  id: 'ep',
  tag: 'Endpoints',
  role: 'viewer',
  summary: "Read an endpoint's hourly statistics",
  description:
    'Counts and durations of attempts, by the hour in which they began. An attempt appears within about two minutes. Statistics are kept as long as deliveries.',
  query: statsQuery,
  body: noBody,
  bodyIs: 'none',
  success,
});

export const getStats = operation({
  name: 'getStats',
  method: 'get',
  path: '/v1/stats',
  tag: 'Service',
  role: 'viewer',
  summary: "Read a tenant's hourly statistics",
  description:
    "The same of all endpoints of a tenant, deleted ones included; with `tenant=*` of all tenants. The heartbeat's are in neither.",
  query: tenantStatsQuery,
  body: noBody,
  bodyIs: 'none',
  success,
});
