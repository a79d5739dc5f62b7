import type { Timer } from './clock.ts';

interface Waiting {
  amount: number;
  enter: () => void;
}

/** Gives back what was taken of a room. Only the first call counts. */
export type GiveBack = () => void;

/**
 * Bounds what concurrent work holds at a time, in any unit: messages, bytes, calls. First come, first served, so that small
 * work never keeps large work out. Work that needs more than there is has all of it.
 */
export class Room {
  readonly #size: number;
  #free: number;
  #waiting: Waiting[] = [];

  constructor(size: number) {
    this.#size = size;
    this.#free = size;
  }

  /** Does work that holds this much, once there is room for it. */
  async hold<Result>(amount: number, work: () => Promise<Result>): Promise<Result> {
    const giveBack = this.tryTake(amount) ?? (await new Promise<GiveBack>((enter) => this.#line(amount, enter)));
    try {
      return await work();
    } finally {
      giveBack();
    }
  }

  /** Takes this much, if it is free and nobody waits. */
  tryTake(amount: number): GiveBack | undefined {
    const taken = Math.min(amount, this.#size);
    return this.#waiting.length === 0 && taken <= this.#free ? this.#take(taken) : undefined;
  }

  /** Takes this much, once it is free. @returns undefined if it was not within `waitMs`. */
  takeWithin(amount: number, waitMs: number, after: Timer): Promise<GiveBack | undefined> {
    return new Promise((resolve) => {
      const waiting = this.#line(amount, (giveBack) => {
        cancel();
        resolve(giveBack);
      });
      const cancel = after(waitMs, () => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        resolve(undefined);
        // It may have kept out others that fit.
        this.#admit();
      });
    });
  }

  #line(amount: number, enter: (giveBack: GiveBack) => void): Waiting {
    const taken = Math.min(amount, this.#size);
    const waiting = { amount: taken, enter: () => enter(this.#take(taken)) };
    this.#waiting.push(waiting);
    return waiting;
  }

  #take(amount: number): GiveBack {
    this.#free -= amount;
    let isTaken = true;
    return () => {
      if (isTaken) this.#free += amount;
      isTaken = false;
      this.#admit();
    };
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined && next.amount <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      next.enter();
    }
  }
}
