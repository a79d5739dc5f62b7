/** The scheduled tasks. Each is invoked every minute. */
export const TASKS = ['sweep', 'release', 'drain', 'fan-outs', 'jobs', 'dead-letters', 'outbox', 'audit'] as const;
export type Task = (typeof TASKS)[number];
