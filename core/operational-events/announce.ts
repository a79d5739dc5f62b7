import { type DeliveryLedger, updateRecord } from '../deliveries/ledger.ts';
import type { DeliveryNews, DeliveryRecord } from '../deliveries/record.ts';
import type { EndedDeliveries } from '../deliveries/work-lists.ts';
import { type EndpointNews, type HealthStore, updateHealth } from '../endpoints/health.ts';
import type { MarkedEndpoint, MarkedEndpoints } from '../endpoints/store.ts';
import type { Acceptance } from '../events/accept.ts';
import { inParallel } from '../parallel.ts';
import { type AcceptPorts, storeOperational, tell } from './accept.ts';
import { deliveryEvent, endpointEvent, type OperationalEvent } from './operational-event.ts';

export interface AnnouncePorts extends AcceptPorts {
  marked: MarkedEndpoints;
  health: HealthStore;
  ended: Pick<EndedDeliveries, 'news'>;
  ledger: Pick<DeliveryLedger, 'load' | 'find' | 'put'>;
  /** Told of news that is not announced: the endpoint is gone, or what was begun never came true. */
  dropped: (endpointId: string, news: EndpointNews) => void;
  shards: number;
  /** Milliseconds until the invocation is ended. */
  remainingMs: () => number;
}

/** News of deliveries of one run. */
const ANNOUNCED_MAX = 2_000;
const PAGE = 50;
const AT_ONCE = 10;
const MINUTE_MS = 60_000;
/** News of a disabled endpoint is written before it is disabled; later than this, nobody is about to. */
const DISABLED_WITHIN_MS = 600_000;
const RESERVE_MS = 10_000;

/** News, and how it is taken from where it waits. */
interface Item {
  event: OperationalEvent;
  forget: () => Promise<unknown>;
}

interface Run {
  announced: number;
  faults: unknown[];
}

/**
 * Announces what happened to endpoints and deliveries as events of their tenants. Stored and on the bus first, forgotten
 * second: a crash in between announces again, as the same event. So everything is told at least once.
 * @returns how many pieces of news were announced.
 * @throws AggregateError when some were not; the others were announced all the same.
 */
export async function announceNews(ports: AnnouncePorts): Promise<number> {
  const run: Run = { announced: 0, faults: [] };
  await attempt(run, () => announceEndpoints(run, ports));
  // Another shard is the first each minute: none is always last where time runs out.
  const first = Math.floor(ports.clock() / MINUTE_MS);
  for (let at = 0; at < ports.shards; at++) {
    await attempt(run, () => announceDeliveries((first + at) % ports.shards, run, ports));
  }
  if (run.faults.length > 0) {
    throw new AggregateError(run.faults, `Some news was not announced (${run.faults.length} faults); it is kept.`);
  }
  return run.announced;
}

async function announceEndpoints(run: Run, ports: AnnouncePorts): Promise<void> {
  const items: Item[] = [];
  for (const marked of await ports.marked.list()) {
    for (const news of marked.health.news) {
      const item = await attempt(run, () => itemOfEndpoint(marked, news, ports));
      if (item !== undefined) items.push(item);
    }
  }
  for (let at = 0; at < items.length; at += PAGE) await announceAll(items.slice(at, at + PAGE), run, ports);
}

async function itemOfEndpoint(
  { health, endpoint }: MarkedEndpoint,
  news: EndpointNews,
  ports: AnnouncePorts,
): Promise<Item | undefined> {
  const isThis = ({ type, at }: EndpointNews) => type === news.type && at === news.at;
  const forget = () =>
    updateHealth(ports.health, health.endpointId, health, (current) =>
      current.news.some(isThis) ? { ...current, news: current.news.filter((one) => !isThis(one)) } : current,
    );
  if (endpoint !== undefined) {
    // Disabled by hand is not for us to tell: its owner knows.
    const isTrue = news.type !== 'disabled' || (endpoint.state === 'disabled' && endpoint.disabledReason !== 'manual');
    if (isTrue) return { event: endpointEvent(endpoint, health, news), forget };
    if (ports.clock() - news.at <= DISABLED_WITHIN_MS) return undefined;
  }
  await forget();
  ports.dropped(health.endpointId, news);
  return undefined;
}

async function announceDeliveries(shard: number, run: Run, ports: AnnouncePorts): Promise<void> {
  let left = Math.ceil(ANNOUNCED_MAX / ports.shards);
  let after: string | null = null;
  while (left > 0 && ports.remainingMs() > RESERVE_MS) {
    const page: Awaited<ReturnType<EndedDeliveries['news']>> = await ports.ended.news(shard, after, PAGE);
    if (page.keys.length > 0) {
      // The index is eventually consistent: the records say what is still news.
      const { records } = await ports.ledger.load(page.keys, []);
      const items = [...records.values()].flatMap((record) =>
        record.news.map((news) => itemOfDelivery(record, news, ports)),
      );
      await announceAll(items, run, ports);
    }
    left -= page.keys.length;
    after = page.next;
    if (after === null) return;
  }
}

function itemOfDelivery(record: DeliveryRecord, news: DeliveryNews, ports: AnnouncePorts): Item {
  const isThis = ({ kind, cycle, at }: DeliveryNews) => kind === news.kind && cycle === news.cycle && at === news.at;
  // Nothing has happened to the delivery: the time of its last change stays.
  const forget = () =>
    updateRecord(ports.ledger, record, record, (current) =>
      current?.news.some(isThis) ? { ...current, news: current.news.filter((one) => !isThis(one)) } : undefined,
    );
  return { event: deliveryEvent(record, news), forget };
}

/** Stores each on its own, puts all on the bus together, and then forgets the news. */
async function announceAll(items: Item[], run: Run, ports: AnnouncePorts): Promise<void> {
  if (ports.remainingMs() <= RESERVE_MS) return;
  const stored: { accepted: Acceptance; forget: Item['forget'] }[] = [];
  await inParallel(items, AT_ONCE, async ({ event, forget }) => {
    const accepted = await attempt(run, () => storeOperational(event, ports));
    if (accepted !== undefined) stored.push({ accepted, forget });
  });
  if (stored.length === 0) return;
  const isTold = await attempt(run, async () => {
    await tell(
      stored.map(({ accepted }) => accepted),
      ports,
    );
    return true;
  });
  if (!isTold) return;
  run.announced += stored.length;
  await inParallel(stored, AT_ONCE, async ({ forget }) => {
    await attempt(run, forget);
  });
}

/** Lets a failure of one thing stop none of the others; it is told at the end. */
async function attempt<Result>(run: Run, act: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await act();
  } catch (fault) {
    run.faults.push(fault);
    return undefined;
  }
}
