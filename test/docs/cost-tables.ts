import type { Load } from '../../cli/cost/assumptions.ts';
import { deliveriesUsage } from '../../cli/cost/bill.ts';
import { idleParts } from '../../cli/cost/idle.ts';
import { costOf, costOfAll, PRICES, type Unit, type Usage } from '../../cli/cost/prices.ts';
import { money } from '../../cli/cost/report.ts';
import { deadUsage, deliveryUsage, eventUsage, retryUsage, type Traffic } from '../../cli/cost/traffic.ts';
import { stages } from '../../lib/stage.ts';

const { prod } = stages;
const MILLION = 1_000_000;
/** What the page's examples have: 2 KB, one event a request, receivers that answer within 200 ms. */
const usual: Traffic = { list: 1, fanout: 1, payloadKb: 2, receiverMs: 200, failureRate: 0, deadRate: 0 };

const row = (...cells: readonly string[]) => `| ${cells.join(' | ')} |`;
const each = (count: number) => String(Number(count.toPrecision(3)));
const dollarsOf = (usage: Usage) => `$${money(costOfAll(usage, PRICES) * MILLION)}`;

type ByLoad = (load: Load) => Usage;
const inBoth = (of: ByLoad) => [dollarsOf(of('busy')), dollarsOf(of('quiet'))];

/** By unit: how many of one thing, and dollars for a million. */
function unitRows(of: ByLoad): string[] {
  const [busy, quiet] = [of('busy'), of('quiet')];
  const units = (Object.keys(PRICES) as Unit[]).filter((unit) => (busy[unit] ?? 0) + (quiet[unit] ?? 0) > 0);
  const cells = (usage: Usage, unit: Unit) => {
    const count = usage[unit] ?? 0;
    const dollars = `$${money(costOf(unit, count, PRICES) * MILLION)}`;
    // Gigabytes of one event are no figure that anybody can picture.
    return PRICES[unit].per === 1 && unit !== 'gbSeconds'
      ? [`${each(count * 1024 ** 2)} KB`, dollars]
      : [each(count), dollars];
  };
  const named = (unit: Unit) => `${PRICES[unit].service}: ${PRICES[unit].unit}`;
  return [
    ...units.map((unit) => row(named(unit), ...cells(busy, unit), ...cells(quiet, unit))),
    row('**sum**', '', `**${inBoth(of)[0]}**`, '', `**${inBoth(of)[1]}**`),
  ];
}

const event =
  (traffic: Partial<Traffic> = {}): ByLoad =>
  (load) =>
    eventUsage(prod, load, { ...usual, ...traffic }, true);
const delivery =
  (traffic: Partial<Traffic> = {}): ByLoad =>
  (load) =>
    deliveryUsage(prod, load, { ...usual, ...traffic }, true);
const average =
  (traffic: Partial<Traffic>): ByLoad =>
  (load) =>
    deliveriesUsage(prod, load, { ...usual, ...traffic }, true);

/** The tables of docs/cost.md, row by row. */
export const tables = {
  events: unitRows(event()),
  deliveries: unitRows(delivery()),
  lists: [1, 10, 100].map((list) => row(list === 1 ? 'one a request' : `lists of ${list}`, ...inBoth(event({ list })))),
  sizes: [2, 20, 60, 200].map((payloadKb) =>
    row(`${payloadKb} KB`, ...inBoth(event({ payloadKb })), ...inBoth(delivery({ payloadKb }))),
  ),
  failures: [
    row('a delivery that succeeds at once', ...inBoth(delivery())),
    row('each attempt that fails and is made again', ...inBoth((load) => retryUsage(prod, load, usual, true))),
    row('a delivery that fails ten times', ...inBoth((load) => deadUsage(prod, load, usual, true))),
    row('deliveries on average, if 1 % of attempts fail', ...inBoth(average({ failureRate: 0.01 }))),
    row('deliveries on average, if 1 % of them fail ten times', ...inBoth(average({ deadRate: 0.01 }))),
  ],
  idle: idleRows(),
  prices: Object.values(PRICES).map(({ service, unit, dollars, per, sources }) =>
    row(
      service,
      unit,
      per === 1 ? `$${dollars}` : `$${dollars} a million`,
      sources.map(({ name, date }) => `${name} (${date})`).join('; '),
    ),
  ),
};

function idleRows(): string[] {
  const parts = idleParts(prod, true).map(({ name, usage }) => ({ name, dollars: costOfAll(usage, PRICES) }));
  const without = idleParts(prod, false).reduce((sum, { usage }) => sum + costOfAll(usage, PRICES), 0);
  const all = parts.reduce((sum, { dollars }) => sum + dollars, 0);
  return [
    ...parts.map(({ name, dollars }) => row(name, `$${money(dollars)}`)),
    row('**idle, with alarms**', `**$${money(all)}**`),
    row('**idle, without alarms**', `**$${money(without)}**`),
  ];
}

/** Dollars a month of idle `prod` with alarms. */
export const idleDollars = idleParts(prod, true).reduce((sum, { usage }) => sum + costOfAll(usage, PRICES), 0);
