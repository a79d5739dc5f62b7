const idle = { waiting: 0, in_flight: 0, delayed: 0 };

export const systemExample = {
  stage: 'prod',
  version: '0.1.0',
  time: '2026-11-22T10:20:03.205Z',
  queues: [
    { name: 'fanout', ...idle },
    { name: 'bulk_fanout', ...idle },
    { name: 'delivery', waiting: 3, in_flight: 20, delayed: 112 },
    { name: 'slow_delivery', ...idle },
    { name: 'bulk_delivery', ...idle },
    { name: 'jobs', ...idle },
    { name: 'stats', waiting: 0, in_flight: 4, delayed: 0 },
    { name: 'continuations', ...idle },
  ],
  dead_letter_queues: [
    { name: 'rule', ...idle },
    { name: 'fanout', ...idle },
    { name: 'deliveries', waiting: 2, in_flight: 0, delayed: 0 },
    { name: 'jobs', ...idle },
    { name: 'stats', ...idle },
    { name: 'continuations', ...idle },
  ],
  oldest_dead_letter_at: '2026-11-22T08:00:00.000Z',
  ticks: [{ task: 'sweep', at: '2026-11-22T10:18:00.114Z' }],
  heartbeat: { at: '2026-11-22T10:18:31.004Z', delivered_at: '2026-11-22T10:18:31.412Z' },
  limits: {
    requests_per_second: 5_000,
    burst: 2_500,
    event_bytes: 1_048_576,
    events_per_request: 100,
    request_bytes: 2_621_440,
    retention_days: 30,
    dead_letter_retention_days: 14,
  },
};
