import type { Clock } from '../clock.ts';
import { MINUTE_MS } from '../durations.ts';
import type { ContinuationMessage, ContinuationQueue, ContinuedTask, Place } from './continuation.ts';

/**
 * With less time left than this, a run of a scheduled task begins nothing more: half of an invocation, so that messages
 * continue its parts at the same time while its minute lasts, and calls that are slow to answer still end.
 */
const RESERVE_MS = 30_000;
/** How many messages in a row continue a tick. */
const LEGS_MAX = 3;
/** The golden ratio's fraction: its multiples, modulo one, are spread as evenly as possible, however many there are. */
const STRIDE = 0.6180339887498949;

/**
 * The items, beginning with another one each minute, far from the last ones, so that none is always last when time runs
 * out.
 * @param atMs when the tick began.
 */
export function rotated<Item>(items: readonly Item[], atMs: number): Item[] {
  const first = Math.floor(((Math.floor(atMs / MINUTE_MS) * STRIDE) % 1) * items.length);
  return [...items.slice(first), ...items.slice(0, first)];
}

export interface TaskRunOptions {
  clock: Clock;
  /** Milliseconds until the invocation times out. */
  remainingMs: () => number;
  /** The message that this run works on; undefined for the scheduled run itself. */
  message?: ContinuationMessage | undefined;
}

/** One run of a scheduled task: the time that it has, where it begins, and what it leaves. */
export class TaskRun {
  /** When the tick began: a continuation belongs to that of its scheduled run. */
  readonly tick: number;
  /** The parts to be continued. */
  readonly left: { part: number; after: string | null }[] = [];
  readonly #remainingMs: () => number;
  readonly #message: ContinuationMessage | undefined;

  constructor({ clock, remainingMs, message }: TaskRunOptions) {
    this.tick = message?.tick ?? clock();
    this.#remainingMs = remainingMs;
    this.#message = message;
  }

  /** Whether there is time to begin something more. */
  hasTime = (): boolean => this.#remainingMs() > RESERVE_MS;

  /** The parts to work on, of so many: all, beginning elsewhere each minute, or the one that the message names. */
  places(parts: number): Place[] {
    if (this.#message !== undefined) return [{ part: this.#message.part, after: this.#message.after }];
    const all = Array.from({ length: parts }, (_, part) => ({ part, after: null }));
    return rotated(all, this.tick);
  }

  /** Leaves a part to a continuation, from the earliest place that is named for it. */
  leave(place: Place): void {
    const known = this.left.find(({ part }) => part === place.part);
    if (known === undefined) this.left.push(place);
    else if ((place.after ?? '') < (known.after ?? '')) known.after = place.after;
  }

  /** Whether a continuation goes on with a part. */
  isLeft(part: number): boolean {
    return this.left.some((place) => place.part === part);
  }
}

export interface TaskPorts {
  continuations: ContinuationQueue;
  clock: Clock;
  /** Milliseconds until the invocation times out. */
  remainingMs: () => number;
}

/**
 * Runs a scheduled task, or continues it. What it leaves goes on by messages, one for each part, so that several
 * invocations share them. A continuation ends when its tick is a minute old: the next one has begun, elsewhere. So the
 * runs of several minutes never pile up, a message that arrives late or again does nothing, and nothing depends on a
 * message: the next tick finds the same work.
 * @param message the message to continue with; undefined for the scheduled run.
 * @returns what the task returns; undefined for a continuation that is too old.
 */
export async function runTask<Result>(
  task: ContinuedTask,
  message: ContinuationMessage | undefined,
  work: (run: TaskRun) => Promise<Result>,
  ports: TaskPorts,
): Promise<Result | undefined> {
  const isOld = () => message !== undefined && ports.clock() - message.tick >= MINUTE_MS;
  if (isOld()) return undefined;
  const run = new TaskRun({ ...ports, message });
  try {
    return await work(run);
  } finally {
    const leg = (message?.leg ?? 0) + 1;
    if (run.left.length > 0 && leg <= LEGS_MAX && !isOld()) {
      const { tick } = run;
      await ports.continuations.send(run.left.map((place) => ({ v: 1, task, tick, leg, ...place })));
    }
  }
}
