/** Any JSON number. */
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * A number that a double cannot hold exactly: an id above 2^53, 0.1 with twenty digits, 1e400. It is compared by its
 * exact decimal value; arithmetic uses the nearest double.
 */
export class Decimal {
  /** The original text. */
  readonly text: string;
  readonly #sign: -1 | 0 | 1;
  /** The digits without zeros at either end. */
  readonly #digits: string;
  /** The power of ten, with the decimal point after the first digit. */
  readonly #power: bigint;
  #double: number | undefined;

  constructor(text: string) {
    const [, minus, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
    const digits = whole + fraction;
    const significant = digits.replace(/^0+/, '');
    this.text = text;
    this.#digits = withoutZerosBehind(significant);
    this.#sign = this.#digits === '' ? 0 : minus === '-' ? -1 : 1;
    this.#power = readExponent(exponent) + BigInt(whole.length - 1 - (digits.length - significant.length));
  }

  /** The nearest double; infinite beyond their range. */
  get double(): number {
    // Reading a million digits takes milliseconds.
    this.#double ??= Number(this.text);
    return this.#double;
  }

  /** Negative, 0 or positive if this is less than, equal to or greater than the other. */
  compare(other: Decimal): number {
    if (this.#sign !== other.#sign || this.#sign === 0) return this.#sign - other.#sign;
    if (this.#power !== other.#power) return this.#power < other.#power ? -this.#sign : this.#sign;
    if (this.#digits === other.#digits) return 0;
    return this.#digits < other.#digits ? -this.#sign : this.#sign;
  }
}

/** A longer exponent is treated as the largest of this length, since parsing it could take unbounded time. */
const EXPONENT_DIGITS_MAX = 18;

function readExponent(text: string): bigint {
  const digits = text.replace(/^[+-]?0*/, '') || '0';
  const size = digits.length > EXPONENT_DIGITS_MAX ? BigInt(`1${'0'.repeat(EXPONENT_DIGITS_MAX)}`) : BigInt(digits);
  return text.startsWith('-') ? -size : size;
}

/** A loop, since a regular expression would scan each run of zeros to its end. */
function withoutZerosBehind(digits: string): string {
  let end = digits.length;
  while (digits.charAt(end - 1) === '0') end--;
  return digits.slice(0, end);
}

/** A JSON number: a double if that is exact, as nearly always. */
export function readNumber(text: string): number | Decimal {
  const double = Number(text);
  // A double round-trips up to 15 digits within its range.
  if (text.length <= 15 && !/[eE]/.test(text)) return double;
  const exact = new Decimal(text);
  return Number.isFinite(double) && exact.compare(new Decimal(String(double))) === 0 ? double : exact;
}
