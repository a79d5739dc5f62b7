import { Container, type Environment, type FunctionName } from './container.ts';

export interface FleetOptions {
  environment: Environment;
  /** Whether the account has room for another invocation. */
  admits: (running: number) => boolean;
  /** Whether an execution environment that is free is not used again. */
  recycles: () => boolean;
  began: (container: Container) => void;
  /** Called when an invocation ended by itself and without an error. */
  ended: (container: Container) => void;
}

/** One invocation: what it does, and who is told of its end. */
export interface Invocation<State extends object, Result> {
  fn: FunctionName;
  timeoutMs: number;
  /** Creates what a container keeps between invocations. */
  state: (container: Container) => State;
  work: (container: Container, state: State) => Promise<Result>;
  /** Called if it ended by itself. */
  done: (result: Result | undefined, error: unknown, container: Container) => void;
  /** Called when it has ended in any way. */
  over?: () => void;
}

/** The execution environments of all functions. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #pools = new Map<FunctionName, Container[]>();
  readonly #states = new WeakMap<Container, unknown>();
  readonly #onDeath = new WeakMap<Container, () => void>();
  #containers = 0;
  running = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** @returns false if it is throttled: then nothing happens, and nobody is told. */
  invoke<State extends object, Result>(invocation: Invocation<State, Result>): boolean {
    const { environment, admits, began } = this.#options;
    const { fn, timeoutMs, work, done, over = () => {} } = invocation;
    if (!admits(this.running)) {
      environment.count('throttled invocation');
      return false;
    }
    const container = this.#warm(fn);
    const known = this.#states.get(container) as State | undefined;
    const own = known ?? invocation.state(container);
    this.#states.set(container, own);
    container.begin(environment.scheduler.now + timeoutMs);
    const number = container.invocation;
    this.running += 1;
    let ended = false;
    const end = () => {
      if (ended) return;
      ended = true;
      this.running -= 1;
      container.ended();
      container.busy = false;
      over();
    };
    began(container);
    this.#onDeath.set(container, end);
    environment.scheduler.at(container.deadlineMs, () => {
      if (ended || container.invocation !== number) return;
      environment.count('timeout');
      container.die('timeout', { name: 'its timeout' });
    });
    work(container, own).then(
      (result) => {
        if (container.dead) return;
        end();
        this.#options.ended(container);
        done(result, undefined, container);
      },
      (error) => {
        if (container.dead) return;
        end();
        done(undefined, error, container);
      },
    );
    return true;
  }

  /** A container has died: its invocation is over. */
  died(container: Container): void {
    this.#onDeath.get(container)?.();
  }

  #warm(fn: FunctionName): Container {
    const pool = (this.#pools.get(fn) ?? []).filter((container) => !container.dead);
    this.#pools.set(fn, pool);
    const free = pool.find((container) => !container.busy);
    if (free !== undefined && !this.#options.recycles()) return free;
    if (free !== undefined) pool.splice(pool.indexOf(free), 1);
    const container = new Container(fn, ++this.#containers, this.#options.environment);
    pool.push(container);
    return container;
  }
}
