import { MINUTE_MS } from '../durations.ts';
import { type EndpointNotice, updateHealth } from '../endpoints/health.ts';
import { type ListedEndpoint, listMarked } from '../endpoints/list-marked.ts';
import { inParallel } from '../parallel.ts';
import type { Place } from '../tasks/continuation.ts';
import { rotated } from '../tasks/task-run.ts';
import { endpointEvent, type OperationalEvent } from './operational-event.ts';
import { AT_ONCE, EVENTS_TOGETHER, type OutboxWork, putOut, type StoredEvent } from './outbox.ts';
import { storeOperationalEvent } from './publish.ts';

/** The notice of a disabled endpoint is written before it is disabled, which must happen within this time. */
const DISABLED_WITHIN_MS = 10 * MINUTE_MS;

interface Pending {
  listed: ListedEndpoint;
  notice: EndpointNotice;
}

/** Publishes the notices of endpoints. */
export async function publishOfEndpoints(places: readonly Place[], work: OutboxWork): Promise<void> {
  const { run, faults } = work;
  const listed = await listMarked(places, run, work.marked, faults);
  const pending = rotated(listed, run.tick).flatMap((one) =>
    one.health.outbox.map((notice): Pending => ({ listed: one, notice })),
  );
  for (let at = 0; at < pending.length; at += EVENTS_TOGETHER) {
    const some = pending.slice(at, at + EVENTS_TOGETHER);
    if (run.hasTime()) await publishSome(some, work);
    // What is published by then has left its outbox.
    else for (const { listed: one } of some) run.leave({ part: one.part, after: null });
  }
}

async function publishSome(pending: readonly Pending[], work: OutboxWork): Promise<void> {
  const stored: (StoredEvent & Pending)[] = [];
  await inParallel(pending, AT_ONCE, async (one) => {
    await work.faults.attempt(async () => {
      const event = await eventOf(one, work);
      if (event !== undefined) stored.push({ ...one, accepted: await storeOperationalEvent(event, work), notices: 1 });
    });
  });
  if (!(await putOut(stored, work))) return;
  await inParallel(stored, AT_ONCE, async (one) => {
    await work.faults.attempt(() => forget(one, work));
  });
}

/** @returns undefined if there is nothing to publish: not yet, or never, and then the notice is dropped. */
async function eventOf({ listed, notice }: Pending, work: OutboxWork): Promise<OperationalEvent | undefined> {
  const { health, endpoint } = listed;
  if (endpoint !== undefined) {
    // Disabling by a user is not published: they know.
    const isTrue =
      notice.type !== 'disabled' || (endpoint.state === 'disabled' && endpoint.disabledReason !== 'manual');
    if (isTrue) return endpointEvent(endpoint, health, notice);
    if (work.clock() - notice.at <= DISABLED_WITHIN_MS) return undefined;
  }
  await forget({ listed, notice }, work);
  work.dropped(health.endpointId, notice);
  return undefined;
}

async function forget({ listed: { health }, notice }: Pending, work: OutboxWork): Promise<void> {
  const isThis = ({ type, at }: EndpointNotice) => type === notice.type && at === notice.at;
  await updateHealth(work.health, health.endpointId, health, (current) =>
    current.outbox.some(isThis) ? { ...current, outbox: current.outbox.filter((one) => !isThis(one)) } : current,
  );
}
