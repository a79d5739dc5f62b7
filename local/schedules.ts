import { DAY_MS, HOUR_MS, MINUTE_MS } from '../core/durations.ts';
import type { Invoke } from './functions/function-host.ts';

/** A schedule of the template and the function that it invokes. */
export interface Schedule {
  readonly name: string;
  /** `rate(n minutes)` */
  readonly expression: string;
  readonly input: string;
  readonly invoke: Invoke;
}

/** Source of time: timers in the runner, a fake in tests. */
export interface Ticker {
  /** Calls `tick` after `firstMs` and then every `periodMs`, until the returned function is called. */
  every(periodMs: number, firstMs: number, tick: () => void): () => void;
}

export interface SchedulesOptions {
  readonly schedules: readonly Schedule[];
  readonly ticker: Ticker;
  /** Another period for all schedules; for tests only (POSTRIDER_SCHEDULE_SECONDS). */
  readonly periodMs: number | undefined;
  readonly onFailure: (message: string) => void;
}

/** Running schedules. */
export interface Schedules {
  /** Stops ticking and resolves when running invocations have ended. */
  stop(): Promise<void>;
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS };

/**
 * Runs the schedules. Like EventBridge Scheduler, a tick does not wait for the previous tick's invocation. Here they take turns:
 * in AWS each has an environment of its own, and together they would hold up everything else in this process.
 */
export function startSchedules({ schedules, ticker, periodMs, onFailure }: SchedulesOptions): Schedules {
  const running = new Set<Promise<void>>();
  const cancels = schedules.map((schedule, at) => {
    const everyMs = periodMs ?? ratePeriodMs(schedule.expression);
    return ticker.every(everyMs, (everyMs * (at + 1)) / schedules.length, () => {
      const work = run(schedule, onFailure).finally(() => running.delete(work));
      running.add(work);
    });
  });
  return {
    async stop() {
      for (const cancel of cancels) cancel();
      await Promise.all(running);
    },
  };
}

/**
 * The period of a rate expression.
 * @throws Error for `cron(...)` and `at(...)`, which the templates do not use.
 */
export function ratePeriodMs(expression: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const unitMs = UNIT_MS[unit ?? ''];
  if (count === undefined || unitMs === undefined) {
    throw new Error(`The schedule ${expression} is not supported locally.`);
  }
  return Number(count) * unitMs;
}

async function run({ name, input, invoke }: Schedule, onFailure: (message: string) => void): Promise<void> {
  const outcome = await invoke(input);
  if (!outcome.ok) onFailure(`the schedule ${name} failed: ${outcome.error.errorType} ${outcome.error.errorMessage}`);
}
