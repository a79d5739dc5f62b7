import { ENDPOINT_CACHE_MS } from '../deliveries/endpoint-cache.ts';
import { EXPIRY_MARGIN_MS } from '../deliveries/outcome.ts';
import type { DeliveryRecord } from '../deliveries/record.ts';
import { checkCircuit } from '../endpoints/circuit-breaker.ts';
import { type EndpointHealth, type HealthStore, updateHealth } from '../endpoints/health.ts';
import type { MarkedEndpoint, MarkedEndpoints } from '../endpoints/store.ts';
import { shardOf } from '../ids.ts';
import { inParallel } from '../parallel.ts';
import { dispatch, readPage, type SweepPorts } from './sweep.ts';

export interface ReleasePorts extends SweepPorts {
  marked: MarkedEndpoints;
  health: HealthStore & { remove(health: EndpointHealth): Promise<void> };
  /** How many held deliveries an endpoint gets back per second. */
  releasePerSecond: number;
  /** The longest that a container may still work with what it read: the deliver function's timeout. */
  functionTimeoutMs: number;
  /** Life of an event, in ms. */
  retentionMs: number;
}

const MINUTE_MS = 60_000;
const MINUTE_SECONDS = 60;
const PAGE = 100;
const AT_ONCE = 8;
/** The oldest of each shard, of which the probe is chosen. */
const PROBE_CANDIDATES = 10;
/** A probe due within this time is sent now, delayed: it has come back before the next tick looks. */
const PROBE_AHEAD_MS = 50_000;
/** A probe that has not come to its POST by then is given up: its message may wait out a visibility timeout. */
const PROBE_LOST_MS = 5 * MINUTE_MS;

/**
 * Gives held deliveries back to every endpoint whose gate is open, at a bounded rate; to an open circuit that is due,
 * the oldest one as its probe. Release is by state, not by event: a mark stays until nothing can have been parked by a
 * container with an old picture of the endpoint, so that nothing is parked for ever.
 * @returns how many were released.
 */
export async function releaseHeld(ports: ReleasePorts): Promise<number> {
  let released = 0;
  const faults: unknown[] = [];
  await inParallel(await ports.marked.list(), AT_ONCE, async (marked) => {
    try {
      released += await careFor(marked, ports);
    } catch (fault) {
      faults.push(fault);
    }
  });
  // The others were released all the same; the next minute tries these again, and the alarm on errors sees them.
  if (faults.length > 0) throw new AggregateError(faults, `Held deliveries of ${faults.length} endpoints stay held.`);
  return released;
}

async function careFor({ health, endpoint }: MarkedEndpoint, ports: ReleasePorts): Promise<number> {
  if (health.holding === null) return 0;
  const now = ports.clock();
  if (endpoint?.state === 'paused') return releaseExpiring(health, ports);
  // A disabled or deleted endpoint's deliveries are released too: the deliver function discards them with the reason.
  if (endpoint?.state === 'active' && health.circuit !== null) {
    const isDue = checkCircuit(health, null, now + PROBE_AHEAD_MS) === 'probe';
    return (isDue ? await releaseProbe(health, ports) : 0) + (await releaseExpiring(health, ports));
  }
  const count = await releaseAll(health, Number.POSITIVE_INFINITY, ports);
  await settleMark(health, count, endpoint === undefined, ports);
  return count;
}

/**
 * One delivery that is held goes out as the probe: of those with the fewest attempts the oldest, so that one which the
 * endpoint refuses is not the probe again and again. When new events come, one of them may be quicker.
 */
async function releaseProbe(health: EndpointHealth, ports: ReleasePorts): Promise<number> {
  const { circuit } = health;
  if (circuit === null) return 0;
  // One an interval is enough, unless it was lost on its way.
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
 * What is held until shortly before its event expires is released although the gate is closed: it then ends as dead
 * instead of vanishing. Once an hour for an endpoint, at a minute of its own.
 */
async function releaseExpiring(health: EndpointHealth, ports: ReleasePorts): Promise<number> {
  const now = ports.clock();
  if (Math.floor(now / MINUTE_MS) % 60 !== shardOf(health.endpointId, 60)) return 0;
  return releaseAll(health, now - ports.retentionMs + EXPIRY_MARGIN_MS, ports);
}

async function releaseAll(health: EndpointHealth, beforeMs: number, ports: ReleasePorts): Promise<number> {
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
      // Entries that the index still shows after they were cleared are skipped at the next minute.
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
  ports: ReleasePorts,
): Promise<{ records: DeliveryRecord[]; more: boolean }> {
  const page = await ports.room.held(endpointId, shard, limit, beforeMs);
  const records = await readPage(page, ports.ledger);
  const held = records.filter(({ waitingFor }) => waitingFor === 'paused' || waitingFor === 'circuit');
  return { records: held, more: page.next !== null };
}

/** Notes how a look at an open gate ended; the mark is cleared after two empty ones, far enough apart. */
async function settleMark(seen: EndpointHealth, count: number, isDeleted: boolean, ports: ReleasePorts): Promise<void> {
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
  // Whoever read the closed gate before has ended by then, and a second sweep has found nothing.
  if (now - emptySince <= ENDPOINT_CACHE_MS + ports.functionTimeoutMs) return;
  // News is found by the mark: it goes first.
  const cleared = await stillMarked((health) =>
    health.outbox.length > 0 || health.circuit !== null ? health : { ...health, holding: null },
  );
  if (isDeleted && cleared.holding === null) await ports.health.remove(cleared);
}
