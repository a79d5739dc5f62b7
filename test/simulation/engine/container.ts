import type { Timer } from '../../../core/clock.ts';
import type { Chance } from './chance.ts';
import { Cpu } from './cpu.ts';
import { type CallFault, type FaultName, InjectedFault } from './faults.ts';
import type { Reached } from './limits.ts';
import { Memory } from './memory.ts';
import type { Scheduler } from './scheduler.ts';
import { clientOf, Sockets } from './sockets.ts';

export type FunctionName = 'ingest' | 'fanout' | 'deliver' | 'redrive' | 'api';

/** Ports that live as long as their container; each invocation has its own time. */
export type Lasting<Ports> = Omit<Ports, 'remainingMs'>;

/** A call of a port, for faults and checks. */
export interface Call {
  name: string;
  /** The deliveries (`event/endpoint`) or events that it concerns. */
  about?: readonly string[];
}

export interface Environment {
  scheduler: Scheduler;
  chance: Chance;
  /** Whether and how this call fails. */
  decide(call: Call, canBePartial: boolean, fn: FunctionName): CallFault | undefined;
  count(fault: FaultName): void;
  /** Called for every fault in a container, including its own death. */
  suffered(container: Container, fault: FaultName, call: Call): void;
  trace?: ((about: readonly string[], text: string) => void) | undefined;
  /** Sockets of one AWS client in one container; undefined without the limit. */
  socketsMax?: (fn: FunctionName) => number | undefined;
  /** CPU for a message that is sent, or a record that is read or written, in ms; undefined without the limit. */
  cpuMs?: (fn: FunctionName) => number | undefined;
  /** Memory for the work of one invocation, in bytes; undefined without the limit. */
  memoryMax?: (fn: FunctionName) => number | undefined;
}

/** What a call does, and how it is answered. */
interface Answers<Result> {
  effect: () => Promise<Result>;
  partial: (() => Promise<unknown>) | undefined;
  done: (result: Result) => void;
  fail: () => void;
  failed: (error: unknown) => void;
}

const LATENCY_MS_MAX = 24;
/** A wait for the CPU that the report counts. */
const LONG_WAIT_MS = 1_000;
/** How long after its caller's death a call may still take effect. */
const UNDER_WAY_MS = 2_000;

/**
 * One Lambda execution environment: serves one invocation at a time, caches between them, and loses everything when it
 * dies. Every call of a port goes through `call`, which decides when it takes effect and when it returns.
 */
export class Container {
  readonly fn: FunctionName;
  readonly id: number;
  readonly #env: Environment;
  readonly #late = new Set<Call>();
  readonly #cpu: Cpu;
  readonly #memory: Memory | undefined;
  readonly #sockets = new Map<string, Sockets>();
  dead = false;
  /** Calls of any invocation that are very late. A later one may wait for them too: caches share them. */
  unanswered = 0;
  busy = false;
  /** Counts the invocations that it served. */
  invocation = 0;
  deadlineMs = 0;
  diedAt = Number.POSITIVE_INFINITY;
  /** When one of its calls last failed in any way. */
  faultedAt = Number.NEGATIVE_INFINITY;

  constructor(fn: FunctionName, id: number, env: Environment) {
    this.fn = fn;
    this.id = id;
    this.#env = env;
    this.#cpu = new Cpu(() => env.scheduler.now);
    const memoryMax = env.memoryMax?.(fn);
    this.#memory = memoryMax === undefined ? undefined : new Memory(memoryMax);
  }

  /** Stops it: none of its promises resolve any more. */
  die(how: 'crash' | 'timeout' | 'out of memory', call: Call): void {
    if (this.dead) return;
    this.dead = true;
    this.diedAt = this.#env.scheduler.now;
    this.#env.suffered(this, how, call);
  }

  /** Another invocation begins. */
  begin(deadlineMs: number): void {
    this.busy = true;
    this.invocation += 1;
    this.deadlineMs = deadlineMs;
    this.remainingMs = () => Math.max(0, deadlineMs - this.#env.scheduler.now);
    this.#memory?.clear();
  }

  /** Reads a body, which is held until it was used. */
  async read(call: Call, effect: () => Promise<string>): Promise<string> {
    const body = await this.call(call, effect);
    this.#memory?.holdBody(body);
    return this.#endsFull(call) ? new Promise<never>(() => undefined) : body;
  }

  /** A body was used. */
  used(body: string): void {
    this.#memory?.releaseBody(body);
  }

  /** Sends messages, which are held until they are sent. */
  async send(call: Call, effect: () => Promise<void>, partial: () => Promise<unknown>): Promise<void> {
    const count = call.about?.length ?? 0;
    this.#memory?.holdMessages(count);
    if (this.#endsFull(call)) return new Promise<never>(() => undefined);
    try {
      await this.call(call, effect, partial);
    } finally {
      this.#memory?.releaseMessages(count);
    }
  }

  /** Ends the invocation if it holds more than there is memory for. */
  #endsFull(call: Call): boolean {
    if (this.#memory?.isFull !== true || this.dead) return this.dead;
    this.#env.count('out of memory');
    this.die('out of memory', call);
    return true;
  }

  /** Its invocation has ended. Calls that have no answer by then failed for it, whatever becomes of them. */
  ended(): void {
    for (const call of this.#late) this.#env.suffered(this, 'delay', call);
    this.#late.clear();
  }

  /** Milliseconds that the newest invocation has left. Work that goes on after its invocation keeps the function of its own. */
  remainingMs: () => number = () => 0;

  wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      this.#env.scheduler.after(ms, () => {
        if (!this.dead) resolve();
      });
    });

  after: Timer = (ms, act) => {
    let isCancelled = false;
    this.#env.scheduler.after(ms, () => {
      if (!this.dead && !isCancelled) act();
    });
    return () => {
      isCancelled = true;
    };
  };

  /**
   * A call of a port.
   * @param effect what it does to the world; run once, twice (`repeated`) or not at all.
   * @param partial what it does if only some of its entries are accepted; the call then fails.
   */
  call<Result>(call: Call, effect: () => Promise<Result>, partial?: () => Promise<unknown>): Promise<Result> {
    const env = this.#env;
    const fault = env.decide(call, partial !== undefined, this.fn);
    if (fault !== undefined) {
      this.faultedAt = env.scheduler.now;
      env.count(fault);
      env.trace?.(call.about ?? [], `${this} ${call.name}: ${fault}`);
      if (fault !== 'delay' && fault !== 'repeated' && fault !== 'crash') env.suffered(this, fault, call);
    } else env.trace?.(call.about ?? [], `${this} ${call.name}`);
    return new Promise<Result>((resolve, reject) => {
      const sockets = this.#socketsOf(call);
      const answer = (act: () => void) => {
        this.#compute(call, () => {
          sockets?.release();
          if (!this.dead) act();
        });
      };
      const refuse = () => {
        if (!this.dead) reject(this.refused('no socket', call));
      };
      const fail = () => answer(() => reject(new InjectedFault(fault ?? 'before', call.name)));
      const done = (result: Result) => answer(() => resolve(result));
      const failed = (error: unknown) => answer(() => reject(error));
      const begin = () => this.#begin(call, fault, { effect, partial, done, fail, failed });
      this.#compute(call, () => {
        if (sockets === undefined) begin();
        else sockets.take(() => (this.dead ? undefined : begin()), refuse);
      });
    });
  }

  /** A call is on its way: it takes effect and is answered, unless it fails. */
  #begin<Result>(
    call: Call,
    fault: CallFault | undefined,
    { effect, partial, done, fail, failed }: Answers<Result>,
  ): void {
    const env = this.#env;
    switch (fault) {
      case 'before':
      case 'throttle':
        this.#later(() => fail());
        return;
      case 'after':
        this.#take(effect, () => this.#later(fail), failed);
        return;
      case 'partial':
        this.#take(partial ?? effect, () => this.#later(fail), failed);
        return;
      case 'repeated':
        this.#take(effect, () => this.#later(() => this.#take(effect, done, failed)), failed);
        return;
      case 'delay': {
        const ms = env.chance.happens(0.2) ? env.chance.whole(5_000, 90_000) : env.chance.whole(500, 5_000);
        this.#late.add(call);
        this.unanswered += 1;
        const last = (result: Result) => {
          this.#late.delete(call);
          this.unanswered -= 1;
          done(result);
        };
        if (env.chance.happens(0.5)) env.scheduler.after(ms, () => this.#take(effect, last, failed));
        else this.#take(effect, (result) => env.scheduler.after(ms, () => last(result)), failed);
        return;
      }
      case 'crash':
        this.die('crash', call);
        if (env.chance.happens(0.5)) this.#later(() => void effect().catch(() => undefined));
        return;
      default:
        this.#plain(effect, done, failed);
    }
  }

  /** Half of a call's CPU: for its request or for its response. */
  #compute({ about = [] }: Call, then: () => void): void {
    const { cpuMs, scheduler, count } = this.#env;
    const ms = cpuMs?.(this.fn);
    if (ms === undefined) {
      then();
      return;
    }
    const { waitMs, doneMs } = this.#cpu.spend((ms * Math.max(1, about.length)) / 2);
    if (waitMs >= LONG_WAIT_MS) count('busy CPU');
    if (doneMs < 1) then();
    else scheduler.after(doneMs, () => (this.dead ? undefined : then()));
  }

  #socketsOf({ name }: Call): Sockets | undefined {
    const { scheduler } = this.#env;
    const socketsMax = this.#env.socketsMax?.(this.fn);
    const client = socketsMax === undefined ? undefined : clientOf(name);
    if (client === undefined || socketsMax === undefined) return undefined;
    const sockets = this.#sockets.get(client) ?? new Sockets(scheduler, socketsMax);
    this.#sockets.set(client, sockets);
    return sockets;
  }

  /** Notes that a call fails at one of AWS's limits, before any effect. @returns its error. */
  refused(limit: Reached, call: Call): InjectedFault {
    const env = this.#env;
    this.faultedAt = env.scheduler.now;
    env.count(limit);
    env.trace?.(call.about ?? [], `${this} ${call.name}: ${limit}`);
    env.suffered(this, limit, call);
    return new InjectedFault(limit, call.name);
  }

  toString(): string {
    return `${this.fn}-${this.id}.${this.invocation}`;
  }

  /** Effect and response at once, or one or both later, so that interleavings vary. */
  #plain<Result>(effect: () => Promise<Result>, done: (result: Result) => void, failed: (error: unknown) => void) {
    const draw = this.#env.chance.unit();
    if (draw < 0.4) this.#take(effect, (result) => this.#later(() => done(result)), failed);
    else if (draw < 0.8) this.#later(() => this.#take(effect, done, failed));
    else this.#later(() => this.#take(effect, (result) => this.#later(() => done(result)), failed));
  }

  /** A call in progress when its container dies may or may not take effect. */
  #take<Result>(effect: () => Promise<Result>, then: (result: Result) => void, failed: (error: unknown) => void) {
    const isLost = this.#env.scheduler.now - this.diedAt > UNDER_WAY_MS;
    if (this.dead && (isLost || this.#env.chance.happens(0.5))) return;
    effect().then(then, failed);
  }

  #later(act: () => void): void {
    this.#env.scheduler.after(this.#env.chance.unit() * LATENCY_MS_MAX, act);
  }
}
