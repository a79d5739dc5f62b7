import * as z from 'zod';
import { CONTENDED_TRIES, compareAndSet } from '../compare-and-set.ts';
import { DISABLED_REASONS, type Endpoint } from './endpoint.ts';

export const LANES = ['fast', 'slow'] as const;
/** Which queue an endpoint's messages use: endpoints that answer slowly share one of their own. */
export type Lane = (typeof LANES)[number];

/** The open circuit of a failing endpoint: open until a probe succeeds. Times in ms since the epoch. */
const circuit = z.object({
  /** When the next probe may be sent. */
  openUntil: z.number(),
  /** The current interval between probes; it doubles with each failed probe. */
  intervalMs: z.number(),
  /** The `openUntil` for which a delivery was released as the probe; null before. */
  releasedFor: z.number().nullable(),
  /** The lease of the one probe in progress: valid until its request must have ended. */
  probe: z.object({ token: z.string(), until: z.number() }).nullable(),
});
export type Circuit = z.output<typeof circuit>;

/** A change of an endpoint's state that is published as an operational event. */
const notice = z.union([
  z.object({ type: z.literal('circuit_opened'), at: z.number(), failures: z.number() }),
  z.object({ type: z.literal('circuit_closed'), at: z.number() }),
  z.object({ type: z.literal('disabled'), at: z.number(), reason: z.enum(DISABLED_REASONS) }),
  z.object({ type: z.literal('filter_failing'), at: z.number(), reason: z.string() }),
]);
export type EndpointNotice = z.output<typeof notice>;

/** Deliveries may be held while this mark is set. */
const holding = z.object({
  /** Random; new whenever the mark is set. */
  id: z.string(),
  /** When a release first found nothing held and the endpoint neither paused nor with an open circuit; null before. */
  emptySince: z.number().nullable(),
});
export type Holding = z.output<typeof holding>;

/**
 * The state that deliveries change, as stored; a separate item, so that these writes never conflict with users' changes
 * of the endpoint. For a healthy endpoint it is written once, after its first quick answer. Times in ms since the epoch.
 */
export const storedHealth = z.object({
  endpointId: z.string(),
  /** Failures since the last success. */
  consecutiveFailures: z.number(),
  failingSince: z.number().nullable(),
  lastFailureAt: z.number().nullable(),
  /** Null while closed. */
  circuit: circuit.nullable(),
  lane: z.enum(LANES),
  slowSince: z.number().nullable(),
  /** Set before the first delivery is held; null while none can be held. */
  holding: holding.nullable(),
  /**
   * Notices not published yet. Adding one also sets the holding mark: the scheduled task looks only at marked
   * endpoints.
   */
  outbox: z.array(notice),
  /** Until when released deliveries use up the rate of release; absent before the first. */
  releasedUntil: z.number().exactOptional(),
  /** Start of the latest hour whose filter errors or undecided events were reported; absent before. */
  filterToldHour: z.number().exactOptional(),
  /** Random per write: distinguishes a write from another one with the same revision. */
  stamp: z.string(),
  /** Increases with every write; 0 while nothing is stored. */
  revision: z.number(),
});
export type EndpointHealth = z.output<typeof storedHealth>;

/** The endpoint of a message, with its health. */
export interface EndpointWithHealth {
  endpoint: Endpoint;
  health: EndpointHealth;
}

/** The health of endpoints. Every read is strongly consistent, every write compares and sets. */
export interface HealthStore {
  /** Returns a fresh one if none is stored. */
  find(endpointId: string): Promise<EndpointHealth>;
  /** Writes if the stored revision is `expected` (0: if there is none). @returns whether it was written. */
  put(health: EndpointHealth, expected: number): Promise<boolean>;
}

/** The health of an endpoint without history. It is slow until it answers quickly. */
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

/**
 * Changes an endpoint's health by compare and set: `change` maps the newest state to the next one, or returns the same
 * object to leave it unchanged.
 * @param known what the caller has read; undefined reads first.
 * @returns the current health.
 */
export async function updateHealth(
  store: HealthStore,
  endpointId: string,
  known: EndpointHealth | undefined,
  change: (health: EndpointHealth) => EndpointHealth,
): Promise<EndpointHealth> {
  return compareAndSet<EndpointHealth, EndpointHealth>({
    known: known ?? (await store.find(endpointId)),
    read: () => store.find(endpointId),
    change: (seen) => {
      const next = change(seen);
      if (next === seen) return { result: seen };
      const health = { ...next, revision: seen.revision + 1 };
      return {
        result: health,
        write: () => store.put(health, seen.revision),
        ours: (now) => (health.stamp !== seen.stamp && now.stamp === health.stamp ? now : undefined),
      };
    },
    tries: CONTENDED_TRIES,
    exhausted: () => new Error("An endpoint's health changes too fast to be written."),
  });
}

/** Sets a new mark, even over an old one: a release that is about to clear the old mark then does not. */
export const withHolding = (health: EndpointHealth, holdingId: string): EndpointHealth =>
  health.holding?.id === holdingId ? health : { ...health, holding: { id: holdingId, emptySince: null } };

/** Sets a mark if there is none. */
export const ensureHolding = (health: EndpointHealth, holdingId: () => string): EndpointHealth =>
  health.holding === null ? withHolding(health, holdingId()) : health;

/** Adds a notice, with the mark that lets the scheduled task find it. The same notice is not added twice. */
export function withNotice(health: EndpointHealth, notice: EndpointNotice, holdingId: () => string): EndpointHealth {
  if (health.outbox.some(({ type, at }) => type === notice.type && at === notice.at)) return health;
  return { ...ensureHolding(health, holdingId), outbox: [...health.outbox, notice] };
}

/** Resets the failures of an endpoint that was enabled again or got a new URL; held deliveries stay held. */
export function withoutFailures(health: EndpointHealth): EndpointHealth {
  const { consecutiveFailures, failingSince, circuit } = health;
  if (consecutiveFailures === 0 && failingSince === null && circuit === null) return health;
  return { ...health, consecutiveFailures: 0, failingSince: null, lastFailureAt: null, circuit: null };
}

export const CIRCUIT_STATES = ['closed', 'open', 'half_open'] as const;

/** The circuit's state in the API's terms. */
export function circuitState({ circuit }: EndpointHealth, nowMs: number): (typeof CIRCUIT_STATES)[number] {
  if (circuit === null) return 'closed';
  return nowMs < circuit.openUntil ? 'open' : 'half_open';
}
