import * as z from 'zod';
import { storedActor } from '../audit/audit.ts';

export const JOB_KINDS = ['recover', 'replay_missing', 'redrive'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

export const JOB_STATUSES = ['running', 'completed', 'cancelled', 'failed'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** The scope of a job. Null does not filter. */
const jobParams = z.object({
  endpointId: z.string().nullable(),
  /** An exact event type. */
  eventType: z.string().nullable(),
  /** In ms since the epoch: `from` inclusive; `to` exclusive and never after the job's start, so that a job ends. */
  range: z.object({ from: z.number().nullable(), to: z.number() }),
});
export type JobParams = z.output<typeof jobParams>;

/** Where a job continues: in which part of its walk, and after which position there. */
const jobCursor = z.object({ part: z.number(), after: z.string().nullable() });
export type JobCursor = z.output<typeof jobCursor>;

/** The exclusive right to work on a job, until the holder's invocation must have ended. The token is random per slice. */
const jobLease = z.object({ token: z.string(), until: z.number() });
export type JobLease = z.output<typeof jobLease>;

/** A background job of an operator, as stored in the ledger. Times in ms since the epoch. */
export const storedJob = z.object({
  id: z.string(),
  kind: z.enum(JOB_KINDS),
  /** Null: all tenants. */
  tenant: z.string().nullable(),
  params: jobParams,
  /** Who started it. Null: by a version that did not note it. */
  createdBy: storedActor.nullable().default(null),
  /** How many deliveries it will find, as counted when it began; null if that is not known. */
  expected: z.number().nullable().default(null),
  status: z.enum(JOB_STATUSES),
  cursor: jobCursor,
  /** Deliveries found; each was sent or skipped. */
  found: z.number(),
  sent: z.number(),
  /** Not sent: the endpoint is disabled or gone, the payload is gone or expiring, or the filter is undecided. */
  skipped: z.number(),
  /** Why it failed, in a sentence. */
  error: z.string().nullable(),
  /** Consecutive slices that failed by an error on our side, without any progress. */
  faults: z.number(),
  lease: jobLease.nullable(),
  /** Slices started. A message for an earlier one is stale, so a job never has two chains of messages. */
  turn: z.number(),
  createdAt: z.number(),
  updatedAt: z.number(),
  expiresAt: z.number(),
  /** Increases with every write: writers compare and set. */
  revision: z.number(),
});
export type Job = z.output<typeof storedJob>;

/** What a job is about. */
export type JobScope = Pick<Job, 'kind' | 'tenant' | 'params'>;

/** The body of a message of the jobs queue: process the next slice of this job, if its turn is still this one. */
export const jobMessage = z.object({ v: z.literal(1), jobId: z.string(), turn: z.number().int().min(0) });
export type JobMessage = z.output<typeof jobMessage>;
