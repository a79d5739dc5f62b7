import * as z from 'zod';

export const JOB_KINDS = ['recover', 'replay_missing', 'redrive'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

export const JOB_STATUSES = ['running', 'completed', 'cancelled', 'failed'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** The scope of a job. Null does not filter. */
export interface JobParams {
  endpointId: string | null;
  /** An exact event type. */
  eventType: string | null;
  /** In ms since the epoch: `from` inclusive; `to` exclusive and never after the job's start, so that a job ends. */
  range: { from: number | null; to: number };
}

/** Where a job continues: in which part of its walk, and after which position there. */
export interface JobCursor {
  part: number;
  after: string | null;
}

/** The exclusive right to work on a job, until the holder's invocation must have ended. */
export interface JobLease {
  /** Random per slice. */
  token: string;
  until: number;
}

/** A background job of an operator, in the ledger. Times in ms since the epoch. */
export interface Job {
  id: string;
  kind: JobKind;
  /** Null: all tenants. */
  tenant: string | null;
  params: JobParams;
  status: JobStatus;
  cursor: JobCursor;
  /** Deliveries found; each was sent or skipped. */
  found: number;
  sent: number;
  /** Not sent: the endpoint is disabled or gone, the payload is gone or expiring, or the filter is undecided. */
  skipped: number;
  /** Why it failed, in a sentence. */
  error: string | null;
  /** Consecutive slices that failed by an error on our side, without any progress. */
  faults: number;
  lease: JobLease | null;
  /** Slices started. A message for an earlier one is stale, so a job never has two chains of messages. */
  turn: number;
  createdAt: number;
  updatedAt: number;
  expiresAt: number;
  /** Increases with every write: writers compare and set. */
  revision: number;
}

/** The body of a message of the jobs queue: process the next slice of this job, if its turn is still this one. */
export const jobMessage = z.object({ v: z.literal(1), jobId: z.string(), turn: z.number().int().min(0) });
export type JobMessage = z.output<typeof jobMessage>;
