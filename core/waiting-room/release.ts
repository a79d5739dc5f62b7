import { ENDPOINT_CACHE_MS } from '../deliveries/endpoint-cache.ts';
import { EXPIRY_MARGIN_MS } from '../deliveries/outcome.ts';
import type { DeliveryRecord } from '../deliveries/record.ts';
import { MINUTE_MS } from '../durations.ts';
import { checkCircuit } from '../endpoints/circuit-breaker.ts';
import { type EndpointHealth, type HealthStore, updateHealth } from '../endpoints/health.ts';
import type { MarkedEndpoint, MarkedEndpoints } from '../endpoints/store.ts';
import { Faults } from '../faults.ts';
import { shardOf } from '../ids.ts';
import { inParallel } from '../parallel.ts';
import { dispatch, readPage, type SweepPorts } from './sweep.ts';

export interface ReleasePorts extends SweepPorts {
  marked: MarkedEndpoints;
  health: HealthStore & { remove(health: EndpointHealth): Promise<void> };
  /** How many held deliveries are released per endpoint and second. */
  releasePerSecond: number;
  /** How long an invocation may still use what it read: the deliver function's timeout. */
  functionTimeoutMs: number;
  /** Retention of an event, in ms. */
  retentionMs: number;
}

interface Run extends ReleasePorts {
  faults: Faults;
}

const MINUTE_SECONDS = 60;
const PAGE = 100;
const AT_ONCE = 8;
/** The probe is chosen from this many oldest deliveries of each shard. */
const PROBE_CANDIDATES = 10;
/** A probe due within this time is sent now, with a delay: its result is known before the next scheduled run. */
const PROBE_AHEAD_MS = 50_000;
/** A probe without a POST by then counts as lost: its message may wait for a visibility timeout. */
const PROBE_LOST_MS = 5 * MINUTE_MS;

/**
 * Releases held deliveries of every endpoint that is neither paused nor has an open circuit, at a bounded rate; for an
 * open circuit that is due, one delivery as its probe. Release is by state, not by event: the mark stays until no
 * invocation with an old copy of the endpoint can have held another delivery, so that nothing is held forever.
 * @returns how many were released.
 * @throws AggregateError when those of some endpoints were not; the others still were.
 */
export async function releaseHeld(ports: ReleasePorts): Promise<number> {
  let released = 0;
  const faults = new Faults();
  await inParallel(await ports.marked.list(faults), AT_ONCE, async (marked) => {
    // Added only once it is known: others add meanwhile.
    const count = await faults.attempt(() => releaseFor(marked, { ...ports, faults }));
    released += count ?? 0;
  });
  // The next run retries these.
  faults.throwAny((count) => `Held deliveries of ${count} endpoints were not released.`);
  return released;
}

async function releaseFor({ health, endpoint }: MarkedEndpoint, ports: Run): Promise<number> {
  if (health.holding === null) return 0;
  const now = ports.clock();
  if (endpoint?.state === 'paused') return releaseExpiring(health, ports);
  // A disabled or deleted endpoint's deliveries are released too: the deliver function discards them with the reason.
  if (endpoint?.state === 'active' && health.circuit !== null) {
    const isDue = checkCircuit(health, null, now + PROBE_AHEAD_MS) === 'probe';
    return (isDue ? await releaseProbe(health, ports) : 0) + (await releaseExpiring(health, ports));
  }
  const count = await releaseAll(health, Number.POSITIVE_INFINITY, ports);
  await updateMark(health, count, endpoint === undefined, ports);
  return count;
}

/**
 * Sends one held delivery as the probe: the oldest of those with the fewest attempts, so that a delivery that always
 * fails is not the probe again and again. A new event may become the probe first.
 */
async function releaseProbe(health: EndpointHealth, ports: Run): Promise<number> {
  const { circuit } = health;
  if (circuit === null) return 0;
  // One per interval is enough, unless it was lost.
  const isReleased = circuit.releasedFor === circuit.openUntil;
  if (isReleased && ports.clock() < circuit.openUntil + PROBE_LOST_MS) return 0;
  const shards = Array.from({ length: ports.shards }, (_, shard) => shard);
  const heads = await Promise.all(
    shards.map((shard) => heldIn(health.endpointId, shard, PROBE_CANDIDATES, Infinity, ports)),
  );
  const [probe] = heads
    .flatMap(({ records }) => records)
    .sort((one, other) => one.attemptCount - other.attemptCount || one.acceptedAt - other.acceptedAt);
  if (probe === undefined) return 0;
  const dueMs = Math.max(0, circuit.openUntil - ports.clock());
  await dispatch([{ record: probe, delaySeconds: Math.ceil(dueMs / 1000), lane: health.lane }], ports);
  await updateHealth(ports.health, health.endpointId, health, (current) =>
    current.circuit?.openUntil === circuit.openUntil
      ? { ...current, circuit: { ...current.circuit, releasedFor: circuit.openUntil } }
      : current,
  );
  return 1;
}

/**
 * Releases deliveries shortly before their events expire, even while the endpoint is paused or its circuit open: they
 * then end as dead instead of vanishing. Runs once an hour per endpoint, at a minute derived from its id.
 */
async function releaseExpiring(health: EndpointHealth, ports: Run): Promise<number> {
  const now = ports.clock();
  if (Math.floor(now / MINUTE_MS) % 60 !== shardOf(health.endpointId, 60)) return 0;
  return releaseAll(health, now - ports.retentionMs + EXPIRY_MARGIN_MS, ports);
}

async function releaseAll(health: EndpointHealth, beforeMs: number, ports: Run): Promise<number> {
  const budget = ports.releasePerSecond * MINUTE_SECONDS;
  let count = 0;
  for (let shard = 0; shard < ports.shards; shard++) {
    while (count < budget) {
      const { records, more } = await heldIn(health.endpointId, shard, Math.min(PAGE, budget - count), beforeMs, ports);
      await dispatch(
        records.map((record, index) => ({
          record,
          delaySeconds: Math.floor((count + index) / ports.releasePerSecond),
          lane: health.lane,
        })),
        ports,
      );
      count += records.length;
      // Entries that the index still shows after they were cleared are skipped by the next run.
      if (records.length === 0 || !more) break;
    }
  }
  return count;
}

async function heldIn(
  endpointId: string,
  shard: number,
  limit: number,
  beforeMs: number,
  ports: Run,
): Promise<{ records: DeliveryRecord[]; more: boolean }> {
  const page = await ports.room.held(endpointId, shard, limit, beforeMs);
  const records = await readPage(page, ports.ledger, ports.faults);
  const held = records.filter(({ waitingFor }) => waitingFor === 'paused' || waitingFor === 'circuit');
  return { records: held, more: page.next !== null };
}

/** Records the result of a release; the mark is cleared after two empty ones, far enough apart. */
async function updateMark(seen: EndpointHealth, count: number, isDeleted: boolean, ports: Run): Promise<void> {
  const now = ports.clock();
  const stillMarked = (change: (health: EndpointHealth) => EndpointHealth) =>
    updateHealth(ports.health, seen.endpointId, seen, (current) =>
      current.holding !== null && current.holding.id === seen.holding?.id ? change(current) : current,
    );
  const noted = (emptySince: number | null) =>
    stillMarked((health) => {
      if (health.holding === null || health.holding.emptySince === emptySince) return health;
      return { ...health, holding: { ...health.holding, emptySince } };
    });
  const emptySince = seen.holding?.emptySince ?? null;
  if (count > 0) return void (await noted(null));
  if (emptySince === null) return void (await noted(now));
  // Every invocation that read the earlier state has ended by then, and a second run has found nothing.
  if (now - emptySince <= ENDPOINT_CACHE_MS + ports.functionTimeoutMs) return;
  // Notices are found by the mark: they must be published first.
  const cleared = await stillMarked((health) =>
    health.outbox.length > 0 || health.circuit !== null ? health : { ...health, holding: null },
  );
  if (isDeleted && cleared.holding === null) await ports.health.remove(cleared);
}
