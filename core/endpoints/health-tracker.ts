import { BoundedMap } from '../cache.ts';
import type { Clock } from '../clock.ts';
import { newId } from '../ids.ts';
import { type Random, randomToken } from '../random.ts';
import {
  afterAttempt,
  type CircuitRules,
  type CircuitVerdict,
  hasFailedForDays,
  type ObservedAttempt,
  rulesOf,
  withoutProbe,
  withProbe,
  withSlowLane,
} from './circuit-breaker.ts';
import {
  type EndpointHealth,
  type EndpointWithHealth,
  ensureHolding,
  type HealthStore,
  updateHealth,
} from './health.ts';

/** Tracks the health of endpoints in one execution environment, including successes, which are not stored. */
export interface HealthTracker {
  /** The newest known health: read with the message, or written since. */
  newest(endpoint: EndpointWithHealth): EndpointHealth;
  /** Records an attempt. @returns whether the endpoint has failed for so long that it should be disabled. */
  attempted(endpoint: EndpointWithHealth, seen: Omit<ObservedAttempt, 'lastSuccessAt'>): Promise<boolean>;
  /** Records that a request has had no answer for `QUICK_ANSWER_MS`. */
  unanswered(endpoint: EndpointWithHealth): Promise<void>;
  /** Takes the lease of the one probe. @returns its token, or the circuit's new verdict. */
  takeProbe(
    endpoint: EndpointWithHealth,
    chosenAt: number | null,
  ): Promise<{ token: string } | Exclude<CircuitVerdict, 'probe'>>;
  /** Releases the lease of the probe unused: another message may be the probe at once. */
  releaseProbe(endpoint: EndpointWithHealth, token: string): Promise<void>;
  /** Marks that deliveries of the endpoint may be held; durable when it returns. */
  markHolding(endpoint: EndpointWithHealth): Promise<void>;
  /** Marks it anew: a release that is about to clear the mark it knows leaves this one. */
  markHoldingAnew(endpoint: EndpointWithHealth): Promise<void>;
}

export interface HealthTrackerPorts {
  store: HealthStore;
  /** Called with every health written here. */
  noteHealth: (health: EndpointHealth) => void;
  rules: CircuitRules;
  clock: Clock;
  random: Random;
}

/** Forgetting costs only a read; without the last success, failures are counted from further back. */
const ENTRIES_MAX = 10_000;

type Change = (health: EndpointHealth) => EndpointHealth;

const newer = (one: EndpointHealth, other: EndpointHealth) => (other.revision > one.revision ? other : one);

interface Round {
  changes: Change[];
  /** The newest health that its callers know. */
  known: EndpointHealth;
}

export function createHealthTracker({ store, noteHealth, rules, clock, random }: HealthTrackerPorts): HealthTracker {
  const successes = new BoundedMap<number>({ entriesMax: ENTRIES_MAX });
  const written = new BoundedMap<EndpointHealth>({ entriesMax: ENTRIES_MAX });
  const running = new Map<string, Promise<EndpointHealth>>();
  /** The rounds that wait for the running one. */
  const waiting = new Map<string, { round: Round; done: Promise<EndpointHealth> }>();

  function newest({ endpoint: { id }, health }: EndpointWithHealth): EndpointHealth {
    const cached = written.get(id);
    return cached === undefined ? health : newer(health, cached);
  }

  /** One write at a time per endpoint; changes that arrive meanwhile share the next write. */
  function change(target: EndpointWithHealth, step: Change): Promise<EndpointHealth> {
    const { id } = target.endpoint;
    const known = newest(target);
    const open = waiting.get(id);
    if (open !== undefined) {
      open.round.changes.push(step);
      open.round.known = newer(open.round.known, known);
      return open.done;
    }
    const before = running.get(id);
    if (before === undefined && step(known) === known) return Promise.resolve(known);
    const round: Round = { changes: [step], known };
    const write = async (): Promise<EndpointHealth> => {
      // After a failed round there is no known state: read it again. A round that took long may end with an old one.
      const ended = await before?.catch(() => undefined);
      const seen = before === undefined ? known : ended && newer(ended, round.known);
      waiting.delete(id);
      const stamp = randomToken(random);
      const health = await updateHealth(store, id, seen, (current) => {
        const next = round.changes.reduce((health, one) => one(health), current);
        return next === current ? current : { ...next, stamp };
      });
      written.set(id, health);
      noteHealth(health);
      return health;
    };
    const done = write().finally(() => {
      if (running.get(id) === done) running.delete(id);
    });
    // The callers handle its failure.
    done.catch(() => undefined);
    running.set(id, done);
    if (before !== undefined) waiting.set(id, { round, done });
    return done;
  }

  const holdingId = () => newId('hold', clock(), random);

  return {
    newest,

    async attempted(target, seen) {
      const { id } = target.endpoint;
      const own = rulesOf(target.endpoint, rules);
      const lastSuccessAt = successes.get(id) ?? null;
      if (seen.succeeded) successes.set(id, Math.max(seen.at, lastSuccessAt ?? 0));
      const health = await change(target, (current) =>
        afterAttempt(current, { ...seen, lastSuccessAt }, own, holdingId),
      );
      return !seen.succeeded && hasFailedForDays(health, seen.at, own);
    },

    async unanswered(target) {
      await change(target, (current) => withSlowLane(current, clock()));
    },

    async takeProbe(target, chosenAt) {
      const token = randomToken(random);
      const lease = { token, timeoutMs: target.endpoint.timeoutSeconds * 1000, chosenAt };
      const { circuit } = await change(target, (current) => withProbe(current, lease, clock()));
      if (circuit === null) return 'pass';
      return circuit.probe?.token === token ? { token } : 'hold';
    },

    async releaseProbe(target, token) {
      await change(target, (current) => withoutProbe(current, token));
    },

    async markHolding(target) {
      await change(target, (current) => ensureHolding(current, holdingId));
    },

    async markHoldingAnew(target) {
      await change(target, (current) => ensureHolding({ ...current, holding: null }, holdingId));
    },
  };
}
