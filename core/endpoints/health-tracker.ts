import type { Clock } from '../clock.ts';
import { newId } from '../ids.ts';
import type { Random } from '../random.ts';
import {
  afterAttempt,
  type CircuitRules,
  hasFailedForGood,
  type Passage,
  type SeenAttempt,
  withoutProbe,
  withProbe,
  withSlowLane,
} from './circuit-breaker.ts';
import type { Addressee } from './endpoint.ts';
import { type EndpointHealth, type HealthStore, updateHealth, withSomeHolding } from './health.ts';

/** Keeps the health of endpoints for one container: it remembers successes, which nobody writes down. */
export interface HealthKeeper {
  /** The newest health that is known here: what was read with the message, or written since. */
  newest(addressee: Addressee): EndpointHealth;
  /** Notes an attempt. @returns whether the endpoint has failed for good and should be disabled. */
  attempted(addressee: Addressee, seen: Omit<SeenAttempt, 'lastSuccessAt'>): Promise<boolean>;
  /** Notes that a request has waited for longer than a quick answer takes. */
  unanswered(addressee: Addressee): Promise<void>;
  /** Takes the lease of the one probe. @returns its token; or what else the circuit says by now. */
  takeProbe(addressee: Addressee, chosenAt: number | null): Promise<{ token: string } | Exclude<Passage, 'probe'>>;
  /** Gives the lease of the probe back unused: another message may be the probe at once. */
  giveBackProbe(addressee: Addressee, token: string): Promise<void>;
  /** Marks that deliveries of the endpoint may be held; durable when it returns. */
  markHolding(addressee: Addressee): Promise<void>;
}

export interface KeeperPorts {
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

export function createHealthKeeper({ store, noteHealth, rules, clock, random }: KeeperPorts): HealthKeeper {
  const successes = new Map<string, number>();
  const written = new Map<string, EndpointHealth>();
  const running = new Map<string, Promise<EndpointHealth>>();
  const rounds = new Map<string, Round>();

  function newest({ endpoint: { id }, health }: Addressee): EndpointHealth {
    const ours = written.get(id);
    return ours !== undefined && ours.revision > health.revision ? ours : health;
  }

  /** One write at a time for an endpoint; what comes meanwhile shares the next. */
  function change(addressee: Addressee, step: Change): Promise<EndpointHealth> {
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
      return !seen.succeeded && hasFailedForGood(health, seen.at, rules);
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
      await change(addressee, (current) => withSomeHolding(current, holdingId));
    },
  };
}
