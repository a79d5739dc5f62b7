import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Meter } from '../../../lambdas/runtime/meter.ts';
import { createMetrics } from '../../../lambdas/runtime/metrics.ts';
import { emissionsIn, sumsIn, watchConsole } from '../../support/emitted.ts';

let lines: string[];
beforeEach(() => {
  lines = watchConsole();
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('the metrics of an invocation', () => {
  it('are one line with the namespace, two dimensions, and each value with its unit', () => {
    createMetrics('prod')?.({ Attempts: 2, AttemptMs: [12, 30.5], OldestLetterDays: 0 });

    expect(emissionsIn(lines)).toEqual([
      {
        namespace: 'Postrider',
        dimensions: { service: 'postrider', stage: 'prod' },
        metrics: {
          Attempts: { unit: 'Count', values: [2] },
          AttemptMs: { unit: 'Milliseconds', values: [12, 30.5] },
          OldestLetterDays: { unit: 'None', values: [0] },
        },
      },
    ]);
  });

  it('hold every value of an invocation that has more than a line may hold', () => {
    const attempts = Array.from({ length: 230 }, (_, at) => at);

    createMetrics('prod')?.({ Attempts: 230, AttemptMs: attempts });

    expect(emissionsIn(lines).length).toBeGreaterThan(2);
    expect(sumsIn(lines)).toEqual({ Attempts: 230, AttemptMs: attempts.reduce((sum, value) => sum + value) });
  });

  it('are no line if nothing was measured', () => {
    createMetrics('prod')?.({});

    expect(lines).toEqual([]);
  });

  it('do not exist where the stage has none', () => {
    expect(createMetrics('')).toBeNull();
  });

  it('never mix with those of another invocation', () => {
    const emit = createMetrics('prod');
    const [one, other] = [new Meter(), new Meter()];
    one.count('Attempts');
    other.count('Attempts', 2);
    one.value('AttemptMs', 5);
    emit?.(one.measured);
    emit?.(other.measured);

    expect(emissionsIn(lines).map(({ metrics }) => metrics)).toEqual([
      { Attempts: { unit: 'Count', values: [1] }, AttemptMs: { unit: 'Milliseconds', values: [5] } },
      { Attempts: { unit: 'Count', values: [2] } },
    ]);
  });
});
