import { parseArgs } from 'node:util';
import { type Stage, type StageName, stages } from '../../lib/stage.ts';
import { UsageFault } from '../explain.ts';
import type { Question } from './bill.ts';
import { NOT_BILLED, PRICED_REGION, PRICES, type PriceList, type Unit } from './prices.ts';

/** The stages that may be deployed to an account. */
const DEPLOYED: readonly StageName[] = ['dev', 'prod'];

const UNITS = (Object.keys(PRICES) as Unit[]).filter((unit) => !NOT_BILLED.includes(unit));

export const HELP = `Usage: npm run cost -- --events-per-month N [options]

Says what AWS would bill for a month, in US dollars: list prices without free tiers, discounts and tax.
It asks nobody and changes nothing. docs/cost.md explains the figures.

  --events-per-month N   events that are published
  --fanout F             deliveries of an event, on average                  (default: 1)
  --failure-rate P       share of attempts that fail and are made again: 0.02 or 2%
                                                                             (default: 0)
  --dead-rate P          share of deliveries that fail ten times, and die    (default: 0)
  --list N               events of one request, 1 to 100                     (default: 1)
  --payload-kb N         size of an event's data, 0.1 to 1,000               (default: 2)
  --receiver-ms N        how long receivers take to answer                   (default: 200)
  --stage NAME           ${DEPLOYED.join(', ')}: its sizes, and whether it has alarms       (default: prod)
  --alarms on|off        with metrics, alarms and heartbeat, or without      (default: the stage's)
  --region NAME          where it would run                                  (default: ${PRICED_REGION})
  --price UNIT=DOLLARS   a price to use instead of the list's; may be repeated

Prices are those of ${PRICED_REGION}, in any region, except those that --price gives. Its units are:
${UNITS.map((unit) => `  ${unit.padEnd(17)} ${PRICES[unit].service}, ${PRICES[unit].unit}: ${PRICES[unit].dollars}${PRICES[unit].per === 1 ? '' : ' a million'}`).join('\n')}

Exit code: 0 the bill is printed, 2 the command line is wrong.`;

const text = { type: 'string' } as const;
const options = {
  'events-per-month': text,
  fanout: text,
  'failure-rate': text,
  'dead-rate': text,
  list: text,
  'payload-kb': text,
  'receiver-ms': text,
  stage: text,
  alarms: text,
  region: text,
  price: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' },
} as const;

/** What to bill, and the region that it is for. */
export interface CostOptions extends Question {
  readonly region: string;
}

/**
 * Reads the command line.
 * @throws UsageFault naming the option and its valid values.
 */
export function readOptions(args: readonly string[]): CostOptions | 'help' {
  const given = parse(args);
  if (given.help === true) return 'help';
  if (given['events-per-month'] === undefined) {
    throw new UsageFault('Pass --events-per-month, such as --events-per-month 1000000.');
  }
  const stage = stageNamed(given.stage ?? 'prod');
  return {
    stage,
    hasAlarms: alarmsOf(given.alarms, stage),
    region: given.region ?? PRICED_REGION,
    prices: pricesOf(given.price ?? []),
    eventsPerMonth: numberOf('events-per-month', given['events-per-month'], { from: 0, to: 1e12 }),
    traffic: {
      fanout: numberOf('fanout', given.fanout ?? '1', { from: 0, to: 1e6 }),
      failureRate: shareOf('failure-rate', given['failure-rate'] ?? '0'),
      deadRate: shareOf('dead-rate', given['dead-rate'] ?? '0'),
      list: wholeNumberOf('list', given.list ?? '1', { from: 1, to: 100 }),
      payloadKb: numberOf('payload-kb', given['payload-kb'] ?? '2', { from: 0.1, to: 1_000 }),
      receiverMs: numberOf('receiver-ms', given['receiver-ms'] ?? '200', { from: 0, to: 30_000 }),
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (fault) {
    throw new UsageFault(fault instanceof Error ? fault.message : String(fault));
  }
}

function stageNamed(name: string): Stage {
  const found = DEPLOYED.find((known) => known === name);
  if (found === undefined) throw new UsageFault(`--stage takes one of: ${DEPLOYED.join(', ')}.`);
  return stages[found];
}

function alarmsOf(given: string | undefined, stage: Stage): boolean {
  if (given === undefined) return stage.alarms !== null;
  if (given !== 'on' && given !== 'off') throw new UsageFault('--alarms takes on or off.');
  return given === 'on';
}

interface Limits {
  readonly from: number;
  readonly to: number;
}

function numberOf(name: string, given: string, { from, to }: Limits): number {
  const value = given.trim() === '' ? Number.NaN : Number(given);
  if (value >= from && value <= to) return value;
  const range = `${from.toLocaleString('en')} to ${to.toLocaleString('en')}`;
  throw new UsageFault(`--${name} takes a number from ${range}, without separators; "${given}" is none.`);
}

function wholeNumberOf(name: string, given: string, limits: Limits): number {
  const value = numberOf(name, given, limits);
  if (Number.isInteger(value)) return value;
  throw new UsageFault(`--${name} takes a whole number; "${given}" is none.`);
}

/** A share as 0.02 or 2%. */
function shareOf(name: string, given: string): number {
  const percent = given.endsWith('%');
  const number = percent ? given.slice(0, -1) : given;
  const value = number.trim() === '' ? Number.NaN : Number(number) / (percent ? 100 : 1);
  if (value >= 0 && value <= 1) return value;
  throw new UsageFault(
    `--${name} takes a share from 0 to 1 or a percentage, such as 0.02 or 2%; "${given}" is neither.`,
  );
}

function pricesOf(given: readonly string[]): PriceList {
  const changed = given.map((one) => {
    const [unit = '', dollars = ''] = one.split('=');
    const known = UNITS.find((name) => name === unit);
    const value = dollars.trim() === '' ? Number.NaN : Number(dollars);
    if (known === undefined || !(value >= 0)) {
      throw new UsageFault(`--price takes a unit and its dollars, such as writeUnits=0.7; "${one}" is not.`);
    }
    return [known, { ...PRICES[known], dollars: value }] as const;
  });
  return { ...PRICES, ...Object.fromEntries(changed) };
}
