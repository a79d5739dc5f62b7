import type { Item } from '../../../adapters/dynamodb/client.ts';

export interface PartitionsOptions {
  now: () => number;
  /** Write units that one partition takes in a second; 1,000 in AWS. */
  unitsPerSecond: number;
  /** Units that one partition takes at once after it was idle. */
  burst: number;
}

const UNIT_BYTES = 1024;

interface Bucket {
  /** Below 0 after a write of more units than were left. */
  units: number;
  at: number;
}

/**
 * DynamoDB's limit for the writes to one partition key of a table or an index. A write also writes the entries of the
 * item's indexes: if a partition of one of those is used up, the whole write is throttled.
 */
export class Partitions {
  readonly #options: PartitionsOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: PartitionsOptions) {
    this.#options = options;
  }

  /**
   * Takes the units of a write, or none.
   * @param before the item that it replaces: an index is written only where its entry changes.
   * @returns the partition that is used up; undefined if the write goes ahead.
   */
  write(item: Item, before: Item | undefined): string | undefined {
    const taken = new Map([[textOf(item, 'pk'), Math.ceil(bytesOf(item) / UNIT_BYTES)]]);
    const [entries, entriesBefore] = [indexEntriesOf(item), before ? indexEntriesOf(before) : new Map()];
    for (const [entry, partition] of [...entries, ...entriesBefore]) {
      if (entries.has(entry) && entriesBefore.has(entry)) continue;
      taken.set(partition, (taken.get(partition) ?? 0) + 1);
    }
    const usedUp = [...taken.keys()].find((partition) => this.#refilled(partition).units <= 0);
    if (usedUp !== undefined) return usedUp;
    for (const [partition, units] of taken) this.#refilled(partition).units -= units;
    return undefined;
  }

  #refilled(partition: string): Bucket {
    const { now, unitsPerSecond, burst } = this.#options;
    const bucket = this.#buckets.get(partition) ?? { units: burst, at: now() };
    bucket.units = Math.min(burst, bucket.units + ((now() - bucket.at) / 1000) * unitsPerSecond);
    bucket.at = now();
    this.#buckets.set(partition, bucket);
    return bucket;
  }
}

const textOf = (item: Item, name: string) => item[name]?.S ?? '';

/** Each entry of an index, by its whole key, with its partition. */
function indexEntriesOf(item: Item): Map<string, string> {
  const names = Object.keys(item).filter((name) => name.endsWith('_pk'));
  return new Map(
    names.map((name) => {
      const partition = `${name} ${textOf(item, name)}`;
      return [`${partition} ${item[name.replace('_pk', '_sk')]?.S ?? textOf(item, 'list_sk')}`, partition];
    }),
  );
}

function bytesOf(item: Item): number {
  return Object.entries(item).reduce((sum, [name, { S = '', N = '' }]) => sum + name.length + S.length + N.length, 0);
}
