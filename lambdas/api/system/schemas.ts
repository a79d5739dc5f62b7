import * as z from 'zod';
import { DEAD_LETTER_QUEUES, WORK_QUEUES } from '../../../core/system/system.ts';
import { count, responseSchemas, time } from '../common-schemas.ts';

const depth = { waiting: count, in_flight: count, delayed: count };

export const systemAnswer = z
  .object({
    stage: z.string(),
    version: z.string(),
    time: time.meta({ description: 'Now, by the clock of the API.' }),
    queues: z
      .array(z.object({ name: z.enum(WORK_QUEUES), ...depth }))
      .meta({ description: 'Approximate numbers of messages, as SQS gives them.' }),
    dead_letter_queues: z.array(
      z.object({
        name: z.enum(DEAD_LETTER_QUEUES).meta({ description: '`deliveries` is that of all three delivery queues.' }),
        ...depth,
      }),
    ),
    oldest_dead_letter_at: time.nullable().meta({
      description: 'The hour in which the oldest delivery with a dead letter died; null if there is none.',
    }),
    ticks: z
      .array(z.object({ task: z.string(), at: time.nullable() }))
      .meta({ description: 'The last run of each scheduled task that ended well; noted every third minute.' }),
    heartbeat: z
      .object({ at: time, delivered_at: time.nullable() })
      .nullable()
      .meta({ description: 'The newest of them that was attempted; null if there is none, or the stage sends none.' }),
    limits: z.object({
      requests_per_second: count,
      burst: count,
      event_bytes: count,
      events_per_request: count,
      request_bytes: count,
      retention_days: count,
      dead_letter_retention_days: count,
    }),
  })
  .register(responseSchemas, { id: 'System' });
