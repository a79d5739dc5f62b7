interface Waiting {
  amount: number;
  enter: () => void;
}

/**
 * Bounds what concurrent work holds at a time, in any unit: messages, bytes, calls. First come, first served, so that small
 * work never keeps large work out.
 */
export class Room {
  readonly #size: number;
  #free: number;
  readonly #waiting: Waiting[] = [];

  constructor(size: number) {
    this.#size = size;
    this.#free = size;
  }

  /** Does work that holds this much, once there is room for it. Work that needs more than there is has it alone. */
  async hold<Result>(amount: number, work: () => Promise<Result>): Promise<Result> {
    const held = Math.min(amount, this.#size);
    await this.#enter(held);
    try {
      return await work();
    } finally {
      this.#free += held;
      this.#admit();
    }
  }

  #enter(amount: number): Promise<void> | undefined {
    if (this.#waiting.length === 0 && amount <= this.#free) {
      this.#free -= amount;
      return undefined;
    }
    return new Promise((enter) => this.#waiting.push({ amount, enter }));
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined && next.amount <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.amount;
      next.enter();
    }
  }
}
