/** How much a cache may hold. */
export interface Bounds<Value> {
  entriesMax: number;
  /** What one entry weighs, such as its characters, and the most that all may weigh together. Default: nothing. */
  weigh?: (value: Value, key: string) => number;
  weightMax?: number;
}

/**
 * A map for the life of an execution environment. An entry for which there is no room makes it forget all others: that
 * costs each of them one miss, and no bookkeeping on every hit.
 */
export class BoundedMap<Value> {
  readonly #entries = new Map<string, Value>();
  readonly #bounds: Required<Bounds<Value>>;
  #weight = 0;

  constructor(bounds: Bounds<Value>) {
    this.#bounds = { weigh: () => 0, weightMax: Number.POSITIVE_INFINITY, ...bounds };
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: Value): void {
    const { entriesMax, weigh, weightMax } = this.#bounds;
    const replaced = this.#entries.get(key);
    const weight = weigh(value, key);
    const others = this.#weight - (replaced === undefined ? 0 : weigh(replaced, key));
    const hasRoom = (replaced !== undefined || this.#entries.size < entriesMax) && others + weight <= weightMax;
    if (!hasRoom) this.#entries.clear();
    this.#entries.set(key, value);
    this.#weight = hasRoom ? others + weight : weight;
  }

  delete(key: string): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#weight -= this.#bounds.weigh(value, key);
  }
}

/** A bounded map whose entries are valid for a limited time. All times in ms since the epoch. */
export class TtlCache<Value> {
  readonly #entries: BoundedMap<{ value: Value; until: number }>;
  readonly #lifeMs: number;

  /** @param lifeMs how long an entry is valid. */
  constructor({ lifeMs, weigh, ...bounds }: Bounds<Value> & { lifeMs: number }) {
    this.#entries = new BoundedMap({ ...bounds, ...(weigh && { weigh: ({ value }, key) => weigh(value, key) }) });
    this.#lifeMs = lifeMs;
  }

  /** Undefined if there is no entry, or if it is too old: cache an absence as null. */
  get(key: string, nowMs: number): Value | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.until > nowMs ? entry.value : undefined;
  }

  /** @param fromMs when its life begins: at the start of a read, whose result may have changed since. */
  set(key: string, value: Value, fromMs: number): void {
    this.#entries.set(key, { value, until: fromMs + this.#lifeMs });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
