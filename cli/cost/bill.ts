import type { Stage } from '../../lib/stage.ts';
import type { Load } from './assumptions.ts';
import { idleParts } from './idle.ts';
import { costOf, costOfAll, type PriceList, sumOf, timesOf, type Unit, type Usage } from './prices.ts';
import { ATTEMPTS_MAX, deadUsage, deliveryUsage, eventUsage, retryUsage, type Traffic } from './traffic.ts';
import { METRICS } from './watched.ts';

/** What a bill is asked for. */
export interface Question {
  readonly stage: Stage;
  readonly hasAlarms: boolean;
  readonly prices: PriceList;
  readonly eventsPerMonth: number;
  readonly traffic: Traffic;
}

/** A month. Dollars, if messages come in full batches and if each comes alone. */
export interface Bill {
  /** By unit, in the order of the price list; idle ones included. */
  readonly lines: readonly BillLine[];
  readonly idle: readonly { readonly name: string; readonly dollars: number }[];
  readonly traffic: Range;
  readonly total: Range;
  /** What a million more cost. */
  readonly millionEvents: Range;
  readonly millionDeliveries: Range;
}

export interface BillLine {
  readonly unit: Unit;
  readonly count: Range;
  readonly dollars: Range;
}

export type Range = Readonly<Record<Load, number>>;

const MILLION = 1_000_000;

/** The bill of a month. */
export function billOf({ stage, hasAlarms, prices, eventsPerMonth, traffic }: Question): Bill {
  const parts = idleParts(stage, hasAlarms);
  const idleUsage = sumOf(...parts.map(({ usage }) => usage));
  const event = ofLoads((load) => eventUsage(stage, load, traffic, hasAlarms));
  const delivery = ofLoads((load) => deliveriesUsage(stage, load, traffic, hasAlarms));
  const metrics = hasAlarms && eventsPerMonth > 0 ? METRICS.traffic.length : 0;
  const used = ofLoads((load) =>
    sumOf(timesOf(sumOf(event[load], timesOf(delivery[load], traffic.fanout)), eventsPerMonth), { metrics }),
  );
  const all = ofLoads((load) => sumOf(used[load], idleUsage));
  return {
    lines: (Object.keys(prices) as Unit[]).flatMap((unit) => {
      const count = ofLoads((load) => all[load][unit] ?? 0);
      if (count.busy === 0 && count.quiet === 0) return [];
      return [{ unit, count, dollars: ofLoads((load) => costOf(unit, count[load], prices)) }];
    }),
    idle: parts.map(({ name, usage }) => ({ name, dollars: costOfAll(usage, prices) })),
    traffic: ofLoads((load) => costOfAll(used[load], prices)),
    total: ofLoads((load) => costOfAll(all[load], prices)),
    millionEvents: ofLoads((load) => costOfAll(event[load], prices) * MILLION),
    millionDeliveries: ofLoads((load) => costOfAll(delivery[load], prices) * MILLION),
  };
}

/** What a delivery uses on average: its attempts that fail, and the share that dies. */
export function deliveriesUsage(stage: Stage, load: Load, traffic: Traffic, hasMetrics: boolean): Usage {
  const { failureRate, deadRate } = traffic;
  return sumOf(
    timesOf(deliveryUsage(stage, load, traffic, hasMetrics), 1 - deadRate),
    timesOf(retryUsage(stage, load, traffic, hasMetrics), (1 - deadRate) * retriesOf(failureRate)),
    timesOf(deadUsage(stage, load, traffic, hasMetrics), deadRate),
  );
}

/** Failed attempts before the one that succeeds, on average, of at most ten attempts. */
export function retriesOf(failureRate: number): number {
  return Array.from({ length: ATTEMPTS_MAX - 1 }, (_, at) => failureRate ** (at + 1)).reduce(
    (sum, one) => sum + one,
    0,
  );
}

function ofLoads<Value>(of: (load: Load) => Value): Readonly<Record<Load, Value>> {
  return { busy: of('busy'), quiet: of('quiet') };
}
