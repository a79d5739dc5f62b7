/** Responses are released when no further call arrives for this long. Longer than any pause of ours within a step. */
const QUIET_MS = 150;

/**
 * Holds responses until no further call arrives, then sends them all at once: calls that do not wait for each other
 * fall into one wave, so the number of waves is the number of sequential round trips, whatever the machine's speed.
 */
export class Waves {
  #held: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Waves so far. */
  count = 0;
  on = false;

  /** Sends the response now, or with its wave. */
  take(answer: () => void): void {
    if (!this.on) {
      answer();
      return;
    }
    this.#held.push(answer);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#release(), QUIET_MS);
  }

  #release(): void {
    const held = this.#held;
    this.#held = [];
    this.count += 1;
    for (const answer of held) answer();
  }
}
