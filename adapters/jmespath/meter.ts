import { Decimal } from './decimal.ts';
import { BoundExceeded, Stopped } from './faults.ts';
import type { Value } from './value.ts';

/** Steps that every evaluation may take. */
export const STEPS_FREE = 20_000;
/** Further steps for each value of its envelope. */
export const STEPS_PER_VALUE = 8;
/** Steps of an object or array besides its elements, and of each name of an object: for time or memory. */
export const STEPS_PER_CONTAINER = 4;
export const STEPS_PER_NAME = 8;
/** Steps of comparing two long numbers, besides their digits. */
export const STEPS_PER_DECIMAL = 4;
/** Characters of a text per step, read or created. */
export const CHARACTERS_PER_STEP = 32;
/** Searching a text, and ordering two, takes longer: there is no machine instruction for it. */
const CHARACTERS_SEARCHED_PER_STEP = 8;

/**
 * Counts the steps of an evaluation: one for each evaluated part of the expression, each element read or created, and
 * each 32 characters of a text read or created, or 8 searched. Nothing depends on time, so an expression always gives
 * the same result on the same envelope. Its memory is bounded too, since created values are counted.
 */
export class Meter {
  readonly #envelope: Value;
  readonly #stopAfter: number;
  #limit: number;
  #isExtended = false;
  #steps = 0;

  /** @param stopAfter ends the evaluation earlier, whatever the envelope allows. */
  constructor(envelope: Value, stopAfter = Number.POSITIVE_INFINITY) {
    this.#envelope = envelope;
    this.#limit = Math.min(STEPS_FREE, stopAfter);
    this.#stopAfter = stopAfter;
  }

  get steps(): number {
    return this.#steps;
  }

  /** @throws BoundExceeded */
  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > this.#limit) this.#extend();
  }

  /** Spends the steps of reading or creating a text. */
  spendText(length: number): void {
    this.spend(Math.ceil(length / CHARACTERS_PER_STEP));
  }

  /** Spends the steps of searching a text, character by character. */
  spendSearch(length: number): void {
    this.spend(Math.ceil(length / CHARACTERS_SEARCHED_PER_STEP));
  }

  /** The envelope is measured only if the free steps are not enough. */
  #extend(): void {
    if (this.#steps > this.#stopAfter) throw new Stopped();
    if (!this.#isExtended) {
      this.#isExtended = true;
      this.#limit += STEPS_PER_VALUE * sizeOnce(this.#envelope);
    }
    if (this.#steps > this.#limit) throw new BoundExceeded();
  }
}

const sizes = new WeakMap<object, number>();

/** The size of an envelope, cached for many filters. */
function sizeOnce(envelope: Value): number {
  if (envelope === null || typeof envelope !== 'object') return sizeOf(envelope);
  const size = sizes.get(envelope) ?? sizeOf(envelope);
  sizes.set(envelope, size);
  return size;
}

/** How many values an envelope holds, including itself and names; a long text counts as several. */
export function sizeOf(envelope: Value): number {
  let size = 0;
  const left: Value[] = [envelope];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    size += 1;
    if (typeof value === 'string') size += Math.floor(value.length / CHARACTERS_PER_STEP);
    else if (value instanceof Decimal) size += Math.floor(value.text.length / CHARACTERS_PER_STEP);
    else if (Array.isArray(value)) for (const element of value) left.push(element);
    else if (value !== null && typeof value === 'object') {
      for (const name of Object.keys(value)) {
        size += 1 + Math.floor(name.length / CHARACTERS_PER_STEP);
        left.push(value[name] ?? null);
      }
    }
  }
  return size;
}
