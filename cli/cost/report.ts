import { table } from '../table.ts';
import { ASSUMED } from './assumptions.ts';
import { type Bill, billOf, type Range } from './bill.ts';
import type { CostOptions } from './options.ts';
import { PRICED_REGION, PRICES } from './prices.ts';

/** Two decimals, or three digits where more would pretend to precision. */
export const money = (dollars: number): string =>
  dollars < 100
    ? dollars.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
    : Number(dollars.toPrecision(3)).toLocaleString('en');

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
const percent = (share: number) => `${Number((share * 100).toPrecision(3))} %`;

/** A bill for people: by unit, what is idle, what a million more cost, and what was assumed. */
export function report(options: CostOptions): string {
  const bill = billOf(options);
  return [
    heading(options),
    noteOnPrices(options),
    `US dollars a month. "busy": messages come in full batches; "quiet": each comes alone.
Expect nearly quiet below about ten events a second, and busy from some hundreds on.`,
    lines(bill, options),
    table({ headings: ['without any traffic', 'dollars'], rows: idleRows(bill), right: [1] }),
    perMillion(bill),
    assumptions(options),
  ].join('\n\n');
}

function heading({ stage, hasAlarms, region, eventsPerMonth, traffic }: CostOptions): string {
  const perSecond = eventsPerMonth / (730 * 3_600);
  const rate = Number(perSecond.toPrecision(2)).toLocaleString('en');
  const published = traffic.list === 1 ? 'one a request' : `in lists of ${traffic.list}`;
  const events = `${eventsPerMonth.toLocaleString('en')} events a month (${rate} a second), ${published}, with ${traffic.payloadKb} KB of data`;
  const deliveries =
    traffic.fanout === 1 ? 'one delivery each' : `${traffic.fanout.toLocaleString('en')} deliveries each`;
  const failing = `${percent(traffic.failureRate)} of attempts fail, ${percent(traffic.deadRate)} of deliveries die`;
  return `${stage.name} in ${region}, ${hasAlarms ? 'with' : 'without'} alarms\n${events}\n${deliveries}; ${failing}`;
}

function noteOnPrices({ region, prices }: CostOptions): string {
  const given = Object.entries(prices).filter(
    ([unit, { dollars }]) => dollars !== PRICES[unit as keyof typeof PRICES].dollars,
  );
  const instead =
    given.length === 0 ? '' : ` Given instead: ${given.map(([unit, { dollars }]) => `${unit} ${dollars}`).join(', ')}.`;
  const where =
    region === PRICED_REGION
      ? `List prices of ${PRICED_REGION}, without free tiers.`
      : `Prices are those of ${PRICED_REGION}, without free tiers: the price list has no others. What ${region} costs may differ; pass its prices with --price.`;
  return `${where}${instead}`;
}

function lines({ lines: all, total }: Bill, { prices }: CostOptions): string {
  let last = '';
  const rows = all.map(({ unit, count, dollars }) => {
    const { service, unit: name, dollars: each, per } = prices[unit];
    const shown = service === last ? '' : service;
    last = service;
    const price = per === 1 ? String(Number(each.toPrecision(3))) : `${each}/M`;
    return [shown, name, price, ...inBoth(count, (value) => compact.format(value)), ...inBoth(dollars, money)];
  });
  rows.push(['total', '', '', '', '', ...inBoth(total, money)]);
  const headings = ['service', 'unit', 'price', 'busy', 'quiet', 'busy $', 'quiet $'];
  return table({ headings, rows, right: [2, 3, 4, 5, 6] });
}

const inBoth = ({ busy, quiet }: Range, shown: (value: number) => string): [string, string] => [
  shown(busy),
  shown(quiet),
];

function idleRows({ idle }: Bill): string[][] {
  const sum = idle.reduce((all, { dollars }) => all + dollars, 0);
  return [...idle.map(({ name, dollars }) => [name, money(dollars)]), ['idle, in the total above', money(sum)]];
}

function perMillion({ millionEvents, millionDeliveries }: Bill): string {
  const rows = [
    ['events, without their deliveries', ...inBoth(millionEvents, money)],
    ['deliveries, with their failures', ...inBoth(millionDeliveries, money)],
  ];
  return table({ headings: ['a million', 'busy $', 'quiet $'], rows, right: [1, 2] });
}

function assumptions({ traffic }: CostOptions): string {
  const { ingestMs, deliverMs, batch } = ASSUMED;
  return [
    'Counted by the bench: calls, DynamoDB units. Assumed:',
    `  a receiver answers after ${traffic.receiverMs} ms; a batch of deliveries takes ${deliverMs.busy} ms (quiet: ${deliverMs.quiet} ms) beside that`,
    `  a publish takes ${ingestMs.busy} ms (quiet: ${ingestMs.quiet} ms); a batch has ${batch.busy} messages (quiet: ${batch.quiet})`,
    '  a failed answer has 1 KB; a delivery that dies has failed ten times over a day; what is stored stays for 30 days',
    'Not in it: filters (only time of the fan-out), API calls of operators, jobs, the first three dashboards and 14 million calls',
    'of Scheduler a month, which every account has free.',
  ].join('\n');
}
