import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import * as z from 'zod';

/** Fields that are the same on every line, useful only for correlation with other logs, or shown elsewhere in the line. */
const UNSHOWN = new Set([
  'level',
  'message',
  'timestamp',
  'service',
  'sampling_rate',
  'xray_trace_id',
  'traceId',
  'messageId',
  'cold_start',
  'function_arn',
  'function_name',
  'function_memory_size',
  'function_request_id',
]);

/** Forwards a function's output line by line. */
export function forwardLines(stream: Readable, take: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', take);
}

/**
 * Renders a structured log line for a terminal:
 * `12:00:01.123 deliver  INFO  delivery attempted  event=evt_1 endpoint=ep_1 status=200 duration=12ms`.
 * Metrics are shown by name and value. A line that is not a log record is printed unchanged after the function's name.
 */
export function renderLine(label: string, line: string): string {
  const record = parseRecord(line);
  const name = label.padEnd(8);
  if (record === undefined) return `${name} ${line}`;
  const metrics = metricsLine.safeParse(record).data;
  if (metrics !== undefined) return `${timeOf(metrics.at)} ${name} METRIC ${metrics.values.join(' ')}`;
  const { timestamp, level, message } = record;
  const time = typeof timestamp === 'string' ? timeOf(timestamp) : '';
  const fields = Object.entries(record)
    .filter(([field]) => !UNSHOWN.has(field))
    .map(([field, value]) => renderField(field, value));
  return `${time} ${name} ${String(level ?? '').padEnd(5)} ${String(message ?? '')}  ${fields.join(' ')}`.trimEnd();
}

const timeOf = (iso: string) => iso.replace(/^.*T/, '').replace(/Z$/, '');

/** A line in CloudWatch's embedded metric format, as far as a reader cares. */
const metricsLine = z
  .looseObject({
    _aws: z.object({
      Timestamp: z.number(),
      CloudWatchMetrics: z.array(z.object({ Metrics: z.array(z.object({ Name: z.string() })) })),
    }),
  })
  .transform(({ _aws: { Timestamp, CloudWatchMetrics }, ...members }) => ({
    at: new Date(Timestamp).toISOString(),
    values: CloudWatchMetrics.flatMap(({ Metrics }) => Metrics).map(({ Name }) => `${Name}=${shortly(members[Name])}`),
  }));

/** A value, or the least and the greatest of several. */
function shortly(value: unknown): string {
  const numbers = z.array(z.number()).min(1).safeParse([value].flat()).data;
  if (numbers === undefined) return JSON.stringify(value) ?? '';
  const [least, greatest] = [Math.min(...numbers), Math.max(...numbers)].map((one) => Number(one.toFixed(1)));
  return least === greatest ? String(least) : `${least}..${greatest}`;
}

function renderField(field: string, value: unknown): string {
  const name = field.replace(/(?<=.)(Id|_id)$/, '');
  const [, duration] = /^(.*?)_?ms$/i.exec(field) ?? [];
  if (duration !== undefined && typeof value === 'number') return `${duration && `${duration}=`}${Math.round(value)}ms`;
  if (typeof value === 'string') return `${name}=${/[\s"]/.test(value) ? JSON.stringify(value) : value}`;
  return `${name}=${JSON.stringify(value)}`;
}

function parseRecord(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
