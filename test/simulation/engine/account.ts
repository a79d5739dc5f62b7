/** The account's quota of concurrent invocations, which all functions share, until it is raised. */
export class Account {
  readonly #max: number;
  readonly #untilMs: number;
  readonly #now: () => number;

  /** @param untilMs when there is enough of it, in ms since the epoch. */
  constructor(max: number, untilMs: number, now: () => number) {
    this.#max = max;
    this.#untilMs = untilMs;
    this.#now = now;
  }

  /** Whether another invocation may begin while so many run. Otherwise it is throttled. */
  admits(running: number): boolean {
    return running < this.#max || this.#now() >= this.#untilMs;
  }
}
