import * as z from 'zod';
import { noBody, noQuery, pageQuery, tenantQuery } from '../common-schemas.ts';
import { operation, type Refusal } from '../operation.ts';
import { jobExample, jobRangeExample } from './examples.ts';
import { dryRunAnswer, jobAnswer, jobPage, jobRangeBody, redriveBody } from './schemas.ts';

const tag = 'Jobs';
const plain = { tag, role: 'admin', query: noQuery, body: noBody, bodyIs: 'none' } as const;
const ofEndpoint = {
  ...plain,
  method: 'post',
  id: 'ep',
  body: jobRangeBody,
  bodyIs: 'required',
  bodyExample: jobRangeExample,
} as const;
const started = { status: 202, description: 'The running job.', schema: jobAnswer, example: jobExample } as const;
const dryRun = {
  status: 200,
  description: 'With `dry_run`: what the job would do.',
  schema: dryRunAnswer,
  example: { dry_run: true, matched: 118, skipped: 2, complete: true },
} as const;
const disabled: Refusal = {
  kind: 'conflict',
  detail: 'The endpoint is disabled: set its state to active first.',
};

export const recoverEndpoint = operation({
  ...ofEndpoint,
  name: 'recoverEndpoint',
  path: '/v1/endpoints/{id}/recover',
  summary: "Replay an endpoint's dead and discarded deliveries",
  description:
    'Each delivery that ended within the range starts a new cycle, unless it was acknowledged or replayed since. The endpoint must not be disabled.',
  success: started,
  dryRun,
  refusals: [disabled],
});

export const replayMissing = operation({
  ...ofEndpoint,
  name: 'replayMissing',
  path: '/v1/endpoints/{id}/replay-missing',
  summary: 'Send an endpoint the events that it never received',
  description:
    'Events accepted within the range that match its current event types and filter and have no delivery to it: from before it was created or subscribed, or while it was disabled. An event that went to more than 100 endpoints is sent after a minute. The endpoint must not be disabled.',
  success: started,
  dryRun,
  refusals: [disabled],
});

export const createRedrive = operation({
  ...plain,
  name: 'createRedrive',
  method: 'post',
  path: '/v1/redrives',
  summary: 'Replay dead deliveries in bulk',
  description:
    'Each starts a new cycle, at up to 100 per second; its message in the dead-letter queue is ignored from then on. Omitted fields do not filter.',
  body: redriveBody,
  bodyIs: 'optional',
  bodyExample: { tenant: 'acme', type: 'order.created', from: jobRangeExample.since },
  success: started,
  dryRun,
  refusals: [disabled],
});

export const listJobs = operation({
  ...plain,
  name: 'listJobs',
  method: 'get',
  path: '/v1/jobs',
  summary: 'List jobs, newest first',
  description: 'Jobs for all tenants are listed only with `tenant=*`.',
  query: z.strictObject({ ...tenantQuery, ...pageQuery }),
  success: {
    status: 200,
    description: 'A page of jobs.',
    schema: jobPage,
    example: { data: [jobExample], next: null },
  },
});

export const getJob = operation({
  ...plain,
  name: 'getJob',
  method: 'get',
  path: '/v1/jobs/{id}',
  id: 'job',
  summary: 'Read a job: its progress and counts',
  description:
    'Jobs are kept as long as events. After a crash on our side, the counts may omit one page of up to 100 deliveries.',
  success: { status: 200, description: 'The job.', schema: jobAnswer, example: { ...jobExample, status: 'completed' } },
});

export const cancelJob = operation({
  ...plain,
  name: 'cancelJob',
  method: 'post',
  path: '/v1/jobs/{id}/cancel',
  id: 'job',
  summary: 'Cancel a running job',
  description:
    'Deliveries already sent stay sent, and up to 100 more may follow. Cancelling twice has no effect; a completed or failed job returns 409.',
  success: {
    status: 200,
    description: 'The cancelled job.',
    schema: jobAnswer,
    example: { ...jobExample, status: 'cancelled' },
  },
  refusals: [{ kind: 'conflict', detail: 'The job has already completed: it cannot be cancelled.' }],
});
