import type { Measured, MetricName } from './metrics.ts';

/** What one invocation measures while it works. Nothing is kept from one invocation to the next. */
export class Meter {
  readonly #values: { [Name in MetricName]?: number } = {};
  readonly #lists: { [Name in MetricName]?: number[] } = {};

  /** Adds to a count. */
  count(name: MetricName, by = 1): void {
    this.#values[name] = (this.#values[name] ?? 0) + by;
  }

  /** Notes a level: of several in one invocation, the highest. */
  level(name: MetricName, value: number): void {
    this.#values[name] = Math.max(this.#values[name] ?? value, value);
  }

  /** Adds a value to a distribution. */
  value(name: MetricName, value: number): void {
    const list = this.#lists[name];
    if (list === undefined) this.#lists[name] = [value];
    else list.push(value);
  }

  get measured(): Measured {
    return { ...this.#values, ...this.#lists };
  }
}
