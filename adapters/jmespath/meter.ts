import { Decimal } from './decimal.ts';
import { BoundExceeded, Stopped } from './faults.ts';
import type { Value } from './value.ts';

/** Steps that every evaluation may take. */
export const STEPS_FREE = 20_000;
/** Steps that it may take beyond that for each value of its envelope. */
export const STEPS_PER_VALUE = 8;
/** What an object or array takes besides its elements, and what each name of an object takes: of time or of memory. */
export const STEPS_PER_CONTAINER = 4;
export const STEPS_PER_NAME = 8;
/** What comparing two long numbers takes besides their digits. */
export const STEPS_PER_DECIMAL = 4;
/** So many characters of a text are a step, whether they are read or made. */
export const CHARACTERS_PER_STEP = 32;
/** Looking through a text, and ordering two, takes longer: there is no machine instruction for it. */
const CHARACTERS_SEARCHED_PER_STEP = 8;

/**
 * Counts what an evaluation does: a step for each part of the expression that is evaluated, each element that is looked
 * at or made, and each 32 characters of a text that are read or made, or 8 that are looked through. Nothing depends on
 * time, so an expression comes to the same end on the same envelope wherever and whenever it is asked. Its memory is
 * bounded too: what is made is counted.
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

  /** Spends what reading or making a text takes. */
  spendText(length: number): void {
    this.spend(Math.ceil(length / CHARACTERS_PER_STEP));
  }

  /** Spends what looking through a text takes, character by character. */
  spendSearch(length: number): void {
    this.spend(Math.ceil(length / CHARACTERS_SEARCHED_PER_STEP));
  }

  /** The envelope is counted only for those who need more than all may have. */
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

/** The size of an envelope that many filters are asked of. */
function sizeOnce(envelope: Value): number {
  if (envelope === null || typeof envelope !== 'object') return sizeOf(envelope);
  const size = sizes.get(envelope) ?? sizeOf(envelope);
  sizes.set(envelope, size);
  return size;
}

/** How many values an envelope holds, itself and names included; a long text counts as several. */
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
