import { type DeliveryLedger, loadReadable, updateRecord } from '../deliveries/ledger.ts';
import type { DeliveryNotice, DeliveryRecord } from '../deliveries/record.ts';
import type { EndedDeliveries } from '../deliveries/work-lists.ts';
import { MINUTE_MS } from '../durations.ts';
import { type EndpointNotice, type HealthStore, updateHealth } from '../endpoints/health.ts';
import type { MarkedEndpoint, MarkedEndpoints } from '../endpoints/store.ts';
import type { Acceptance } from '../events/accept.ts';
import { Faults } from '../faults.ts';
import { inParallel } from '../parallel.ts';
import { deliveryEvent, endpointEvent, type OperationalEvent } from './operational-event.ts';
import { type PublishPorts, publishOperationalEvents, storeOperationalEvent } from './publish.ts';

export interface OutboxPorts extends PublishPorts {
  marked: MarkedEndpoints;
  health: HealthStore;
  ended: Pick<EndedDeliveries, 'withNotices'>;
  ledger: Pick<DeliveryLedger, 'load' | 'find' | 'put' | 'countDeaths'>;
  /** Called for a notice that is not published: the endpoint is gone, or the change never took effect. */
  dropped: (endpointId: string, notice: EndpointNotice) => void;
  shards: number;
  /** Milliseconds until the invocation times out. */
  remainingMs: () => number;
}

/** Maximum deliveries per run whose notices are published. */
const DELIVERIES_MAX = 2_000;
const PAGE = 50;
const AT_ONCE = 10;
/** The notice of a disabled endpoint is written before it is disabled, which must happen within this time. */
const DISABLED_WITHIN_MS = 10 * MINUTE_MS;
const RESERVE_MS = 10_000;

/** An event to publish, and how to remove its notice from the outbox. */
interface Item {
  event: OperationalEvent;
  forget: () => Promise<unknown>;
}

interface Run {
  published: number;
  faults: Faults;
}

/**
 * Publishes the notices of endpoints and deliveries as operational events of their tenants. Stored and on the bus
 * first, removed from the outbox second: a crash in between publishes the same event again. So delivery is at least
 * once.
 * @returns how many notices were published.
 * @throws AggregateError when some were not; the others still were.
 */
export async function publishOutbox(ports: OutboxPorts): Promise<number> {
  const run: Run = { published: 0, faults: new Faults() };
  await run.faults.attempt(() => publishOfEndpoints(run, ports));
  // Each run starts with another shard, so that none is always last when time runs out.
  const first = Math.floor(ports.clock() / MINUTE_MS);
  for (let at = 0; at < ports.shards; at++) {
    await run.faults.attempt(() => publishOfDeliveries((first + at) % ports.shards, run, ports));
  }
  run.faults.throwAny((count) => `Some notices were not published (${count} faults); they stay in the outbox.`);
  return run.published;
}

async function publishOfEndpoints(run: Run, ports: OutboxPorts): Promise<void> {
  const items: Item[] = [];
  for (const marked of await ports.marked.list(run.faults)) {
    for (const notice of marked.health.outbox) {
      const item = await run.faults.attempt(() => itemOfEndpoint(marked, notice, ports));
      if (item !== undefined) items.push(item);
    }
  }
  for (let at = 0; at < items.length; at += PAGE) await publishAll(items.slice(at, at + PAGE), run, ports);
}

async function itemOfEndpoint(
  { health, endpoint }: MarkedEndpoint,
  notice: EndpointNotice,
  ports: OutboxPorts,
): Promise<Item | undefined> {
  const isThis = ({ type, at }: EndpointNotice) => type === notice.type && at === notice.at;
  const forget = () =>
    updateHealth(ports.health, health.endpointId, health, (current) =>
      current.outbox.some(isThis) ? { ...current, outbox: current.outbox.filter((one) => !isThis(one)) } : current,
    );
  if (endpoint !== undefined) {
    // Disabling by a user is not published: they know.
    const isTrue =
      notice.type !== 'disabled' || (endpoint.state === 'disabled' && endpoint.disabledReason !== 'manual');
    if (isTrue) return { event: endpointEvent(endpoint, health, notice), forget };
    if (ports.clock() - notice.at <= DISABLED_WITHIN_MS) return undefined;
  }
  await forget();
  ports.dropped(health.endpointId, notice);
  return undefined;
}

async function publishOfDeliveries(shard: number, run: Run, ports: OutboxPorts): Promise<void> {
  let left = Math.ceil(DELIVERIES_MAX / ports.shards);
  let after: string | null = null;
  while (left > 0 && ports.remainingMs() > RESERVE_MS) {
    const page: Awaited<ReturnType<EndedDeliveries['withNotices']>> = await ports.ended.withNotices(shard, after, PAGE);
    // The index is eventually consistent: the records hold the current outbox.
    const records = await loadReadable(ports.ledger, page.keys, run.faults);
    const items = records.flatMap((record) => record.outbox.map((notice) => itemOfDelivery(record, notice, ports)));
    await publishAll(items, run, ports);
    left -= page.keys.length;
    after = page.next;
    if (after === null) return;
  }
}

function itemOfDelivery(record: DeliveryRecord, notice: DeliveryNotice, ports: OutboxPorts): Item {
  const isThis = ({ kind, cycle, at }: DeliveryNotice) =>
    kind === notice.kind && cycle === notice.cycle && at === notice.at;
  // The delivery itself has not changed: keep its `updatedAt`.
  const forget = () =>
    updateRecord(ports.ledger, record, record, (current) =>
      current?.outbox.some(isThis) ? { ...current, outbox: current.outbox.filter((one) => !isThis(one)) } : undefined,
    );
  return { event: deliveryEvent(record, notice), forget };
}

/** Stores each event, puts all on the bus together, and then removes the notices. */
async function publishAll(items: Item[], run: Run, ports: OutboxPorts): Promise<void> {
  if (ports.remainingMs() <= RESERVE_MS) return;
  const stored: { accepted: Acceptance; forget: Item['forget'] }[] = [];
  await inParallel(items, AT_ONCE, async ({ event, forget }) => {
    const accepted = await run.faults.attempt(() => storeOperationalEvent(event, ports));
    if (accepted !== undefined) stored.push({ accepted, forget });
  });
  if (stored.length === 0) return;
  const isPublished = await run.faults.attempt(async () => {
    await publishOperationalEvents(
      stored.map(({ accepted }) => accepted),
      ports,
    );
    return true;
  });
  if (!isPublished) return;
  run.published += stored.length;
  await inParallel(stored, AT_ONCE, async ({ forget }) => {
    await run.faults.attempt(forget);
  });
}
