import type { EndpointHealth } from './health.ts';

/** When a circuit opens, and when an endpoint that only fails is given up. */
export interface CircuitRules {
  /** Consecutive failures that open the circuit. */
  openAfterFailures: number;
  /** An endpoint is disabled after failing for so long without a success, and so often. */
  disableAfterMs: number;
  disableAfterFailures: number;
}

/** The interval between probes: at first, and at most. It doubles with each probe that fails. */
export const FIRST_INTERVAL_MS = 60_000;
export const LONGEST_INTERVAL_MS = 3_600_000;
/** An answer within this time earns the fast lane; a request that has none by then loses it. */
export const QUICK_ANSWER_MS = 2_000;
/** How long an endpoint stays in the slow lane at least: one that is slow now and then must not cost a write each time. */
const SLOW_LANE_MS = 30_000;
/** What a probe's lease lasts beyond its request's own limit. */
const LEASE_MARGIN_MS = 10_000;

/** One attempt, as health sees it. */
export interface ObservedAttempt {
  /** When it ended, in ms since the epoch. */
  at: number;
  succeeded: boolean;
  /** Whether any answer came within `QUICK_MS`. */
  quick: boolean;
  /** The token of the probe's lease, when it was one. */
  probe: string | null;
  /** When this container last saw a success; null when never. */
  lastSuccessAt: number | null;
  /** Whether nobody is told of what it changes: a delivery of our own operational events. */
  silent: boolean;
}

/**
 * The health after an attempt; the same object when nothing is to be written, as after every success of an endpoint
 * without trouble.
 * @param holdingId draws the name of the holding mark that an opening circuit sets in the same write.
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
  const isNews = health.circuit !== null && !silent;
  return {
    ...health,
    consecutiveFailures: 0,
    failingSince: null,
    circuit: null,
    outbox: isNews ? [...health.outbox, { type: 'circuit_closed', at }] : health.outbox,
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
    // What left before the circuit opened says nothing new: only the probe does.
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
  // Successes are not written: a container that saw one since the last failure begins the count anew.
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

/** The health once a request has had no answer for `QUICK_MS`. */
export function withSlowLane(health: EndpointHealth, nowMs: number): EndpointHealth {
  return health.lane === 'slow' && health.slowSince !== null ? health : { ...health, lane: 'slow', slowSince: nowMs };
}

/** Whether an endpoint has failed for so long that it is given up. */
export function hasFailedForDays(health: EndpointHealth, nowMs: number, rules: CircuitRules): boolean {
  const { failingSince, consecutiveFailures } = health;
  if (failingSince === null || consecutiveFailures < rules.disableAfterFailures) return false;
  return nowMs - failingSince >= rules.disableAfterMs;
}

/** What the circuit lets a message do. */
export type CircuitVerdict = 'pass' | 'probe' | 'hold';

/**
 * The circuit's answer at the gate. While it is open, one message in an interval may try as the probe.
 * @param chosenAt when an operator chose to send this (replay, redrive, test): later than the last failure, that is
 *   newer knowledge than ours, and it may be the probe at once. Null for all others.
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

/** The health with a lease for one probe; the same object when the circuit does not let it through. */
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

/** The health without the lease of this token; the same object when it is another's by now. */
export function withoutProbe(health: EndpointHealth, token: string): EndpointHealth {
  const { circuit } = health;
  return circuit?.probe?.token === token ? { ...health, circuit: { ...circuit, probe: null } } : health;
}
