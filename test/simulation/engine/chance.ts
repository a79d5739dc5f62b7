import type { Random } from '../../../core/random.ts';

/** The only source of randomness in a run (mulberry32, its seed mixed so that neighbours differ from the first draw). */
export class Chance implements Random {
  #state: number;

  constructor(seed: number) {
    let mixed = (seed + 0x9e3779b9) >>> 0;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    this.#state = (mixed ^ (mixed >>> 16)) >>> 0;
  }

  /** In [0, 1). */
  unit = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    const state = this.#state;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };

  bytes = (count: number): Uint8Array => {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count; at++) bytes[at] = this.unit() * 256;
    return bytes;
  };

  /** True with this probability. Draws no number if it is 0. */
  happens(probability: number): boolean {
    return probability > 0 && this.unit() < probability;
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.unit() * items.length)];
    if (item === undefined) throw new Error('There is nothing to pick from.');
    return item;
  }

  /** One of the names, each as likely as its weight. */
  weighted<Name extends string>(weights: readonly (readonly [Name, number])[]): Name {
    let rest = this.unit() * weights.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of weights) {
      rest -= weight;
      if (rest < 0) return name;
    }
    return weights[weights.length - 1]?.[0] ?? this.#nothing();
  }

  #nothing(): never {
    throw new Error('There is nothing to pick from.');
  }
}
