import { Chance } from './chance.ts';

interface Planned {
  at: number;
  /** Random, from the seed: orders actions that are due at the same time. */
  tie: number;
  act: () => void;
}

const isBefore = (one: Planned, other: Planned) => one.at < other.at || (one.at === other.at && one.tie < other.tie);

/** Lets all promises settle: setImmediate runs after the whole microtask queue. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Virtual time: runs actions one by one, in order of their time; between two of them all promises settle. */
export class Scheduler {
  now: number;
  /** Actions done so far. */
  steps = 0;
  /** Hash of every action's time: two runs of a seed that differ anywhere differ here. */
  hash = 2166136261;
  readonly #heap: Planned[] = [];
  readonly #chance: Chance;

  constructor(nowMs: number, seed: number) {
    this.now = nowMs;
    this.#chance = new Chance(seed ^ 0x5f3759df);
  }

  get nextAt(): number | undefined {
    return this.#heap[0]?.at;
  }

  /** Mixes a value into the hash. */
  note(value: number): void {
    this.hash = Math.imul(this.hash ^ value, 16777619) >>> 0;
  }

  after(ms: number, act: () => void): void {
    this.at(this.now + ms, act);
  }

  at(timeMs: number, act: () => void): void {
    const planned = { at: Math.max(this.now, Math.round(timeMs)), tie: this.#chance.unit(), act };
    const heap = this.#heap;
    let index = heap.push(planned) - 1;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || !isBefore(planned, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = planned;
  }

  /** Runs until `untilMs`, or until `stop` returns true after an action. */
  async run(untilMs: number, stop: () => boolean): Promise<void> {
    for (let next = this.#heap[0]; next !== undefined && next.at <= untilMs; next = this.#heap[0]) {
      this.#takeFirst();
      this.now = next.at;
      this.steps += 1;
      this.note(next.at);
      next.act();
      await settled();
      if (stop()) return;
    }
    if (Number.isFinite(untilMs)) this.now = Math.max(this.now, untilMs);
  }

  #takeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const leftIndex = 2 * index + 1;
      const left = heap[leftIndex];
      if (left === undefined) break;
      const right = heap[leftIndex + 1];
      const [child, childIndex] =
        right !== undefined && isBefore(right, left) ? [right, leftIndex + 1] : [left, leftIndex];
      if (!isBefore(child, last)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
  }
}
