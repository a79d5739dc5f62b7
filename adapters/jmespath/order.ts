import { Decimal } from './decimal.ts';
import { type Meter, STEPS_PER_DECIMAL } from './meter.ts';
import { isNumber, type Value } from './value.ts';

/** What making a Decimal of a double takes. */
const STEPS_PER_CONVERSION = 40;

/**
 * Below 0, 0 or above 0: of two numbers by their exact decimal value, of two strings by Unicode code points. Null of all
 * else, which has no order.
 */
export function orderOf(one: Value, other: Value, meter: Meter): number | null {
  if (isNumber(one) && isNumber(other)) return orderOfNumbers(one, other, meter);
  return typeof one === 'string' && typeof other === 'string' ? orderOfStrings(one, other, meter) : null;
}

function orderOfNumbers(one: number | Decimal, other: number | Decimal, meter: Meter): number {
  meter.spend(1);
  const [a, b] = [toDouble(one), toDouble(other)];
  // Rounding keeps the order: only what rounds to the same double needs a closer look.
  if (a !== b) return a < b ? -1 : 1;
  if (typeof one === 'number' && typeof other === 'number') return 0;
  const [exact, otherExact] = [toDecimal(one, meter), toDecimal(other, meter)];
  meter.spend(STEPS_PER_DECIMAL);
  meter.spendText(Math.min(exact.text.length, otherExact.text.length));
  return exact.compare(otherExact);
}

export const toDouble = (number: number | Decimal): number => (typeof number === 'number' ? number : number.double);

/** A double is what its shortest text says. */
function toDecimal(number: number | Decimal, meter: Meter): Decimal {
  if (typeof number !== 'number') return number;
  meter.spend(STEPS_PER_CONVERSION);
  return new Decimal(String(number));
}

/** JavaScript's own order is that of UTF-16 units. */
function orderOfStrings(one: string, other: string, meter: Meter): number {
  const length = Math.min(one.length, other.length);
  let at = 0;
  while (at < length && one.charCodeAt(at) === other.charCodeAt(at)) at++;
  meter.spend(1);
  if (at > 0) meter.spendSearch(at);
  if (at === length) return one.length - other.length;
  const [a, b] = [one.charCodeAt(at), other.charCodeAt(at)];
  // A unit of a surrogate pair stands for a code point above all others.
  return isSurrogate(a) === isSurrogate(b) ? a - b : isSurrogate(a) ? 1 : -1;
}

const isSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;
