import { InvalidArgumentError } from 'commander';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/durations.ts';
import { boundMs, givenTime } from '../../core/time.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

/**
 * Reads a time of the command line, RFC 3339 or how long ago (`90s`, `15m`, `6h`, `7d`), as the API takes it.
 * @throws InvalidArgumentError that says what to write.
 */
export function timeArgument(text: string, nowMs: number): string {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return new Date(nowMs - Number(count) * (UNITS[unit] ?? 0)).toISOString();
  const read = givenTime.safeParse(text);
  if (read.success) return new Date(boundMs(read.data)).toISOString();
  throw new InvalidArgumentError('Use a time such as 2026-11-22T10:00:00Z, or how long ago: 90s, 15m, 6h, 7d.');
}

/** Reads a length of time of the command line, such as `90s` or `5m`, in ms. @throws InvalidArgumentError that says what to write. */
export function durationArgument(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count === undefined || Number(count) === 0) throw new InvalidArgumentError('Use a time such as 90s, 5m or 1h.');
  return Number(count) * (UNITS[unit] ?? 0);
}
