/** The queues that have work, by the names that the API shows. */
export const WORK_QUEUES = [
  'fanout',
  'bulk_fanout',
  'delivery',
  'slow_delivery',
  'bulk_delivery',
  'jobs',
  'stats',
  'continuations',
] as const;
export type WorkQueueName = (typeof WORK_QUEUES)[number];

/** The dead-letter queues: `deliveries` is that of all three delivery queues. */
export const DEAD_LETTER_QUEUES = ['rule', 'fanout', 'deliveries', 'jobs', 'stats', 'continuations'] as const;
export type DeadLetterQueueName = (typeof DEAD_LETTER_QUEUES)[number];

/** About how many messages of a queue can be received now, are being processed, and come later. */
export interface QueueDepth {
  readonly waiting: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** How full the queues are, as SQS says approximately. */
export interface QueueDepths {
  work(): Promise<Readonly<Record<WorkQueueName, QueueDepth>>>;
  deadLetters(): Promise<Readonly<Record<DeadLetterQueueName, QueueDepth>>>;
}

/** When each scheduled task last ended without a failure. */
export interface Ticks {
  /** Notes the end of a run that began at this time, in ms since the epoch. */
  note(task: string, beganAtMs: number): Promise<void>;
  /** By task, in ms since the epoch. Tasks that never ran are missing. */
  last(): Promise<ReadonlyMap<string, number>>;
}

/** A note is a write: three minutes are exact enough to see that a task stands still. */
export const NOTED_EVERY_MINUTES = 3;

/** Whether a run of a task that began at this time is noted. */
export function isNoted(beganAtMs: number): boolean {
  return Math.floor(beganAtMs / 60_000) % NOTED_EVERY_MINUTES === 0;
}
