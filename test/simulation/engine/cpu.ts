/** A container's share of a core: what needs it is done one after another, in the order in which it came. */
export class Cpu {
  readonly #now: () => number;
  #freeAt = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns how long work waits until the share is free, and until it is done, in ms from now. */
  spend(ms: number): { waitMs: number; doneMs: number } {
    const now = this.#now();
    const waitMs = Math.max(0, this.#freeAt - now);
    this.#freeAt = now + waitMs + ms;
    return { waitMs, doneMs: waitMs + ms };
  }
}
