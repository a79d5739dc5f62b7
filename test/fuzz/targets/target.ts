import type { Chance } from '../../simulation/engine/chance.ts';

/** A word or so; undefined where there is nothing to say. */
export type Trait = string | undefined;

/** One parser of foreign bytes, and what must hold of it for every input. */
export interface Target {
  /** What must hold, in a sentence. */
  holds: string;
  /** Beginnings of the paths, from the root, of the code that guides the search. */
  covers: readonly string[];
  /** Inputs to begin with. */
  seeds: readonly string[];
  /** Text that mutations put in, or with `…` in it around what is there: names and values that chance would not hit upon. */
  dictionary: readonly string[];
  /** A new input, made by a grammar: a third of all begin with one. */
  make?: (chance: Chance) => string;
  /** Longest input, in UTF-16 code units. Default 1,024. */
  lengthMax?: number;
  /** What one input may take, in ms. Default 1,000. */
  timeMs?: number;
  /**
   * @returns of what kind the input was, where the code reached does not tell: the first of each kind is kept.
   * @throws whatever shows that it does not hold.
   */
  check(input: string): Trait | Promise<Trait>;
}

export const LENGTH_MAX = 1_024;
export const TIME_MS = 1_000;

/** A JSON text's value; undefined where it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
