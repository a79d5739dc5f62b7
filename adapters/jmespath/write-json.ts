import { Decimal } from './decimal.ts';
import { DEPTH_MAX } from './equal.ts';
import { BoundExceeded } from './faults.ts';
import type { Meter } from './meter.ts';
import { isMembers, type Value } from './value.ts';

const STEPS_PER_VALUE_WRITTEN = 4;

/** A value as JSON text without spaces; numbers that a double does not hold keep their original text. */
export function writeJson(value: Value, meter: Meter): string {
  const pieces: string[] = [];
  write(value, pieces, meter, 0);
  return pieces.join('');
}

function write(value: Value, pieces: string[], meter: Meter, depth: number): void {
  if (depth > DEPTH_MAX) throw new BoundExceeded();
  meter.spend(STEPS_PER_VALUE_WRITTEN);
  if (Array.isArray(value)) {
    pieces.push('[');
    for (const [at, element] of value.entries()) {
      if (at > 0) pieces.push(',');
      write(element, pieces, meter, depth + 1);
    }
    pieces.push(']');
  } else if (isMembers(value)) {
    pieces.push('{');
    for (const [at, name] of Object.keys(value).entries()) {
      const before = at === 0 ? '' : ',';
      meter.spendText(name.length);
      pieces.push(`${before}${JSON.stringify(name)}:`);
      write(value[name] ?? null, pieces, meter, depth + 1);
    }
    pieces.push('}');
  } else {
    if (typeof value === 'string') meter.spendText(value.length);
    const text = value instanceof Decimal ? value.text : JSON.stringify(value);
    if (value instanceof Decimal) meter.spendText(text.length);
    pieces.push(text);
  }
}
