/** How long no further call may come before those under way are answered. Longer than any pause of ours within a step. */
const QUIET_MS = 150;

/**
 * Holds answers back until nothing more comes and then gives them all at once: calls that do not wait for each other
 * fall into one wave, so the number of waves is the number of sequential round trips, whatever the machine's speed.
 */
export class Waves {
  #held: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Waves so far. */
  count = 0;
  on = false;

  /** Runs the answer now, or with its wave. */
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
