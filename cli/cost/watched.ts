/**
 * What CloudWatch bills for watching a stage with alarms, whatever its traffic. The template test holds these counts against
 * the templates of `prod`.
 */
export const WATCHED = {
  /** An alarm costs for each metric that it looks at. */
  alarmMetrics: 55,
  compositeAlarms: 1,
  dashboards: 1,
  /** Routes with detailed metrics: only POST /v1/events. */
  detailedRoutes: 1,
} as const;

/** Of an HTTP API's route: Count, 4xx, 5xx, Latency, IntegrationLatency, DataProcessed. */
export const METRICS_OF_A_ROUTE = 6;

/** Our metrics, by when they are emitted. CloudWatch bills a metric for the hours in which it gets values. */
export const METRICS = {
  /** Every minute, by redrive. */
  always: ['OverdueSeconds', 'OldestLetterDays', 'LettersUnexplained', 'OpenCircuits'],
  /** With every heartbeat, which no other metric counts. */
  heartbeat: ['HeartbeatOk', 'HeartbeatMs'],
  /** With events and deliveries. */
  traffic: ['Accepted', 'Attempts', 'Acknowledged', 'Retries', 'Delivered', 'Dead', 'AttemptMs', 'StartDelayMs'],
  /** While something goes wrong. */
  faults: ['OurFaultDead', 'OurFaultResent', 'PublishThrottled'],
} as const;
