import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ASSUMED } from '../../cli/cost/assumptions.ts';
import { deliveryUsage, eventUsage, type Traffic } from '../../cli/cost/traffic.ts';
import { METRICS } from '../../cli/cost/watched.ts';
import { stages } from '../../lib/stage.ts';
import { idleDollars, tables } from './cost-tables.ts';

const page = readFileSync(new URL('../../docs/cost.md', import.meta.url), 'utf8');
const deploy = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');
const { prod } = stages;
const usual: Traffic = { list: 1, fanout: 1, payloadKb: 2, receiverMs: 200, failureRate: 0, deadRate: 0 };
const shown = (count: number) => count.toLocaleString('en');
/** Two significant digits, rounded down. */
const about = (count: number) => {
  const unit = 10 ** (Math.floor(Math.log10(count)) - 1);
  return shown(Math.floor(count / unit) * unit);
};

// Where counts, prices or assumptions change, so must the tables: a test that fails prints their rows.
describe('the page on costs', () => {
  it.each(Object.entries(tables))('has the table that the counts and prices make: %s', (_, rows) => {
    const table = rows.join('\n');
    expect(page, `docs/cost.md needs these rows:\n${table}\n`).toContain(`|\n${table}\n\n`);
  });

  it('has idle months of at most $14, as the page on deploying says', () => {
    expect(idleDollars).toBeLessThanOrEqual(14);
    expect(deploy).toContain(`\`prod\` costs about $${Math.round(idleDollars)} a month with its alarms`);
  });

  it('names each metric of our own, and the assumptions that matter', () => {
    const traffic = METRICS.traffic.length;
    expect([traffic, page]).toEqual([8, expect.stringContaining('come eight more, $2.40 a month')]);
    for (const name of [...METRICS.always, ...METRICS.heartbeat, 'OurFaultDead', 'OurFaultResent']) {
      expect(page).toContain(`\`${name}\``);
    }
    for (const [what, { busy, quiet }] of Object.entries({
      'messages of a receive and an invocation': ASSUMED.batch,
      'ms of a request to publish': ASSUMED.ingestMs,
      'ms of a batch of the fan-out': ASSUMED.fanoutMs,
      "ms of a batch of deliveries, beside the receiver's": ASSUMED.deliverMs,
      'writes of statistics for a delivery': ASSUMED.statsWrites,
    })) {
      expect(page).toContain(`| ${what} | ${busy} | ${quiet} |`);
    }
    const { invocationLogKb, attemptLogKb, accessLogKb, eventLogKb, metricsLogKb, logCompression } = ASSUMED;
    const flat = page.replaceAll('\n', ' ');
    expect(flat).toContain(
      `An invocation writes ${invocationLogKb} KB of Lambda's own log lines, an attempt ${attemptLogKb} KB, a request ${accessLogKb + eventLogKb} KB, and the metrics of a batch of deliveries ${metricsLogKb.deliver} KB.`,
    );
    expect(flat).toContain(`Stored logs are compressed to ${logCompression}.`);
  });

  it('says what the quotas allow', () => {
    const units = (fanout: number) =>
      (eventUsage(prod, 'busy', { ...usual, fanout }, true).writeUnits ?? 0) +
      // The statistics are in the other table.
      fanout * ((deliveryUsage(prod, 'busy', usual, true).writeUnits ?? 0) - ASSUMED.statsWrites.busy);
    const [one, ten] = [units(1), units(10)];
    expect(page).toContain(
      `| 40,000 | ${about(40_000 / one)} events with one delivery (${one} units), ${about(40_000 / ten)} with ten (${Math.round(ten)} units) |`,
    );
    const executions = (load: 'busy' | 'quiet') => {
      const seconds = ({ gbSeconds = 0 }) => gbSeconds / (prod.functions.ingest.memoryMb / 1_024);
      return seconds(eventUsage(prod, load, usual, true)) + seconds(deliveryUsage(prod, load, usual, true));
    };
    expect(page).toContain(
      `${about(1_000 / executions('busy'))} events if busy, ${about(1_000 / executions('quiet'))} if quiet |`,
    );
    expect(page).toContain(
      `| ${shown(prod.throttle.rate)} requests | ${shown(prod.throttle.rate)} events one a request |`,
    );
    const regions = [...page.matchAll(/^\| [a-z]{2}-[^|]+\| ([\d,]+) \| [^|]+\| [^|]+\| ([\d,]+) \| ([\d,]+) \|$/gm)];
    expect(regions).toHaveLength(7);
    for (const row of regions) {
      const putEvents = Number(row[1]?.replace(',', ''));
      expect(row.slice(2)).toEqual([shown(Math.min(putEvents, prod.throttle.rate)), about(40_000 / one)]);
    }
  });
});
