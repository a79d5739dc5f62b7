import * as z from 'zod';
import { ACTOR_KINDS } from '../../../core/audit/audit.ts';
import { isoTime } from '../../../core/clock.ts';
import { eventTypeName } from '../../../core/event-types/name.ts';
import { idPattern } from '../../../core/ids.ts';
import { JOB_KINDS, JOB_STATUSES, type Job } from '../../../core/jobs/job.ts';
import { givenTime } from '../../../core/time.ts';
import { count, pageOf, requestSchemas, responseSchemas, tenantQuery, time } from '../common-schemas.ts';

const dryRun = z.boolean().default(false).meta({ description: 'Only count: nothing is sent, and there is no job.' });

export const jobRangeBody = z
  .strictObject({
    since: givenTime.meta({ description: 'Inclusive; in the past.' }),
    until: givenTime.optional().meta({ description: 'Exclusive. Default and maximum: when the job starts.' }),
    dry_run: dryRun,
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
    dry_run: dryRun,
  })
  .register(requestSchemas, { id: 'RedriveInput' });

export const jobAnswer = z
  .object({
    id: z.string(),
    kind: z.enum(JOB_KINDS),
    status: z.enum(JOB_STATUSES),
    tenant: z.string().nullable().meta({ description: 'Null: all tenants.' }),
    endpoint_id: z.string().nullable().meta({ description: 'Null: all endpoints.' }),
    type: z.string().nullable().meta({ description: 'An exact event type; null: all.' }),
    from: time.nullable().meta({ description: 'Of its range, inclusive.' }),
    to: time.meta({ description: 'Exclusive.' }),
    created_by: z
      .object({ kind: z.enum(ACTOR_KINDS), id: z.string(), name: z.string() })
      .nullable()
      .meta({ description: 'Who started it; null if an earlier version did not note it.' }),
    expected: count.nullable().meta({
      description:
        'How many deliveries it will find, as counted when it began; null until then, and if counting took more than five seconds.',
    }),
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
export const dryRunAnswer = z
  .object({
    dry_run: z.literal(true),
    matched: count.meta({ description: 'Deliveries that would be sent.' }),
    skipped: count.meta({ description: 'Deliveries that would be found and not sent.' }),
    complete: z
      .boolean()
      .meta({ description: 'False if there was no time to look at all: both are at least so many.' }),
  })
  .register(responseSchemas, { id: 'DryRun' });
export const jobPage = pageOf(jobAnswer, 'JobPage');

/** A job in the API's format. */
export function jobOnWire(job: Job): z.output<typeof jobAnswer> {
  return {
    id: job.id,
    kind: job.kind,
    status: job.status,
    tenant: job.tenant,
    endpoint_id: job.params.endpointId,
    type: job.params.eventType,
    from: job.params.range.from === null ? null : isoTime(job.params.range.from),
    to: isoTime(job.params.range.to),
    created_by: job.createdBy,
    expected: job.expected,
    found: job.found,
    sent: job.sent,
    skipped: job.skipped,
    created_at: isoTime(job.createdAt),
    updated_at: isoTime(job.updatedAt),
    error: job.error,
  };
}
