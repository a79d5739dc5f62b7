import * as z from 'zod';
import { type Item, itemBytes, writeUnits } from './item-size.ts';

/** The parts of a table that billing and the product's own reads need. */
export const tableDefinition = z.object({
  name: z.string(),
  indexes: z.array(z.object({ name: z.string(), keys: z.array(z.string()), projection: z.enum(['ALL', 'KEYS_ONLY']) })),
  /** False for a table whose items are all new: then only the size of a write matters. */
  readsBack: z.boolean(),
});
export type TableDefinition = z.output<typeof tableDefinition>;

/** Items kept; the oldest is evicted first. */
const ITEMS_MAX = 20_000;

const keyOf = (item: Item) => `${item.pk?.S}\n${item.sk?.S}`;

/** One table: what was written to it, and what each write costs. Conditions always hold. */
export class Table {
  readonly definition: TableDefinition;
  readonly #items = new Map<string, Item>();

  constructor(definition: TableDefinition) {
    this.definition = definition;
  }

  /** @returns the write units of the put, indexes included. */
  put(item: Item): number {
    return this.#replace(keyOf(item), item);
  }

  /** Applies the simple updates that the product uses. @returns the write units, indexes included. */
  update(key: Item, change: (item: Item) => Item): number {
    const name = keyOf(key);
    return this.#replace(name, change(this.#items.get(name) ?? key));
  }

  remove(key: Item): number {
    return this.#replace(keyOf(key), undefined);
  }

  get(key: Item): Item | undefined {
    return this.definition.readsBack ? this.#items.get(keyOf(key)) : undefined;
  }

  /** All items of a partition, in the order of their sort keys. */
  partition(pk: string): Item[] {
    if (!this.definition.readsBack) return [];
    const found = [...this.#items.values()].filter((item) => item.pk?.S === pk);
    return found.sort((a, b) => ((a.sk?.S ?? '') < (b.sk?.S ?? '') ? -1 : 1));
  }

  #replace(name: string, after: Item | undefined): number {
    const before = this.#items.get(name);
    if (after === undefined) this.#items.delete(name);
    else this.#items.set(name, after);
    const [oldest] = this.#items.keys();
    if (this.#items.size > ITEMS_MAX && oldest !== undefined) this.#items.delete(oldest);
    const bytes = Math.max(before ? itemBytes(before) : 0, after ? itemBytes(after) : 0);
    const indexUnits = this.definition.indexes.map((index) => indexWrite(index, before, after));
    return indexUnits.reduce((sum, units) => sum + units, writeUnits(bytes));
  }
}

/**
 * What one index adds to a write: nothing if its entry does not change, one write for an entry created, changed or
 * removed, two for one that moves. Source: DynamoDB developer guide, "Using global secondary indexes".
 */
function indexWrite(index: TableDefinition['indexes'][number], before: Item | undefined, after: Item | undefined) {
  const [old, fresh] = [entryOf(index, before), entryOf(index, after)];
  const units = (entry: Item | undefined) => (entry === undefined ? 0 : writeUnits(itemBytes(entry)));
  if (JSON.stringify(old) === JSON.stringify(fresh)) return 0;
  if (old === undefined || fresh === undefined) return units(old) + units(fresh);
  const moves = index.keys.some((name) => old[name]?.S !== fresh[name]?.S);
  return moves ? units(old) + units(fresh) : Math.max(units(old), units(fresh));
}

function entryOf(index: TableDefinition['indexes'][number], item: Item | undefined): Item | undefined {
  if (item === undefined || index.keys.some((name) => item[name] === undefined)) return undefined;
  if (index.projection === 'ALL') return item;
  const names = new Set(['pk', 'sk', ...index.keys]);
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.has(name)));
}
