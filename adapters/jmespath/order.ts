import { Decimal } from './decimal.ts';
import { type Meter, STEPS_PER_DECIMAL } from './meter.ts';
import { isNumber, type Value } from './value.ts';

/** Steps of converting a double to a Decimal. */
const STEPS_PER_CONVERSION = 40;

/**
 * Negative, 0 or positive: two numbers by their exact decimal value, two strings by Unicode code points. Null for
 * anything else, which has no order.
 */
export function orderOf(one: Value, other: Value, meter: Meter): number | null {
  if (isNumber(one) && isNumber(other)) return orderOfNumbers(one, other, meter);
  return typeof one === 'string' && typeof other === 'string' ? orderOfStrings(one, other, meter) : null;
}

function orderOfNumbers(one: number | Decimal, other: number | Decimal, meter: Meter): number {
  meter.spend(1);
  const [a, b] = [toDouble(one), toDouble(other)];
  // Rounding preserves the order: only numbers that round to the same double need an exact comparison.
  if (a !== b) return a < b ? -1 : 1;
  if (typeof one === 'number' && typeof other === 'number') return 0;
  const [exact, otherExact] = [toDecimal(one, meter), toDecimal(other, meter)];
  meter.spend(STEPS_PER_DECIMAL);
  meter.spendText(Math.min(exact.text.length, otherExact.text.length));
  return exact.compare(otherExact);
}

export const toDouble = (number: number | Decimal): number => (typeof number === 'number' ? number : number.double);

/** The value of a double is that of its shortest text. */
function toDecimal(number: number | Decimal, meter: Meter): Decimal {
  if (typeof number !== 'number') return number;
  meter.spend(STEPS_PER_CONVERSION);
  return new Decimal(String(number));
}

/** By code points, since JavaScript orders by UTF-16 units. */
function orderOfStrings(one: string, other: string, meter: Meter): number {
  const length = Math.min(one.length, other.length);
  let at = 0;
  while (at < length && one.charCodeAt(at) === other.charCodeAt(at)) at++;
  meter.spend(1);
  if (at > 0) meter.spendSearch(at);
  if (at === length) return one.length - other.length;
  const [a, b] = [one.charCodeAt(at), other.charCodeAt(at)];
  // A surrogate belongs to a code point above all others.
  return isSurrogate(a) === isSurrogate(b) ? a - b : isSurrogate(a) ? 1 : -1;
}

const isSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;
