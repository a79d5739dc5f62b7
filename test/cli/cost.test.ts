import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { billOf, deliveriesUsage, type Question, retriesOf } from '../../cli/cost/bill.ts';
import { HELP, readOptions } from '../../cli/cost/options.ts';
import { costOfAll, NOT_BILLED, PRICES, type Usage } from '../../cli/cost/prices.ts';
import { report } from '../../cli/cost/report.ts';
import { deadUsage, deliveryUsage, eventUsage, retryUsage, type Traffic } from '../../cli/cost/traffic.ts';
import { UsageFault } from '../../cli/explain.ts';
import { stages } from '../../lib/stage.ts';

const { prod } = stages;
const usual: Traffic = { list: 1, fanout: 1, payloadKb: 2, receiverMs: 200, failureRate: 0, deadRate: 0 };
const dollars = (usage: Usage) => costOfAll(usage, PRICES);
const question = (changes: Partial<Question> = {}): Question => ({
  ...{ stage: prod, hasAlarms: false, prices: PRICES, eventsPerMonth: 1_000_000, traffic: usual },
  ...changes,
});
const read = (...args: string[]) => {
  const options = readOptions(['--events-per-month', '1000', ...args]);
  return options === 'help' ? expect.fail('That is not help.') : options;
};

describe('the bill', () => {
  // By hand, from the price list and the page's assumptions: a million events, each with a delivery, in full batches.
  it('is what somebody with pencil and paper makes of the same figures', () => {
    const [gb, logsKept] = [1_000_000 / 1_048_576, 0.15 * 3 * 0.03];
    const published =
      1.0 + // a request to the API each
      (0.2 + 25_000 * 0.0000133334) + // an invocation of ingest each: 50 ms of half a GB
      (5.0 + 2 * gb * 0.023) + // an object of 2 KB each
      (4 * 0.625 + (0.4 + 1.0) * 0.125 + 1.9 * gb * 0.25) + // 3 + 1 units written, 1.4 read, 1.9 KB stored
      1.0 + // an entry on the bus each
      (1.2 * 0.4 + 1.2 * 0.1) + // sent; received and deleted with nine others; all with a message group
      (0.1 * 0.2 + 100_000 * 0.045 * 0.5 * 0.0000133334) + // a tenth of an invocation of 45 ms
      1.3 * gb * (0.5 + logsKept) + // 0.45 + 0.5 + 0.3 KB of logs, and a tenth of 0.5
      0.5 * gb * 0.09; // the answer
    const delivered =
      0.42 * 0.4 +
      0.3 * 0.1 + // sent, received and deleted with nine others; and a tally for ten
      (2.2 * 0.625 + 1.5 * 0.125 + 1.4 * gb * 0.25) + // the record twice over, and two tenths of a statistic
      (0.1 * 0.2 + 100_000 * 0.28 * 0.5 * 0.0000133334) + // a tenth of an invocation of 280 ms
      0.7 * gb * (0.5 + logsKept) + // 0.65 KB, and a tenth of 0.5
      5 * gb * 0.09; // 2 KB, 1 KB of headers and 2 KB of TLS
    const idle =
      1.0 + // the key
      8 * 0.657 * 0.4 + // eight queues, five receives every 20 s of 730 hours
      43_800 * ((79.5 * 0.125 + 10 * 0.4 + 8 * 0.2) / 1_000_000 + 8 * 0.04 * 0.5 * 0.0000133334) + // the tasks
      ((43_800 * 8) / 3) * 0.000000625 + // what they note every third minute
      ((350_400 * 0.5) / 1_048_576) * (0.5 + logsKept); // their logs

    const bill = billOf(question());
    expect(bill.millionEvents.busy).toBeCloseTo(published, 6);
    expect(bill.millionDeliveries.busy).toBeCloseTo(delivered, 6);
    expect(bill.total.busy).toBeCloseTo(published + delivered + idle, 6);
    expect([published, delivered, idle].map((sum) => sum.toFixed(2))).toEqual(['12.03', '3.07', '4.04']);
  });

  it('is the sum of its lines, and of idle and traffic', () => {
    const { lines, idle, traffic, total } = billOf(question({ hasAlarms: true }));
    for (const load of ['busy', 'quiet'] as const) {
      expect(lines.reduce((sum, line) => sum + line.dollars[load], 0)).toBeCloseTo(total[load], 9);
      expect(idle.reduce((sum, part) => sum + part.dollars, traffic[load])).toBeCloseTo(total[load], 9);
    }
  });

  it('grows by as much as a million more of each', () => {
    const traffic = { ...usual, fanout: 3, failureRate: 0.02, deadRate: 0.001 };
    const [one, two] = [1_000_000, 2_000_000].map((eventsPerMonth) => billOf(question({ eventsPerMonth, traffic })));
    if (one === undefined || two === undefined) return expect.fail();
    expect(two.total.quiet - one.total.quiet).toBeCloseTo(one.millionEvents.quiet + 3 * one.millionDeliveries.quiet, 6);
  });

  it('is of the idle parts alone without events', () => {
    const { total, idle } = billOf(question({ eventsPerMonth: 0, hasAlarms: true }));
    expect(total.busy).toBeCloseTo(
      idle.reduce((sum, part) => sum + part.dollars, 0),
      9,
    );
  });

  it('is lower for lists, under load, and without alarms', () => {
    const single = billOf(question());
    const listed = billOf(question({ traffic: { ...usual, list: 100 } }));
    expect(listed.millionEvents.busy).toBeLessThan(single.millionEvents.busy / 3);
    expect(listed.millionDeliveries).toEqual(single.millionDeliveries);
    expect(single.total.busy).toBeLessThan(single.total.quiet);
    expect(single.total.busy).toBeLessThan(billOf(question({ hasAlarms: true })).total.busy - 10);
  });

  it('counts messages, entries and requests by their size', () => {
    const of = (payloadKb: number, list = 1) => eventUsage(prod, 'busy', { ...usual, payloadKb, list }, false);
    expect([of(2).busEvents, of(60).busEvents, of(200).busEvents]).toEqual([1, 1, 1]);
    // A hundred of 2.5 KB with their envelope are 250 KB: four times 64.
    expect([of(2, 100).busEvents, of(2, 100).s3Puts, of(2, 100).apiRequests]).toEqual([0.04, 0.01, 0.01]);
    expect(of(6, 100).apiRequests).toBe(0.02);
    // Ten of 20.5 KB are 205 KB: a batch counts four times when it is sent and received, and once when it is deleted.
    const { sqsRequests, s3Gets } = deliveryUsage(prod, 'busy', { ...usual, payloadKb: 20 }, false);
    expect(sqsRequests).toBeCloseTo((4 + 4 + 1 + 1.2) / 10, 9);
    expect([s3Gets, deliveryUsage(prod, 'busy', { ...usual, payloadKb: 100 }, false).s3Gets]).toEqual([undefined, 1]);
  });

  it('adds failed attempts by their number on average, and deliveries that die by their share', () => {
    expect(retriesOf(0)).toBe(0);
    expect(retriesOf(0.5)).toBeCloseTo(1 - 1 / 512, 9);
    expect(retriesOf(1)).toBe(9);

    const of = (traffic: Partial<Traffic>) => dollars(deliveriesUsage(prod, 'busy', { ...usual, ...traffic }, false));
    const [success, retry, dead] = [deliveryUsage, retryUsage, deadUsage].map((usage) =>
      dollars(usage(prod, 'busy', usual, false)),
    );
    expect(of({ failureRate: 0.5 })).toBeCloseTo((success ?? 0) + (1 - 1 / 512) * (retry ?? 0), 9);
    expect(of({ deadRate: 0.25 })).toBeCloseTo(0.75 * (success ?? 0) + 0.25 * (dead ?? 0), 9);
    expect(retry).toBeGreaterThan(success ?? 0);
    expect(dead).toBeGreaterThan(10 * (success ?? 0));
  });
});

describe('the command line', () => {
  it('has a default for everything but the events', () => {
    expect(read()).toEqual({
      ...{ stage: prod, hasAlarms: true, region: 'us-east-1', prices: PRICES, eventsPerMonth: 1_000, traffic: usual },
    });
  });

  it('takes shares as numbers and as percentages, and the alarms of the stage', () => {
    expect(read('--failure-rate', '2%', '--dead-rate', '0.001').traffic).toMatchObject({
      ...{ failureRate: 0.02, deadRate: 0.001 },
    });
    expect(read('--stage', 'dev').hasAlarms).toBe(false);
    expect(read('--stage', 'dev', '--alarms', 'on').hasAlarms).toBe(true);
  });

  it('takes prices instead of those of the list', () => {
    const { prices } = read('--price', 'writeUnits=1.25', '--price', 's3Puts=6');
    expect([prices.writeUnits.dollars, prices.s3Puts.dollars, prices.readUnits.dollars]).toEqual([1.25, 6, 0.125]);
  });

  it.each([
    [['--events-per-month', '10,000'], '--events-per-month takes a number from 0 to'],
    [['--events-per-month', '-5'], "'--events-per-month'"],
    [['--fanout', ''], '--fanout takes a number'],
    [['--list', '101'], '--list takes a number from 1 to 100'],
    [['--list', '1.5'], '--list takes a whole number'],
    [['--failure-rate', '5'], 'such as 0.02 or 2%; "5" is neither'],
    [['--dead-rate', '%'], '--dead-rate takes a share'],
    [['--stage', 'local'], '--stage takes one of: dev, prod.'],
    [['--alarms', 'yes'], '--alarms takes on or off.'],
    [['--price', 'writes=1'], '"writes=1" is not'],
    [['--price', 'scheduled=1'], '"scheduled=1" is not'],
    [['--price', 'writeUnits='], '"writeUnits=" is not'],
    [['--event', '5'], "Unknown option '--event'"],
  ])('refuses %j and says what it takes', (args, said) => {
    expect(() => read(...args)).toThrow(UsageFault);
    expect(() => read(...args)).toThrow(said);
  });

  it('asks for the events, and describes each option and price', () => {
    expect(() => readOptions([])).toThrow('Pass --events-per-month, such as --events-per-month 1000000. See --help.');
    expect(readOptions(['--help'])).toBe('help');
    for (const unit of Object.keys(PRICES)) {
      if (NOT_BILLED.some((other) => other === unit)) expect(HELP).not.toContain(`\n  ${unit} `);
      else expect(HELP).toContain(`\n  ${unit} `);
    }
    expect(Math.max(...HELP.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
  });
});

describe('the report', () => {
  it('has aligned columns, a total, the idle parts and what a million more cost', () => {
    const said = report(read('--events-per-month', '10000000', '--fanout', '3', '--failure-rate', '1%'));
    const lines = said.split('\n');
    const first = lines.findIndex((line) => line.startsWith('service '));
    const last = lines.findIndex((line) => line.startsWith('total'));
    const rule = lines[first + 1] ?? '';

    expect(said).toContain('10,000,000 events a month (3.8 a second), one a request, with 2 KB of data');
    expect(said).toContain('3 deliveries each; 1 % of attempts fail, 0 % of deliveries die');
    expect(lines.slice(first, last + 1).every((line) => line.length === rule.length)).toBe(true);
    expect(said).toMatch(/^total +[\d,]+ +[\d,]+$/m);
    expect(said).toMatch(/^idle, in the total above +\d+\.\d\d$/m);
    expect(said).toMatch(/^events, without their deliveries +\d+\.\d\d +\d+\.\d\d$/m);
  });

  it('says whose prices they are', () => {
    expect(report(read())).toContain('List prices of us-east-1, without free tiers.');
    expect(report(read('--region', 'eu-west-1', '--price', 'writeUnits=0.7'))).toContain(
      'Prices are those of us-east-1, without free tiers: the price list has no others. What eu-west-1 costs may differ; pass its prices with --price. Given instead: writeUnits 0.7.',
    );
  });
});

describe('npm run cost', () => {
  const run = (...args: string[]) => {
    const command = fileURLToPath(new URL('../../cli/cost.ts', import.meta.url));
    return spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', command, ...args], {
      encoding: 'utf8',
    });
  };

  it('prints the bill, or says on standard error what is wrong', () => {
    const good = run('--events-per-month', '1000');
    expect([good.status, good.stderr]).toEqual([0, '']);
    expect(good.stdout).toContain('prod in us-east-1, with alarms');

    const bad = run('--events-per-month', 'many');
    expect([bad.status, bad.stdout]).toEqual([2, '']);
    expect(bad.stderr).toMatch(/^cost: --events-per-month takes a number .* See --help\.\n$/);
  });
});
