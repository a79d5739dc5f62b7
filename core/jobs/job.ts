import * as z from 'zod';

export const JOB_KINDS = ['recover', 'replay_missing', 'redrive'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

export const JOB_STATUSES = ['running', 'completed', 'cancelled', 'failed'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** What a job is about. Null leaves a filter open. */
export interface JobParams {
  endpointId: string | null;
  /** An exact event type. */
  eventType: string | null;
  /** In ms since the epoch: `from` inclusive; `to` exclusive and never after the job's start, so that a job ends. */
  range: { from: number | null; to: number };
}

/** Where a job goes on: which part of what it walks, and after which position in it. */
export interface JobCursor {
  part: number;
  after: string | null;
}

/** The right to work on a job, until its holder's invocation must have ended. */
export interface JobLease {
  /** Drawn for one slice. */
  token: string;
  until: number;
}

/** Background work of an operator, as the ledger keeps it. Times in ms since the epoch. */
export interface Job {
  id: string;
  kind: JobKind;
  /** Null: all tenants. */
  tenant: string | null;
  params: JobParams;
  status: JobStatus;
  cursor: JobCursor;
  /** Deliveries that the job is for; each was sent or skipped. */
  found: number;
  sent: number;
  /** Nothing could be sent: the endpoint is disabled or gone, or the payload is gone or expiring. */
  skipped: number;
  /** Why it failed, in a sentence. */
  error: string | null;
  /** Slices in a row that failed by a fault of ours, without any progress. */
  faults: number;
  lease: JobLease | null;
  /** Slices begun. A message for an earlier one is stale, so a job never has two chains of messages. */
  turn: number;
  createdAt: number;
  updatedAt: number;
  expiresAt: number;
  /** Rises with every write: writers compare and set. */
  revision: number;
}

/** The body of a message of the jobs queue: work on this job, if its turn is still this one. */
export const jobMessage = z.object({ v: z.literal(1), jobId: z.string(), turn: z.number().int().min(0) });
export type JobMessage = z.output<typeof jobMessage>;
