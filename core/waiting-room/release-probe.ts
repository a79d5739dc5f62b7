import { MINUTE_MS } from '../durations.ts';
import { checkCircuit } from '../endpoints/circuit-breaker.ts';
import { type EndpointHealth, type HealthStore, updateHealth } from '../endpoints/health.ts';
import type { Faults } from '../faults.ts';
import { heldIn } from './held.ts';
import { dispatch, type SweepPorts } from './sweep.ts';

/** The probe is chosen from this many oldest deliveries of each shard. */
const PROBE_CANDIDATES = 10;
/** A probe due within this time is sent now, with a delay: its result is known before the next scheduled run. */
const PROBE_AHEAD_MS = 50_000;
/** A probe without a POST by then counts as lost: its message may wait for a visibility timeout. */
const PROBE_LOST_MS = 5 * MINUTE_MS;

/** Whether a delivery is to be sent as the probe: one per interval is enough, unless it was lost. */
export function isProbeDue(health: EndpointHealth, nowMs: number): boolean {
  const { circuit } = health;
  if (circuit === null || checkCircuit(health, null, nowMs + PROBE_AHEAD_MS) !== 'probe') return false;
  return circuit.releasedFor !== circuit.openUntil || nowMs >= circuit.openUntil + PROBE_LOST_MS;
}

/**
 * Sends one held delivery as the probe: the oldest of those with the fewest attempts, so that a delivery that always
 * fails is not the probe again and again. A new event may become the probe first.
 * @returns how many were sent: 0 if none is held.
 */
export async function releaseProbe(
  health: EndpointHealth,
  ports: SweepPorts & { health: HealthStore },
  faults: Faults,
): Promise<number> {
  const { circuit } = health;
  if (circuit === null) return 0;
  const heads = await Promise.all(
    Array.from({ length: ports.shards }, (_, shard) =>
      heldIn(health.endpointId, { shard, limit: PROBE_CANDIDATES, beforeMs: Infinity }, ports, faults),
    ),
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
