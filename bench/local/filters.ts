import { eventText } from '../payload.ts';
import { openLoop } from './loops.ts';
import { type Percentiles, percentiles } from './percentiles.ts';
import { type LocalProduct, startLocal } from './product.ts';
import { latencies, take } from './receipts.ts';

/** The latency of one tenant alone, and next to another with the most expensive filters that can be saved. */
export interface FiltersReport {
  /** Publish to receipt. */
  readonly alone: Percentiles;
  readonly beside: Percentiles;
  /** p95 with the neighbour, as a multiple of p95 alone. */
  readonly ratio: number;
  readonly lost: number;
}

const PER_SECOND = 20;
const ALONE_SECONDS = 30;
const BESIDE_SECONDS = 60;
const ENDPOINTS = 20;

/** Each reads every element as often as its limit allows, or a little more; no two are the same. */
const WORST: readonly ((at: number) => string)[] = [
  (at) => `data.v[?@ == \`-${at}\` || @ == \`-2\` || @ == \`-3\` || @ == \`-4\`]`,
  (at) => `data.v[*].[@,@,@,@] | [0] == \`${at}\``,
  (at) => `map(&[@], data.v) == \`[${at}]\``,
  (at) => `join('', data.v[*].to_string(@)) == '${at}'`,
  (at) => `sort_by(data.v[*].{a: @}, &a)[0].a == \`-${at}\``,
  (at) => `to_string(data) == '${at}'`,
  (at) => `length(${Array.from({ length: 11 }, () => '[@,@][]').join('.')}) == \`-${at}\``,
  (at) => `data.v[*].not_null(@, a, @) | contains(@, \`-${at}\`)`,
];

/** Numbers: the envelopes with the most values per byte. */
function heavyEvent(bytes: number): string {
  const v = '1,'.repeat(bytes / 2 - 100);
  return `{"tenant":"heavy","type":"bench.heavy","data":{"v":[${v}9]}}`;
}

/** Publishes 20 events a second for one tenant, first alone, then next to the other's 64 KB a second and 1 MiB each 10 s. */
export async function measureFilters(): Promise<FiltersReport> {
  const local = await startLocal();
  try {
    const { publisher, receiverUrl } = local;
    await publisher.addEndpoint({ url: receiverUrl, event_types: ['bench.healthy'] });
    const healthy = (seconds: number) =>
      openLoop(() => publisher.publish(eventText({ type: 'bench.healthy' })), PER_SECOND, seconds);
    await healthy(10);
    await take(local);

    const alone = latencies(await healthy(ALONE_SECONDS), await take(local));
    await addHeavy(local);
    const [published] = await Promise.all([
      healthy(BESIDE_SECONDS),
      openLoop(() => publisher.publish(heavyEvent(64 * 1024)), 1, BESIDE_SECONDS),
      openLoop(() => publisher.publish(heavyEvent(1024 * 1024)), 0.1, BESIDE_SECONDS),
    ]);
    const beside = latencies(published, await take(local));
    const [one, other] = [percentiles(alone.of), percentiles(beside.of)];
    return { alone: one, beside: other, ratio: other.p95 / one.p95, lost: alone.lost + beside.lost };
  } finally {
    await local.close();
  }
}

async function addHeavy({ publisher, receiverUrl }: LocalProduct): Promise<void> {
  for (let at = 0; at < ENDPOINTS; at++) {
    const filter = WORST[at % WORST.length]?.(at) ?? null;
    await publisher.addEndpoint({ tenant: 'heavy', url: receiverUrl, event_types: ['*'], filter });
  }
}
