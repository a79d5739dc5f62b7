import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createMetrics, type EmitMetrics, METRICS } from '../../lambdas/runtime/metrics.ts';
import { type AlarmProperties, type AlarmState, CloudWatch, metricsOf, periodOf } from '../support/cloudwatch-alarm.ts';
import { alarmsOf } from './alarms.ts';
import { synthesise } from './synthesised.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5);
const REDRIVE = { Namespace: 'AWS/Lambda', MetricName: 'Invocations' };

const alarms = alarmsOf(synthesise('prod'));

/** What the functions emit, as they emit it, and what the alarms of prod make of it. */
class Watched {
  readonly cloudWatch = new CloudWatch();
  readonly #emit: EmitMetrics;
  #nowMs = START;

  constructor() {
    vi.useFakeTimers({ toFake: ['Date'], now: START });
    // Powertools then writes to the console that tests can listen to, and does not leave the metrics out.
    vi.stubEnv('POWERTOOLS_DEV', 'true');
    vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
    const emit = createMetrics('prod');
    if (emit === null) throw new Error('There are no metrics.');
    this.#emit = emit;
    vi.spyOn(console, 'log').mockImplementation((line: string) => {
      this.cloudWatch.log(line);
    });
  }

  /** Lets minutes pass; in each of them something is measured. */
  pass(minutes: number, measured: Parameters<EmitMetrics>[0] | null = null): this {
    for (let minute = 0; minute < minutes; minute++) {
      vi.setSystemTime(this.#nowMs);
      if (measured !== null) this.#emit(measured);
      this.#nowMs += MINUTE;
    }
    return this;
  }

  alarm(name: string): AlarmProperties {
    const alarm = alarms[name];
    if (alarm === undefined) throw new Error(`There is no alarm ${name}.`);
    return alarm;
  }

  /** The alarm's state after the last period that is over. */
  state(name: string): AlarmState {
    const alarm = this.alarm(name);
    const periodMs = periodOf(alarm) * 1000;
    return this.cloudWatch.stateAt(Math.floor(this.#nowMs / periodMs) * periodMs, alarm);
  }

  /** A metric of a function that AWS reports. */
  aws(name: string, metric: { Namespace: string; MetricName: string }, minutes: number, value: number): void {
    const found = metricsOf(this.alarm(name)).find(
      ({ id }) => id.Namespace === metric.Namespace && id.MetricName === metric.MetricName,
    );
    if (found === undefined) throw new Error(`${name} does not look at ${metric.MetricName}.`);
    for (let i = 0; i < minutes; i++) this.cloudWatch.report(found.id, this.#nowMs + i * MINUTE, value);
  }
}

let watched: Watched;
beforeEach(() => {
  vi.restoreAllMocks();
  watched = new Watched();
  return () => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
  };
});

const times = (count: number, value: number) => Array.from({ length: count }, () => value);

/** [alarm, what is wrong in each minute, for how many minutes, what is normal, when it is over again]. */
const situations: [string, Parameters<EmitMetrics>[0], number, Parameters<EmitMetrics>[0] | null, number][] = [
  [
    'StartDelayHigh',
    { StartDelayMs: [...times(94, 100), ...times(6, 5_001)] },
    5,
    { StartDelayMs: times(100, 100) },
    1,
  ],
  ['OurFaultDead', { OurFaultDead: 1 }, 5, null, 15],
  ['OurFaultResent', { OurFaultResent: 3 }, 60, null, 3 * 60],
  ['DeliveryRateLow', { Delivered: 985, Dead: 15 }, 60, { Delivered: 1_000 }, 60],
  ['AttemptsSlow', { AttemptMs: [100, 9_950] }, 15, { AttemptMs: [100, 200] }, 5],
  ['RetryRateHigh', { Attempts: 1_000, Retries: 51 }, 60, { Attempts: 1_000, Retries: 10 }, 60],
  ['DeadSurge', { Dead: 17 }, 60, { Delivered: 10 }, 3 * 60],
  ['HeartbeatFails', { HeartbeatOk: 0 }, 15, { HeartbeatOk: 1, HeartbeatMs: 900 }, 5],
  ['LettersExpire', { OldestLetterDays: 10.1 }, 60, { OldestLetterDays: 0 }, 60],
  ['LettersUnexplained', { LettersUnexplained: 1 }, 60, { LettersUnexplained: 0 }, 10],
  ['WaitingOverdue', { OverdueSeconds: 301 }, 3, { OverdueSeconds: 0 }, 1],
];

describe('an alarm about what the functions measure', () => {
  it.each(situations)(
    '%s is raised by its situation, and is over afterwards',
    (name, wrong, minutes, normal, after) => {
      watched.pass(3 * 60, normal);
      expect(watched.state(name)).toBe('OK');

      watched.pass(minutes, wrong);
      expect(watched.state(name)).toBe('ALARM');

      watched.pass(after, normal);
      expect(watched.state(name)).toBe('OK');
    },
  );

  it.each(situations)('%s waits for as long as its periods say', (name, wrong, minutes, normal) => {
    const { EvaluationPeriods } = watched.alarm(name);
    const tooFew = minutes - (minutes / EvaluationPeriods || 1);
    watched.pass(3 * 60, normal).pass(tooFew, wrong);

    if (EvaluationPeriods > 1) expect(watched.state(name)).toBe('OK');
  });

  it.each([
    ['StartDelayHigh', { StartDelayMs: [...times(95, 4_000), ...times(5, 60_000)] }],
    ['DeliveryRateLow', { Delivered: 99, Dead: 1 }],
    ['DeliveryRateLow', { Dead: 1 }],
    ['AttemptsSlow', { AttemptMs: [1, 9_999] }],
    ['RetryRateHigh', { Attempts: 100, Retries: 5 }],
    ['RetryRateHigh', { Attempts: 1, Retries: 1 }],
    ['DeadSurge', { Dead: 16 }],
    ['LettersExpire', { OldestLetterDays: 10 }],
    ['WaitingOverdue', { OverdueSeconds: 300 }],
  ] satisfies [string, Parameters<EmitMetrics>[0]][])('%s is not raised by what just passes', (name, measured) => {
    watched.pass(60, measured);
    // At most 99 in the hour: a share of few says nothing.
    expect(watched.state(name)).toBe('OK');
  });

  it('is not raised by silence, unless whoever reports is dead', () => {
    watched.pass(24 * 60);
    const raised = [...new Set(situations.map(([name]) => name)), 'TicksMissing'].filter(
      (name) => watched.state(name) === 'ALARM',
    );

    expect(raised).toEqual(['HeartbeatFails', 'TicksMissing']);
  });

  it('is not raised by a letter that is explained within the hour', () => {
    for (let hour = 0; hour < 3; hour++) watched.pass(55, { LettersUnexplained: 1 }).pass(5, { LettersUnexplained: 0 });

    expect(watched.state('LettersUnexplained')).toBe('OK');
  });

  it('says within 15 minutes that no heart beats any more', () => {
    watched.pass(60, { HeartbeatOk: 1 }).pass(10);
    expect(watched.state('HeartbeatFails')).toBe('OK');

    watched.pass(5);
    expect(watched.state('HeartbeatFails')).toBe('ALARM');
  });

  it('looks only at metrics that the functions emit, in their dimensions', () => {
    const ours = Object.values(alarms)
      .flatMap(metricsOf)
      .filter(({ id }) => id.Namespace === 'Postrider' && id.MetricName !== 'PublishThrottled');

    expect(ours.length).toBeGreaterThan(10);
    for (const { id } of ours) {
      expect(Object.keys(METRICS)).toContain(id.MetricName);
      expect(id.Dimensions).toEqual([
        { Name: 'service', Value: 'postrider' },
        { Name: 'stage', Value: 'prod' },
      ]);
    }
  });
});

describe('the ticks of every minute', () => {
  it('are fine as long as four in five come', () => {
    watched.aws('TicksMissing', REDRIVE, 30, 8);
    watched.pass(30, { OverdueSeconds: 0 });

    expect(watched.state('TicksMissing')).toBe('OK');
  });

  it.each([
    ['no schedule invokes the function', 0, null],
    ['only queues invoke it', 200, null],
    ['the sweep fails', 8, null],
    ['every second tick comes', 4, { OverdueSeconds: 0 }],
  ])('are missing if %s', (_, invocations, measured) => {
    watched.aws('TicksMissing', REDRIVE, 30, 8);
    watched.pass(30, { OverdueSeconds: 0 });
    if (invocations > 0) watched.aws('TicksMissing', REDRIVE, 10, invocations);
    watched.pass(5, measured);
    expect(watched.state('TicksMissing')).toBe('OK');
    watched.pass(5, measured);

    expect(watched.state('TicksMissing')).toBe('ALARM');
  });
});
