import { unfinishedEvents } from '../world/fan-outs.ts';
import type { World } from '../world/world.ts';

/** No attempt is made in this time before an event expires. */
const EXPIRY_MARGIN_MS = 3 * 3_600_000;

/** When nothing is in progress: every owed delivery has a final status, and dead letters and records agree. */
export function checkEnding(world: World, isSettled: boolean): void {
  const { checks, ledger } = world;
  const { judge, contents, facts, conservation, truth } = checks;
  judge.check('liveness', '', isSettled, () => `days after healing, ${describe(world)}`);
  for (const record of ledger.records.values()) {
    const key = `${record.eventId}/${record.endpointId}`;
    const isOver = record.status === 'delivered' || record.status === 'dead' || record.status === 'discarded';
    judge.check('liveness', key, isOver, () => `ends as ${record.status}, waiting for ${record.waitingFor}`);
    if (!conservation.hasDeadLetter(record)) continue;
    // A redriven one that came back under another id is named within the hour.
    const hasDeadLetter = [...contents.of(key)].some(
      ({ messageId, copy }) => messageId === record.deadLetter?.messageId || copy === record.deadLetter?.copy,
    );
    judge.check(
      'dead letters',
      key,
      hasDeadLetter,
      () => `dead, but its dead letter ${record.deadLetter?.messageId} is gone`,
    );
  }
  for (const { id } of unfinishedEvents(world)) judge.check('liveness', id, false, () => 'never fanned out');
  checks.operationalEvents.checkAllPublished();
  checks.audit.checkAllSettled();
  for (const event of facts.events.values()) {
    for (const endpointId of truth.ids()) {
      const key = `${event.id}/${endpointId}`;
      if (!conservation.isOwed(event.id, endpointId)) continue;
      const isThere = ledger.records.has(key) || [...contents.of(key)].length > 0;
      judge.check('liveness', key, isThere, () => 'owed, but never attempted');
    }
  }
}

/** After a redrive of everything dead: every delivery that can still be delivered is. */
export function checkRecovered(world: World, isSettled: boolean): void {
  const { checks, ledger, registry, scheduler } = world;
  const { judge, contents, conservation } = checks;
  judge.check('liveness', '', isSettled, () => `days after the last redrive, ${describe(world)}`);
  for (const record of ledger.records.values()) {
    const key = `${record.eventId}/${record.endpointId}`;
    const endpoint = registry.endpoints.get(record.endpointId);
    const isOver = record.status === 'delivered' || record.status === 'discarded';
    const cannot =
      endpoint === undefined || endpoint.state === 'disabled' || record.expiresAt - EXPIRY_MARGIN_MS < scheduler.now;
    judge.check(
      'liveness',
      key,
      isOver || (record.status === 'dead' && (cannot || !conservation.hasDeadLetter(record))),
      () => `${record.status} after the last redrive`,
    );
  }
  const dead = [...ledger.records.values()].filter((record) => conservation.hasDeadLetter(record)).length;
  judge.check(
    'dead letters',
    '',
    contents.count('dead') === dead,
    () => `${contents.count('dead')} dead letters for ${dead} dead deliveries`,
  );
}

function describe({ checks, ledger, registry, running }: World): string {
  const queues = Object.fromEntries(checks.contents.counts);
  const waiting = [...ledger.records.values()].filter(({ status }) => status === 'waiting');
  const marks = [...registry.health.values()].filter(({ holding }) => holding !== null);
  const some = waiting
    .slice(0, 3)
    .map(({ eventId, endpointId, waitingFor }) => `${eventId}/${endpointId} for ${waitingFor}`);
  return `${running} invocations are running, queues hold ${JSON.stringify(queues)}, ${waiting.length} deliveries wait (${some.join(', ')}), ${marks.length} endpoints are marked`;
}
