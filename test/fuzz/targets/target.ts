import type { Chance } from '../../simulation/engine/chance.ts';

/** The kind of an input, in a word; undefined if there is none. */
export type Trait = string | undefined;

/** One parser of untrusted input, and its invariant for every input. */
export interface Target {
  /** The invariant, in one sentence. */
  holds: string;
  /** Path prefixes, from the root, of the code whose coverage guides the search. */
  covers: readonly string[];
  /** Initial inputs. */
  seeds: readonly string[];
  /** Tokens that mutations insert, or wrap around text at `…`: names and values that random mutation would not find. */
  dictionary: readonly string[];
  /** Generates a new input by a grammar: a third of all start with one. */
  make?: (chance: Chance) => string;
  /** Longest input, in UTF-16 code units. Default 1,024. */
  lengthMax?: number;
  /** Time limit for one input, in ms. Default 1,000. */
  timeMs?: number;
  /**
   * @returns the kind of the input, if coverage does not distinguish it: the first of each kind is kept.
   * @throws any error if the invariant does not hold.
   */
  check(input: string): Trait | Promise<Trait>;
}

export const LENGTH_MAX = 1_024;
export const TIME_MS = 1_000;

/** A JSON text's value; undefined if it is not JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
