import { HOUR_MS, MINUTE_MS } from '../durations.ts';
import { HEARTBEAT_TENANT } from '../tenant.ts';
import type { EndpointHealth } from './health.ts';

/** When a circuit opens, and when a failing endpoint is disabled automatically. */
export interface CircuitRules {
  /** Consecutive failures that open the circuit. */
  openAfterFailures: number;
  /** An endpoint is disabled after failing for this long without a success, and at least this often. */
  disableAfterMs: number;
  disableAfterFailures: number;
}

/** The rules of an endpoint: that of the heartbeat has no circuit and is never disabled, so that it shows when all is well again. */
export function rulesOf({ tenant }: { tenant: string }, rules: CircuitRules): CircuitRules {
  const never = Number.POSITIVE_INFINITY;
  return tenant === HEARTBEAT_TENANT
    ? { openAfterFailures: never, disableAfterMs: never, disableAfterFailures: never }
    : rules;
}

/** The initial and the maximum interval between probes. It doubles with each failed probe. */
export const FIRST_INTERVAL_MS = MINUTE_MS;
export const LONGEST_INTERVAL_MS = HOUR_MS;
/** An answer within this time moves an endpoint to the fast lane; no answer by then moves it to the slow lane. */
export const QUICK_ANSWER_MS = 2_000;
/** Minimum time in the slow lane, so that an occasionally slow endpoint does not cost a write each time. */
const SLOW_LANE_MS = 30_000;
/** How long a probe's lease lasts beyond its request's timeout. */
const LEASE_MARGIN_MS = 10_000;

/** One attempt, as far as health depends on it. */
export interface ObservedAttempt {
  /** When it ended, in ms since the epoch. */
  at: number;
  succeeded: boolean;
  /** Whether any answer came within `QUICK_ANSWER_MS`. */
  quick: boolean;
  /** The token of the lease, if it was a probe. */
  probe: string | null;
  /** When this execution environment last saw a success; null if never. */
  lastSuccessAt: number | null;
  /** Whether its effects emit no operational event: true for deliveries of operational events themselves. */
  silent: boolean;
}

/**
 * The health after an attempt; the same object if nothing needs to be written, as after every success of a healthy
 * endpoint.
 * @param holdingId generates the id of the holding mark that an opening circuit sets in the same write.
 */
export function afterAttempt(
  health: EndpointHealth,
  seen: ObservedAttempt,
  rules: CircuitRules,
  holdingId: () => string,
): EndpointHealth {
  const inLane = seen.quick ? withFastLane(health, seen.at) : health;
  return seen.succeeded ? afterSuccess(inLane, seen) : afterFailure(inLane, seen, rules, holdingId);
}

function afterSuccess(health: EndpointHealth, { at, silent }: ObservedAttempt): EndpointHealth {
  if (health.consecutiveFailures === 0 && health.circuit === null) return health;
  const isClosing = health.circuit !== null && !silent;
  return {
    ...health,
    consecutiveFailures: 0,
    failingSince: null,
    circuit: null,
    outbox: isClosing ? [...health.outbox, { type: 'circuit_closed', at }] : health.outbox,
  };
}

function afterFailure(
  health: EndpointHealth,
  seen: ObservedAttempt,
  rules: CircuitRules,
  holdingId: () => string,
): EndpointHealth {
  const { at, probe, silent } = seen;
  const { circuit } = health;
  if (circuit !== null) {
    // An attempt that started before the circuit opened tells nothing new: only the probe counts.
    if (probe === null || circuit.probe?.token !== probe) return health;
    const intervalMs = Math.min(circuit.intervalMs * 2, LONGEST_INTERVAL_MS);
    const consecutiveFailures = health.consecutiveFailures + 1;
    return {
      ...health,
      consecutiveFailures,
      lastFailureAt: at,
      circuit: { openUntil: at + intervalMs, intervalMs, releasedFor: null, probe: null },
    };
  }
  // Successes are not stored: an execution environment that saw one since the last failure restarts the count.
  const isFirst =
    health.consecutiveFailures === 0 ||
    (seen.lastSuccessAt !== null && seen.lastSuccessAt > (health.lastFailureAt ?? 0));
  const failures = isFirst ? 1 : health.consecutiveFailures + 1;
  const failing = {
    ...health,
    consecutiveFailures: failures,
    failingSince: isFirst ? at : health.failingSince,
    lastFailureAt: at,
  };
  if (failures < rules.openAfterFailures) return failing;
  return {
    ...failing,
    circuit: {
      openUntil: at + FIRST_INTERVAL_MS,
      intervalMs: FIRST_INTERVAL_MS,
      releasedFor: null,
      probe: null,
    },
    holding: { id: holdingId(), emptySince: null },
    outbox: silent ? health.outbox : [...health.outbox, { type: 'circuit_opened', at, failures }],
  };
}

function withFastLane(health: EndpointHealth, nowMs: number): EndpointHealth {
  if (health.lane === 'fast') return health;
  if (health.slowSince !== null && nowMs - health.slowSince < SLOW_LANE_MS) return health;
  return { ...health, lane: 'fast', slowSince: null };
}

/** The health once a request has had no answer for `QUICK_ANSWER_MS`. */
export function withSlowLane(health: EndpointHealth, nowMs: number): EndpointHealth {
  return health.lane === 'slow' && health.slowSince !== null ? health : { ...health, lane: 'slow', slowSince: nowMs };
}

/** Whether an endpoint has failed for so long that it is disabled. */
export function hasFailedForDays(health: EndpointHealth, nowMs: number, rules: CircuitRules): boolean {
  const { failingSince, consecutiveFailures } = health;
  if (failingSince === null || consecutiveFailures < rules.disableAfterFailures) return false;
  return nowMs - failingSince >= rules.disableAfterMs;
}

/** What the circuit permits a message. */
export type CircuitVerdict = 'pass' | 'probe' | 'hold';

/**
 * The circuit's check before the POST. While it is open, one message per interval may be the probe.
 * @param chosenAt when an operator requested this message (replay, redrive, test, send now): if that is later than the last
 *   failure, the operator may know more, so it may be the probe at once. Null for all others.
 */
export function checkCircuit(
  { circuit, lastFailureAt }: EndpointHealth,
  chosenAt: number | null,
  nowMs: number,
): CircuitVerdict {
  if (circuit === null) return 'pass';
  if (circuit.probe !== null && circuit.probe.until > nowMs) return 'hold';
  const isNewer = chosenAt !== null && chosenAt > (lastFailureAt ?? 0);
  return nowMs >= circuit.openUntil || isNewer ? 'probe' : 'hold';
}

/** The health with a lease for one probe; the same object if the circuit does not permit it. */
export function withProbe(
  health: EndpointHealth,
  lease: { token: string; timeoutMs: number; chosenAt: number | null },
  nowMs: number,
): EndpointHealth {
  const { circuit } = health;
  if (circuit === null || checkCircuit(health, lease.chosenAt, nowMs) !== 'probe') return health;
  const probe = { token: lease.token, until: nowMs + lease.timeoutMs + LEASE_MARGIN_MS };
  return { ...health, circuit: { ...circuit, probe } };
}

/** The health without the lease of this token; the same object if another message holds it now. */
export function withoutProbe(health: EndpointHealth, token: string): EndpointHealth {
  const { circuit } = health;
  return circuit?.probe?.token === token ? { ...health, circuit: { ...circuit, probe: null } } : health;
}
