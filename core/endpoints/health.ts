import type { DisabledReason } from './endpoint.ts';

/** Which queue an endpoint's messages go through: those of endpoints that let requests wait share their own. */
export type Lane = 'fast' | 'slow';

/** The breaker of an endpoint that fails: open until a probe succeeds. Times in ms since the epoch. */
export interface Circuit {
  /** From when on the next probe may go out. */
  openUntil: number;
  /** What the present interval between probes is; it doubles with each probe that fails. */
  intervalMs: number;
  /** The `openUntil` for which a delivery was released as the probe; null before. */
  releasedFor: number | null;
  /** The lease of the one probe that is under way: it holds until its request must have ended. */
  probe: { token: string; until: number } | null;
}

/** A change of an endpoint's state that people are told of. */
export type EndpointNotice =
  | { type: 'circuit_opened'; at: number; failures: number }
  | { type: 'circuit_closed'; at: number }
  | { type: 'disabled'; at: number; reason: DisabledReason }
  | { type: 'filter_failing'; at: number; reason: string };

/** Deliveries may be held while this mark stands. */
export interface Holding {
  /** Drawn when the mark is set. */
  id: string;
  /** When a sweep first found the gate open and nothing held, since it was last closed; null before. */
  emptySince: number | null;
}

/**
 * What changes while an endpoint is delivered to; kept beside it, so that a change of it never conflicts with people's.
 * An endpoint without trouble has it written once, by its first quick answer. Times in ms since the epoch.
 */
export interface EndpointHealth {
  endpointId: string;
  /** Failures since the last success. */
  consecutiveFailures: number;
  failingSince: number | null;
  lastFailureAt: number | null;
  /** Null while closed. */
  circuit: Circuit | null;
  lane: Lane;
  slowSince: number | null;
  /** Set before the first delivery is held; null while none can be held. */
  holding: Holding | null;
  /** What has not been announced yet. Whoever adds to it sets the holding mark too: the minute tick looks at marked endpoints. */
  outbox: EndpointNotice[];
  /** Beginning of the latest hour whose filter errors the owner was told of; absent before. */
  filterToldHour?: number;
  /** Drawn by a container for its write: tells that from another's that counts the same. */
  stamp: string;
  /** Rises with every write; 0 while nothing is stored. */
  revision: number;
}

/** The health of endpoints. Every read is strongly consistent, every write compares and sets. */
export interface HealthStore {
  /** A fresh one where none is stored. */
  find(endpointId: string): Promise<EndpointHealth>;
  /** Writes if the stored one still has the revision `expected` (0: if there is none). @returns whether it was written. */
  put(health: EndpointHealth, expected: number): Promise<boolean>;
}

/** The health of an endpoint that nothing is known of. It has yet to show that it answers quickly. */
export function freshHealth(endpointId: string): EndpointHealth {
  return {
    endpointId,
    consecutiveFailures: 0,
    failingSince: null,
    lastFailureAt: null,
    circuit: null,
    lane: 'slow',
    slowSince: null,
    holding: null,
    outbox: [],
    stamp: '',
    revision: 0,
  };
}

const COMPARE_AND_SET_TRIES = 20;

/**
 * Changes an endpoint's health, whoever else changes it: `change` sees the newest and answers the next, or the same to
 * leave it as it is.
 * @param known what the caller has read; undefined reads first.
 * @returns the health as it stands now.
 */
export async function updateHealth(
  store: HealthStore,
  endpointId: string,
  known: EndpointHealth | undefined,
  change: (health: EndpointHealth) => EndpointHealth,
): Promise<EndpointHealth> {
  let seen = known ?? (await store.find(endpointId));
  for (let attempt = 0; attempt < COMPARE_AND_SET_TRIES; attempt++) {
    const next = change(seen);
    if (next === seen) return seen;
    const health = { ...next, revision: seen.revision + 1 };
    if (await store.put(health, seen.revision)) return health;
    const before = seen;
    seen = await store.find(endpointId);
    // Our own write: it took effect, and the SDK repeated it when its answer was lost.
    if (health.stamp !== before.stamp && seen.stamp === health.stamp) return seen;
  }
  throw new Error("An endpoint's health changes too fast to be written.");
}

/** A fresh mark, whatever stood there: a release that is about to clear the old one will not. */
export const withHolding = (health: EndpointHealth, holdingId: string): EndpointHealth =>
  health.holding?.id === holdingId ? health : { ...health, holding: { id: holdingId, emptySince: null } };

/** A mark where there is none. */
export const ensureHolding = (health: EndpointHealth, holdingId: () => string): EndpointHealth =>
  health.holding === null ? withHolding(health, holdingId()) : health;

/** One more piece of news, with the mark that lets the minute tick find it. The same piece is not added twice. */
export function withNotice(health: EndpointHealth, notice: EndpointNotice, holdingId: () => string): EndpointHealth {
  if (health.outbox.some(({ type, at }) => type === notice.type && at === notice.at)) return health;
  return { ...ensureHolding(health, holdingId), outbox: [...health.outbox, notice] };
}

/** An endpoint that people have switched on again, or pointed elsewhere, starts without a past; what is held stays held. */
export function withoutFailures(health: EndpointHealth): EndpointHealth {
  const { consecutiveFailures, failingSince, circuit } = health;
  if (consecutiveFailures === 0 && failingSince === null && circuit === null) return health;
  return { ...health, consecutiveFailures: 0, failingSince: null, lastFailureAt: null, circuit: null };
}

/** The circuit in the words of the API. */
export function circuitState({ circuit }: EndpointHealth, nowMs: number): 'closed' | 'open' | 'half_open' {
  if (circuit === null) return 'closed';
  return nowMs < circuit.openUntil ? 'open' : 'half_open';
}
