import * as z from 'zod';
import { isoTime } from '../../../core/clock.ts';
import { eventTypeName } from '../../../core/event-types/name.ts';
import { idPattern } from '../../../core/ids.ts';
import { JOB_KINDS, JOB_STATUSES, type Job } from '../../../core/jobs/job.ts';
import { givenTime } from '../../../core/time.ts';
import { count, pageOf, requestSchemas, responseSchemas, tenantQuery, time } from '../common-schemas.ts';

export const jobRangeBody = z
  .strictObject({
    since: givenTime.meta({ description: 'Inclusive; in the past.' }),
    until: givenTime.optional().meta({ description: 'Exclusive. Default and maximum: when the job starts.' }),
  })
  .register(requestSchemas, { id: 'JobRange' });

export const redriveBody = z
  .strictObject({
    tenant: tenantQuery.tenant.meta({
      description:
        "Default: the tenant of `endpoint_id`, else the key's, else `default`. `*` is every tenant, for a key bound to none.",
    }),
    endpoint_id: z.string().regex(idPattern('ep'), 'Use an id that begins with ep_.').optional(),
    type: eventTypeName.optional().meta({ description: 'An exact event type.' }),
    from: givenTime.optional().meta({ description: 'The earliest time at which a delivery died, inclusive.' }),
    to: givenTime.optional().meta({ description: 'The latest, exclusive. Default: when the job starts.' }),
  })
  .register(requestSchemas, { id: 'RedriveInput' });

export const jobAnswer = z
  .object({
    id: z.string(),
    kind: z.enum(JOB_KINDS),
    status: z.enum(JOB_STATUSES),
    found: count.meta({ description: 'Deliveries found so far: each was sent or skipped.' }),
    sent: count,
    skipped: count.meta({
      description: 'Endpoint disabled or deleted, payload gone or expiring within hours, or filter undecided.',
    }),
    created_at: time,
    updated_at: time,
    error: z.string().nullable().meta({ description: 'Why it failed.' }),
  })
  .register(responseSchemas, { id: 'Job' });
export const jobPage = pageOf(jobAnswer, 'JobPage');

/** A job in the API's format. */
export function jobOnWire(job: Job): z.output<typeof jobAnswer> {
  return {
    id: job.id,
    kind: job.kind,
    status: job.status,
    found: job.found,
    sent: job.sent,
    skipped: job.skipped,
    created_at: isoTime(job.createdAt),
    updated_at: isoTime(job.updatedAt),
    error: job.error,
  };
}
