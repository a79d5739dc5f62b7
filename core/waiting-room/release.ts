import { ENDPOINT_CACHE_MS } from '../deliveries/endpoint-cache.ts';
import type { EndpointHealth, EndpointState } from '../endpoints/endpoint.ts';
import { dispatch, readPage, type SweepPorts } from './sweep.ts';

/** The endpoints for which deliveries may be held. */
export interface HoldingEndpoints {
  /** Health of every endpoint that carries the holding mark, with its present state; undefined where it was deleted. */
  list(): Promise<{ health: EndpointHealth; state: EndpointState | undefined }[]>;
  /** Notes when a sweep found nothing held (null: something was). Only while the mark is still this one. */
  noteEmpty(endpointId: string, holdingId: string, sinceMs: number | null): Promise<void>;
  /** Clears the mark, only while it is still this one. */
  clear(endpointId: string, holdingId: string): Promise<void>;
}

export interface ReleasePorts extends SweepPorts {
  holding: HoldingEndpoints;
  /** How many held deliveries an endpoint gets back per second. */
  releasePerSecond: number;
  /** The longest that a container may still work with what it read: the deliver function's timeout. */
  functionTimeoutMs: number;
}

const MINUTE_SECONDS = 60;

/**
 * Gives held deliveries back to every endpoint whose gate is open, at a bounded rate. Release is by state, not by
 * event: a mark stays until nothing can have been parked by a container with an old picture of the endpoint, so that
 * nothing is parked for ever.
 * @returns how many were released.
 */
export async function releaseHeld(ports: ReleasePorts): Promise<number> {
  let released = 0;
  const faults: unknown[] = [];
  for (const { health, state } of await ports.holding.list()) {
    if (health.holding === null || state === 'paused') continue;
    try {
      const count = await releaseEndpoint(health.endpointId, ports);
      released += count;
      await settleMark(health.endpointId, health.holding, count, ports);
    } catch (fault) {
      faults.push(fault);
    }
  }
  // The others were released all the same; the next minute tries these again, and the alarm on errors sees them.
  if (faults.length > 0) throw new AggregateError(faults, `Held deliveries of ${faults.length} endpoints stay held.`);
  return released;
}

/** A disabled or deleted endpoint's deliveries are released too: the deliver function discards them with the reason. */
async function releaseEndpoint(endpointId: string, ports: ReleasePorts): Promise<number> {
  const budget = ports.releasePerSecond * MINUTE_SECONDS;
  let count = 0;
  for (let shard = 0; shard < ports.shards; shard++) {
    while (count < budget) {
      const page = await ports.room.held(endpointId, shard, Math.min(100, budget - count));
      const records = await readPage(page, ports.ledger);
      await dispatch(
        records.map((record, index) => ({
          record,
          delaySeconds: Math.floor((count + index) / ports.releasePerSecond),
        })),
        ports,
      );
      count += records.length;
      // Entries that the index still shows after they were cleared are skipped at the next minute.
      if (records.length === 0 || page.next === null) break;
    }
  }
  return count;
}

async function settleMark(
  endpointId: string,
  holding: NonNullable<EndpointHealth['holding']>,
  count: number,
  ports: ReleasePorts,
): Promise<void> {
  const now = ports.clock();
  if (count > 0) {
    if (holding.emptySince !== null) await ports.holding.noteEmpty(endpointId, holding.id, null);
    return;
  }
  if (holding.emptySince === null) return ports.holding.noteEmpty(endpointId, holding.id, now);
  // Whoever read the closed gate before has ended by then, and a second sweep has found nothing.
  if (now - holding.emptySince > ENDPOINT_CACHE_MS + ports.functionTimeoutMs) {
    await ports.holding.clear(endpointId, holding.id);
  }
}
