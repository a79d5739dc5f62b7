import type { DeliveryLedger } from '../deliveries/ledger.ts';
import type { EndedDeliveries } from '../deliveries/work-lists.ts';
import type { EndpointNotice, HealthStore } from '../endpoints/health.ts';
import type { MarkedEndpoints } from '../endpoints/store.ts';
import type { Acceptance } from '../events/accept.ts';
import type { Faults } from '../faults.ts';
import type { TaskRun } from '../tasks/task-run.ts';
import { type PublishPorts, publishOperationalEvents } from './publish.ts';

export interface OutboxPorts extends PublishPorts {
  marked: MarkedEndpoints;
  health: HealthStore;
  ended: Pick<EndedDeliveries, 'withNotices'>;
  ledger: Pick<DeliveryLedger, 'load' | 'find' | 'put' | 'countDeaths'>;
  /** Called for a notice that is not published: the endpoint is gone, or the change never took effect. */
  dropped: (endpointId: string, notice: EndpointNotice) => void;
  shards: number;
}

/** The work of one run. */
export interface OutboxWork extends OutboxPorts {
  run: TaskRun;
  faults: Faults;
  /** How many notices were published. */
  published: number;
}

/** A stored event, and how many notices it covers. */
export interface StoredEvent {
  accepted: Acceptance;
  notices: number;
}

/** Events that are put on the bus together. */
export const EVENTS_TOGETHER = 50;
export const AT_ONCE = 10;

/** Puts stored events on the bus. @returns whether all were taken: only then may their notices be removed. */
export async function putOut(events: readonly StoredEvent[], work: OutboxWork): Promise<boolean> {
  if (events.length === 0) return true;
  const isPublished = await work.faults.attempt(async () => {
    await publishOperationalEvents(
      events.map(({ accepted }) => accepted),
      work,
    );
    return true;
  });
  if (!isPublished) return false;
  work.published += events.reduce((sum, { notices }) => sum + notices, 0);
  return true;
}
