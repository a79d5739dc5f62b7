import type { LookupAddress } from 'node:dns';
import type { Clock, Timer } from '../../core/clock.ts';
import { type GiveBack, Room } from '../../core/room.ts';
import { codeOf, LookupFailed, type Resolve } from './dns.ts';
import { DnsError, OwnLookupError } from './lookup.ts';

/** What look-ups may take. Times in ms. */
export interface NameLimits {
  /** Look-ups that one tenant may have under way. Default: as many as a batch has messages. */
  tenantMax: number;
  /** Look-ups under way in total: each has a socket. */
  totalMax: number;
  /** How long a POST waits for its look-up to begin. */
  lineMs: number;
}

const LIMITS: NameLimits = { tenantMax: 100, totalMax: 400, lineMs: 5_000 };

export interface NamesOptions {
  resolve: Resolve;
  /** A name that always has an address, whatever tenants do: if it has none, our resolver fails. Null: there is none. */
  canary: string | null;
  limits?: Partial<NameLimits>;
  /** A clock that is never set. */
  now: Clock;
  after: Timer;
}

/** A look-up that has begun. */
export interface Begun {
  /** Rejects with a DnsError, which is the receiver's, or with an OwnLookupError. */
  found: Promise<LookupAddress[]>;
}

/** A look-up that takes this long may be about to fail: then the canary's answer should be there. */
const SLOW_MS = 1_000;
const CANARY_EVERY_MS = 1_000;
/** Longer than a look-up takes, the canary's included. */
const SHARED_MS = 10_000;

/** What a name server says of a name: it, or its addresses, do not exist. */
const ABSENT: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA']);
/** No sense is made of the name itself. */
const INVALID: ReadonlySet<string> = new Set(['EBADNAME', 'EBADSTR', 'EBADQUERY']);
/** The servers of the name, or our resolver: the canary tells. Any other code is ours: no socket, no resolver. */
const UNANSWERED: ReadonlySet<string> = new Set([
  ...['ETIMEOUT', 'ESERVFAIL', 'EREFUSED', 'EFORMERR', 'EBADRESP', 'ENOTIMP', 'EOF'],
  // An error without a code.
  '',
]);

/**
 * The look-ups of a process. POSTs to one name share one, and each tenant has so many under way at a time. Tells whose fault
 * a failure is: a name without an address, or whose servers fail, is the receiver's; if our resolver answers nothing, the
 * canary included, it is ours.
 */
export class Names {
  readonly #options: NamesOptions;
  readonly #limits: NameLimits;
  readonly #running = new Map<string, Begun & { since: number }>();
  readonly #places: Room;
  readonly #placesOf = new Map<string, { room: Room; users: number }>();
  /** When our resolver last said anything about any name. */
  #answeredAt = Number.NEGATIVE_INFINITY;
  #canary: { askedAt: number; answers: Promise<boolean> } | undefined;

  constructor(options: NamesOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#places = new Room(this.#limits.totalMax);
  }

  /**
   * Begins a look-up, or shares the one that is under way. Waits in line while the tenant has too many.
   * @throws OwnLookupError if it still waits after `lineMs`.
   */
  async begin(hostname: string, tenant: string): Promise<Begun> {
    const shared = this.#underWay(hostname);
    if (shared !== undefined) return shared;
    const giveBack = await this.#takePlace(tenant);
    if (giveBack === undefined) throw new OwnLookupError('Too many host names are being looked up.');
    // Another POST may have begun it while this one waited.
    const meanwhile = this.#underWay(hostname);
    if (meanwhile !== undefined) giveBack();
    return meanwhile ?? this.#start(hostname, giveBack);
  }

  /** Whether our resolver fails: it has answered nothing since then, and does not answer about the canary either. */
  async resolverFails(since: number): Promise<boolean> {
    const { canary } = this.#options;
    if (canary === null || this.#answeredAt >= since) return false;
    return !(await this.#canaryAnswers(canary)) && this.#answeredAt < since;
  }

  /** Not one that began before the function stood still, perhaps for minutes, between two invocations. */
  #underWay(hostname: string): Begun | undefined {
    const running = this.#running.get(hostname);
    return running !== undefined && this.#options.now() - running.since <= SHARED_MS ? running : undefined;
  }

  #start(hostname: string, giveBack: GiveBack): Begun {
    const since = this.#options.now();
    const found = this.#lookUp(hostname, since).finally(() => {
      if (this.#running.get(hostname) === begun) this.#running.delete(hostname);
      giveBack();
    });
    const begun = { found, since };
    this.#running.set(hostname, begun);
    // The POST may have found an idle connection meanwhile, and then nobody asks for it.
    found.catch(() => {});
    return begun;
  }

  async #lookUp(hostname: string, since: number): Promise<LookupAddress[]> {
    const { resolve, now, after } = this.#options;
    const cancel = after(SLOW_MS, () => void this.resolverFails(since));
    try {
      const found = await resolve(hostname);
      if (found.length === 0) throw new LookupFailed(hostname, ['ENODATA']);
      this.#answeredAt = now();
      return found;
    } catch (cause) {
      throw await this.#blame(hostname, cause, since);
    } finally {
      cancel();
    }
  }

  async #blame(hostname: string, cause: unknown, since: number): Promise<Error> {
    const codes = codesOf(cause);
    const isOurs = (code: string) => !ABSENT.has(code) && !INVALID.has(code) && !UNANSWERED.has(code);
    if (codes.some(isOurs)) return new OwnLookupError('Our resolver cannot be reached.', { cause });
    if (codes.some((code) => ABSENT.has(code))) this.#answeredAt = this.#options.now();
    if (codes.every((code) => !INVALID.has(code)) && (await this.resolverFails(since))) {
      return new OwnLookupError('Our resolver answers nothing.', { cause });
    }
    return new DnsError(`${hostname} cannot be resolved`, { cause });
  }

  /** Asks about the canary, at most once a second. */
  #canaryAnswers(canary: string): Promise<boolean> {
    const { now, resolve } = this.#options;
    if (this.#canary === undefined || now() - this.#canary.askedAt >= CANARY_EVERY_MS) {
      const answers = resolve(canary).then(
        () => true,
        (fault: unknown) => codesOf(fault).some((code) => ABSENT.has(code)),
      );
      this.#canary = { askedAt: now(), answers };
    }
    return this.#canary.answers;
  }

  /** Takes a place of the tenant's, and one of all. Undefined if there was none in time. */
  async #takePlace(tenant: string): Promise<GiveBack | undefined> {
    const { lineMs, tenantMax } = this.#limits;
    const own = this.#placesOf.get(tenant) ?? { room: new Room(tenantMax), users: 0 };
    this.#placesOf.set(tenant, own);
    own.users += 1;
    const leave = () => {
      own.users -= 1;
      if (own.users === 0) this.#placesOf.delete(tenant);
    };
    const until = this.#options.now() + lineMs;
    const ofTenant = own.room.tryTake(1) ?? (await own.room.takeWithin(1, lineMs, this.#options.after));
    const ofAll = ofTenant && (this.#places.tryTake(1) ?? (await this.#takeOfAll(until)));
    if (ofTenant === undefined || ofAll === undefined) {
      ofTenant?.();
      leave();
      return undefined;
    }
    return () => {
      ofAll();
      ofTenant();
      leave();
    };
  }

  #takeOfAll(until: number): Promise<GiveBack | undefined> {
    const { now, after } = this.#options;
    return this.#places.takeWithin(1, Math.max(0, until - now()), after);
  }
}

function codesOf(fault: unknown): readonly string[] {
  return fault instanceof LookupFailed ? fault.codes : [codeOf(fault)];
}
