// What the functions and their alarms agree on. The alarms are synthesised: nothing here may load Powertools.

/** The namespace of our metrics in CloudWatch. */
export const NAMESPACE = 'Postrider';
/** The value of the dimension `service`, the same for all functions, beside `stage`. A tenant or endpoint is never one. */
export const SERVICE = 'postrider';

/** Every metric that a function emits, with its unit. docs/operations.md says what each counts. */
export const METRICS = {
  /** ingest: events acknowledged with 202. */
  Accepted: 'Count',
  /** deliver: POSTs, and those answered with 2xx. */
  Attempts: 'Count',
  Acknowledged: 'Count',
  /** deliver: attempts after a delivery's first. */
  Retries: 'Count',
  /** deliver, and fanout and redrive for what ends there: deliveries that ended, acknowledged or dead. */
  Delivered: 'Count',
  Dead: 'Count',
  /** deliver: from a POST's beginning to its end: the receiver's time. */
  AttemptMs: 'Milliseconds',
  /** deliver: from an event's acceptance to the beginning of its first attempt at an endpoint: our time. */
  StartDelayMs: 'Milliseconds',
  /** redrive: deliveries that failed on our side and are sent again by themselves; those whose rounds are used up. */
  OurFaultResent: 'Count',
  OurFaultDead: 'Count',
  /** redrive, each minute: how late the most overdue delivery of the waiting room is. */
  OverdueSeconds: 'Seconds',
  /** redrive, each minute: how long ago the delivery of the oldest dead letter died, in days. */
  OldestLetterDays: 'None',
  /** redrive, each minute: dead letters that no record explains. */
  LettersUnexplained: 'Count',
  /** redrive, each minute: endpoints whose circuit is not closed. */
  OpenCircuits: 'Count',
  /** heartbeat: 1 if it arrived in time, else 0; how long it took. */
  HeartbeatOk: 'Count',
  HeartbeatMs: 'Milliseconds',
} as const;
export type MetricName = keyof typeof METRICS;
