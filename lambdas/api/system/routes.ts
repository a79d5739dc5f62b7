import type * as z from 'zod';
import { isoTime } from '../../../core/clock.ts';
import { countDeaths } from '../../../core/dead-letters/recount.ts';
import { DAY_MS } from '../../../core/durations.ts';
import { EVENT_BYTES_MAX, EVENTS_MAX, REQUEST_BYTES_MAX } from '../../../core/events/input.ts';
import { HEARTBEAT_ENDPOINT_ID } from '../../../core/heartbeat/endpoint.ts';
import { Problem } from '../../../core/problem.ts';
import type { QueueDepth } from '../../../core/system/system.ts';
import { TASKS } from '../../../core/tasks/scheduled.ts';
import { VERSION } from '../../runtime/version.ts';
import type { ApiPorts } from '../ports.ts';
import { type Route, route } from '../route.ts';
import * as operations from './operations.ts';
import type { systemAnswer } from './schemas.ts';

/** The route that shows how the installation is. */
export function systemRoutes(ports: ApiPorts): Route[] {
  const { stage, depths, ticks, deaths, clock, retentionMs, deadLetterRetentionMs } = ports;

  return [
    route(operations.getSystem, async ({ key }) => {
      if (key.tenant !== null) {
        throw new Problem('forbidden', 'This concerns all tenants: use a key that is bound to none.');
      }
      const [work, deadLetters, lastTicks, { oldestHour }, heartbeat] = await Promise.all([
        depths.work(),
        depths.deadLetters(),
        ticks.last(),
        countDeaths({ deaths, clock, deadLetterRetentionMs }),
        stage.heartbeat ? newestHeartbeat(ports) : null,
      ]);
      const isEmpty = deadLetters.deliveries.waiting + deadLetters.deliveries.inFlight === 0;
      const value: z.output<typeof systemAnswer> = {
        stage: stage.name,
        version: VERSION,
        time: isoTime(clock()),
        queues: named(work),
        dead_letter_queues: named(deadLetters),
        oldest_dead_letter_at: isEmpty || oldestHour === undefined ? null : isoTime(oldestHour),
        ticks: TASKS.map((task) => {
          const at = lastTicks.get(task);
          return { task, at: at === undefined ? null : isoTime(at) };
        }),
        heartbeat,
        limits: {
          requests_per_second: stage.requestsPerSecond,
          burst: stage.burst,
          event_bytes: EVENT_BYTES_MAX,
          events_per_request: EVENTS_MAX,
          request_bytes: REQUEST_BYTES_MAX,
          retention_days: retentionMs / DAY_MS,
          dead_letter_retention_days: deadLetterRetentionMs / DAY_MS,
        },
      };
      return { value };
    }),
  ];
}

/** The newest heartbeat of which an attempt is recorded. */
async function newestHeartbeat({ deliveries }: Pick<ApiPorts, 'deliveries'>) {
  const { found } = await deliveries.ofEndpoint(HEARTBEAT_ENDPOINT_ID, { from: null, to: null }, null, 1);
  const newest = found[0]?.item;
  if (newest === undefined) return null;
  const { acceptedAt, deliveredAt } = newest;
  return { at: isoTime(acceptedAt), delivered_at: deliveredAt === null ? null : isoTime(deliveredAt) };
}

function named<Name extends string>(depths: Readonly<Record<Name, QueueDepth>>) {
  return (Object.entries<QueueDepth>(depths) as [Name, QueueDepth][]).map(([name, { waiting, inFlight, delayed }]) => ({
    name,
    waiting,
    in_flight: inFlight,
    delayed,
  }));
}
