import type { Clock } from '../clock.ts';
import { newId } from '../ids.ts';
import type { Random } from '../random.ts';
import {
  afterAttempt,
  type CircuitRules,
  type CircuitVerdict,
  hasFailedForDays,
  type ObservedAttempt,
  withoutProbe,
  withProbe,
  withSlowLane,
} from './circuit-breaker.ts';
import type { EndpointWithHealth } from './endpoint.ts';
import { type EndpointHealth, ensureHolding, type HealthStore, updateHealth } from './health.ts';

/** Keeps the health of endpoints for one container: it remembers successes, which nobody writes down. */
export interface HealthTracker {
  /** The newest health that is known here: what was read with the message, or written since. */
  newest(addressee: EndpointWithHealth): EndpointHealth;
  /** Notes an attempt. @returns whether the endpoint has failed for good and should be disabled. */
  attempted(addressee: EndpointWithHealth, seen: Omit<ObservedAttempt, 'lastSuccessAt'>): Promise<boolean>;
  /** Notes that a request has waited for longer than a quick answer takes. */
  unanswered(addressee: EndpointWithHealth): Promise<void>;
  /** Takes the lease of the one probe. @returns its token; or what else the circuit says by now. */
  takeProbe(
    addressee: EndpointWithHealth,
    chosenAt: number | null,
  ): Promise<{ token: string } | Exclude<CircuitVerdict, 'probe'>>;
  /** Gives the lease of the probe back unused: another message may be the probe at once. */
  giveBackProbe(addressee: EndpointWithHealth, token: string): Promise<void>;
  /** Marks that deliveries of the endpoint may be held; durable when it returns. */
  markHolding(addressee: EndpointWithHealth): Promise<void>;
}

export interface HealthTrackerPorts {
  store: HealthStore;
  /** Told of every health that is written here. */
  noteHealth: (health: EndpointHealth) => void;
  rules: CircuitRules;
  clock: Clock;
  random: Random;
}

const ENTRIES_MAX = 10_000;

/** Forgetting costs a read, or lets failures count on. */
function remember<Value>(entries: Map<string, Value>, id: string, value: Value): void {
  if (entries.size >= ENTRIES_MAX) entries.clear();
  entries.set(id, value);
}

type Change = (health: EndpointHealth) => EndpointHealth;

interface Round {
  changes: Change[];
  done: Promise<EndpointHealth>;
}

export function createHealthTracker({ store, noteHealth, rules, clock, random }: HealthTrackerPorts): HealthTracker {
  const successes = new Map<string, number>();
  const written = new Map<string, EndpointHealth>();
  const running = new Map<string, Promise<EndpointHealth>>();
  const rounds = new Map<string, Round>();

  function newest({ endpoint: { id }, health }: EndpointWithHealth): EndpointHealth {
    const ours = written.get(id);
    return ours !== undefined && ours.revision > health.revision ? ours : health;
  }

  /** One write at a time for an endpoint; what comes meanwhile shares the next. */
  function change(addressee: EndpointWithHealth, step: Change): Promise<EndpointHealth> {
    const { id } = addressee.endpoint;
    const known = newest(addressee);
    const open = rounds.get(id);
    if (open !== undefined) {
      open.changes.push(step);
      return open.done;
    }
    const before = running.get(id);
    if (before === undefined && step(known) === known) return Promise.resolve(known);
    const changes = [step];
    const write = async (): Promise<EndpointHealth> => {
      // A round that failed leaves nothing to build on: this one reads anew.
      const seen = before === undefined ? known : await before.catch(() => undefined);
      rounds.delete(id);
      const stamp = draw();
      const health = await updateHealth(store, id, seen, (current) => {
        const next = changes.reduce((health, one) => one(health), current);
        return next === current ? current : { ...next, stamp };
      });
      remember(written, id, health);
      noteHealth(health);
      return health;
    };
    const done = write().finally(() => {
      if (running.get(id) === done) running.delete(id);
    });
    // Those who wait for it handle its failure.
    done.catch(() => undefined);
    running.set(id, done);
    if (before !== undefined) rounds.set(id, { changes, done });
    return done;
  }

  const draw = () => Buffer.from(random.bytes(6)).toString('base64url');
  const holdingId = () => newId('hold', clock(), random);

  return {
    newest,

    async attempted(addressee, seen) {
      const { id } = addressee.endpoint;
      const lastSuccessAt = successes.get(id) ?? null;
      if (seen.succeeded) remember(successes, id, Math.max(seen.at, lastSuccessAt ?? 0));
      const health = await change(addressee, (current) =>
        afterAttempt(current, { ...seen, lastSuccessAt }, rules, holdingId),
      );
      return !seen.succeeded && hasFailedForDays(health, seen.at, rules);
    },

    async unanswered(addressee) {
      await change(addressee, (current) => withSlowLane(current, clock()));
    },

    async takeProbe(addressee, chosenAt) {
      const token = draw();
      const lease = { token, timeoutMs: addressee.endpoint.timeoutSeconds * 1000, chosenAt };
      const { circuit } = await change(addressee, (current) => withProbe(current, lease, clock()));
      if (circuit === null) return 'pass';
      return circuit.probe?.token === token ? { token } : 'hold';
    },

    async giveBackProbe(addressee, token) {
      await change(addressee, (current) => withoutProbe(current, token));
    },

    async markHolding(addressee) {
      await change(addressee, (current) => ensureHolding(current, holdingId));
    },
  };
}
