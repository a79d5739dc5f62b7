/** Maximum tries for what invocations change concurrently: delivery records, health, jobs. */
export const CONTENDED_TRIES = 20;
/** Maximum tries for what users change: endpoints, event types. */
export const USER_TRIES = 10;

/** What to do about the state that was read. */
export interface Change<State, Result> {
  /** What to return once it is written. */
  result: Result;
  /** Writes if the state that was read is still stored. @returns whether it was. Absent: there is nothing to write. */
  write?: () => Promise<boolean>;
  /**
   * The result if the state that was read after a refused write comes from that very write: it succeeded, and the SDK
   * repeated it because its response was lost. Undefined if another writer was first.
   */
  ours?: (now: State) => Result | undefined;
}

export interface CompareAndSet<State, Result> {
  /** The state that the caller has read. It may be old: the write is then refused. */
  known: State;
  /** Reads the newest state, strongly consistent. */
  read: () => Promise<State>;
  /** Decides by the newest state; called again after each refused write. */
  change: (state: State) => Change<State, Result> | Promise<Change<State, Result>>;
  /** Maximum writes. */
  tries: number;
  /** The error if all of them were refused. */
  exhausted: () => Error;
}

/**
 * Changes what is stored by compare and set: decides by the state that was read, writes if that is still stored, and
 * otherwise reads again.
 * @throws what `exhausted` returns when other writers keep winning.
 */
export async function compareAndSet<State, Result>(options: CompareAndSet<State, Result>): Promise<Result> {
  const { known, read, change, tries, exhausted } = options;
  let seen = known;
  for (let left = tries; left > 0; left--) {
    const { result, write, ours } = await change(seen);
    if (write === undefined || (await write())) return result;
    seen = await read();
    const lost = ours?.(seen);
    if (lost !== undefined) return lost;
  }
  throw exhausted();
}
