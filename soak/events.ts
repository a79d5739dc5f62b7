import { randomOf } from './random.ts';

/** The events of a soak. The n-th is always the same text, so nothing has to be stored. */
export interface Events {
  typeOf(n: number): string;
  /** The text of `data`, byte for byte as published. */
  dataOf(n: number): string;
}

const TYPES = Array.from({ length: 8 }, (_, index) => `soak.type${index + 1}`);
export const EVENT_TYPES: readonly string[] = TYPES;

/** Would change if anything on the way parsed and reserialized it in JavaScript. */
const FRAGILE = String.raw`"big":1234567890123456789,"one":1.0,"small":1e-7,"text":"ünïcode \u2028 \/ 🚚","b":[ {},	null ]`;
/** A body of this size is passed by reference, not inside the message. */
const LARGE_BYTES = 70_000;
const LARGE_SHARE = 0.03;

export function eventsOf(seed: number): Events {
  const sizeOf = (n: number): number => {
    const random = randomOf(seed, `size ${n}`);
    return random.unit() < LARGE_SHARE ? LARGE_BYTES : random.between(0, 1_500);
  };
  return {
    typeOf: (n) => TYPES[randomOf(seed, `type ${n}`).between(0, TYPES.length - 1)] ?? '',
    dataOf: (n) => `{"n":${n},${FRAGILE},"padding":"${`${n}-`.repeat(sizeOf(n) / `${n}-`.length)}"}`,
  };
}

/** The number of an event, from the text of its webhook. */
export function numberIn(body: string): number | undefined {
  const found = /,"data":\{"n":(\d+),/.exec(body)?.[1];
  return found === undefined ? undefined : Number(found);
}
