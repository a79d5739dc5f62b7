import { Faults } from '../faults.ts';
import { rotated, type TaskRun } from '../tasks/task-run.ts';
import type { OutboxPorts, OutboxWork } from './outbox.ts';
import { publishOfDeliveries } from './publish-of-deliveries.ts';
import { publishOfEndpoints } from './publish-of-endpoints.ts';

/**
 * Publishes the notices of endpoints and deliveries as operational events of their tenants. Stored and on the bus
 * first, removed from the outbox second: a crash in between publishes the same event again. So delivery is at least
 * once.
 * @returns how many notices were published.
 * @throws AggregateError when some were not; the others still were.
 */
export async function publishOutbox(run: TaskRun, ports: OutboxPorts): Promise<number> {
  const work: OutboxWork = { ...ports, run, faults: new Faults(), published: 0 };
  // The parts are the shards of the marked endpoints and, as the last one, all deliveries.
  const deliveries = ports.marked.shards;
  const places = run.places(deliveries + 1);
  const ofEndpoints = places.filter(({ part }) => part !== deliveries);
  const inTurn = rotated(
    [
      () => publishOfEndpoints(ofEndpoints, work),
      ...places.filter(({ part }) => part === deliveries).map((place) => () => publishOfDeliveries(place, work)),
    ],
    run.tick,
  );
  for (const publish of inTurn) await work.faults.attempt(publish);
  work.faults.throwAny((count) => `Some notices were not published (${count} faults); they stay in the outbox.`);
  return work.published;
}
