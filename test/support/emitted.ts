import { vi } from 'vitest';
import * as z from 'zod';

/**
 * A line in CloudWatch's embedded metric format. Source: CloudWatch user guide, "Specification: Embedded metric format": a metric's
 * value is a number or up to 100 of them, its name and its dimensions are members beside `_aws`, and it has at most 30 dimensions.
 */
const line = z.looseObject({
  _aws: z.strictObject({
    Timestamp: z.number().int(),
    CloudWatchMetrics: z
      .array(
        z.strictObject({
          Namespace: z.string().min(1).max(1024),
          Dimensions: z.array(z.array(z.string()).max(30)).length(1),
          Metrics: z.array(z.strictObject({ Name: z.string().min(1), Unit: z.string() })).max(100),
        }),
      )
      .length(1),
  }),
});
const values = z.union([z.number(), z.array(z.number()).min(1).max(100)]);

/** What CloudWatch takes from the lines. */
export interface Emitted {
  readonly namespace: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** By name: the unit, and the values of all lines. */
  readonly metrics: Readonly<Record<string, { readonly unit: string; readonly values: readonly number[] }>>;
}

/** Makes Powertools write its metrics, and its log, to the console of the test. @returns the lines. */
export function watchConsole(): string[] {
  const lines: string[] = [];
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  for (const method of ['info', 'warn', 'error', 'log'] as const) {
    vi.spyOn(console, method).mockImplementation((text: unknown) => void lines.push(String(text)));
  }
  return lines;
}

/** What the lines emit, read as CloudWatch does; each emission by itself. */
export function emissionsIn(lines: readonly string[]): Emitted[] {
  return lines.filter((text) => text.includes('"_aws"')).map((text) => readLine(JSON.parse(text)));
}

/** The sum of each metric over all lines, by its name. */
export function sumsIn(lines: readonly string[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { metrics } of emissionsIn(lines)) {
    for (const [name, metric] of Object.entries(metrics)) {
      sums[name] = metric.values.reduce((sum, value) => sum + value, sums[name] ?? 0);
    }
  }
  return sums;
}

function readLine(json: unknown): Emitted {
  const found = line.parse(json);
  const [directive] = found._aws.CloudWatchMetrics;
  if (directive === undefined) throw new Error('There is no metric directive.');
  const dimensions = z.string().min(1);
  return {
    namespace: directive.Namespace,
    dimensions: Object.fromEntries(directive.Dimensions.flat().map((name) => [name, dimensions.parse(found[name])])),
    metrics: Object.fromEntries(
      directive.Metrics.map(({ Name, Unit }) => [Name, { unit: Unit, values: [values.parse(found[Name])].flat() }]),
    ),
  };
}
