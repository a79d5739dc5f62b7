import * as z from 'zod';

/** The scheduled tasks whose rest is continued by messages. */
export const CONTINUED_TASKS = ['sweep', 'release', 'outbox', 'audit'] as const;
export type ContinuedTask = (typeof CONTINUED_TASKS)[number];

/** A part of a task's work, such as a shard. */
export interface Place {
  part: number;
  /** Where in the part the work goes on; null for its beginning. */
  after: string | null;
}

/** A message that continues a scheduled task: one part of what the run before it had no time for. */
export const continuationMessage = z.object({
  v: z.literal(1),
  task: z.enum(CONTINUED_TASKS),
  /** When the scheduled run began, in ms since the epoch. */
  tick: z.number(),
  /** How many messages led to this one, itself included. */
  leg: z.number(),
  part: z.number(),
  after: z.string().nullable(),
});
export type ContinuationMessage = z.output<typeof continuationMessage>;

/** The queue of continuations. */
export interface ContinuationQueue {
  /** @throws when some were not taken. */
  send(messages: ContinuationMessage[]): Promise<void>;
}
