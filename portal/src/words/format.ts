/** Numbers, times and sizes as the reader's own language writes them. */
const number = new Intl.NumberFormat();
const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const count = (value: number): string => number.format(value);

/** A number with the word for it. */
export const amount = (value: number, one: string, many: string): string =>
  `${number.format(value)} ${value === 1 ? one : many}`;

/** A share of one. Nearly all is not all: 0.9999 is not 100 %. */
export const share = (value: number): string => percent.format(value < 1 ? Math.min(value, 0.999) : value);

/** A time in full. */
export const fullTime = (iso: string): string => moment.format(new Date(iso));

/** A time as short as it can be told apart: today's by the clock, others with their day. */
export function shortTime(iso: string, nowMs: number): string {
  const at = new Date(iso);
  return new Date(nowMs).toDateString() === at.toDateString() ? clock.format(at) : day.format(at);
}

/** A span in its two largest units, such as `1 h 25 min`; below a second in milliseconds. */
export function duration(ms: number): string {
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND_MS) return `${number.format(Math.round(ms / 100) / 10)} s`;
  const parts = [
    [Math.floor(ms / DAY_MS), 'd'],
    [Math.floor((ms % DAY_MS) / HOUR_MS), 'h'],
    [Math.floor((ms % HOUR_MS) / MINUTE_MS), 'min'],
    [Math.floor((ms % MINUTE_MS) / SECOND_MS), 's'],
  ] as const;
  const first = parts.findIndex(([value]) => value > 0);
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}

/** A size of a text in bytes. */
export function size(bytes: number): string {
  if (bytes < 1024) return amount(bytes, 'byte', 'bytes');
  const [value, unit] = bytes < 1024 ** 2 ? [bytes / 1024, 'KB'] : [bytes / 1024 ** 2, 'MB'];
  return `${number.format(Math.round(value * 10) / 10)} ${unit}`;
}
