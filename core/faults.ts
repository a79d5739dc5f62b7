/** The faults of a task that goes on with the rest when one part of it fails, and reports them at its end. */
export class Faults {
  readonly #faults: unknown[] = [];

  get count(): number {
    return this.#faults.length;
  }

  /** Does one part of the task. @returns its result; undefined if it failed. */
  async attempt<Result>(part: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await part();
    } catch (fault) {
      this.#faults.push(fault);
      return undefined;
    }
  }

  /** Reports all faults. @throws AggregateError if any part failed. */
  throwAny(message: (count: number) => string): void {
    if (this.count > 0) throw new AggregateError(this.#faults, message(this.count));
  }
}
