import { describe, expect, it } from 'vitest';
import { ratePeriodMs, startSchedules, type Ticker } from '../../local/schedules.ts';

describe('a schedule', () => {
  it.each([
    ['rate(1 minute)', 60_000],
    ['rate(5 minutes)', 300_000],
    ['rate(1 day)', 86_400_000],
  ])('of %s runs every %i ms', (expression, periodMs) => {
    expect(ratePeriodMs(expression)).toBe(periodMs);
  });

  it('of another form is refused', () => {
    expect(() => ratePeriodMs('cron(0 12 * * ? *)')).toThrow('not supported locally');
  });

  it('invokes its function with its input at each tick', async () => {
    const { ticker, tick } = fakeTicker();
    const inputs: string[] = [];
    const invoke = async (payload: string) => {
      inputs.push(payload);
      return { ok: true, payload: 'null' } as const;
    };
    const schedule = { name: 'sweep', expression: 'rate(1 minute)', input: '{"task":"sweep"}', invoke };

    const schedules = startSchedules({ schedules: [schedule], ticker, periodMs: undefined, onFailure: () => {} });
    tick(60_000);
    tick(60_000);
    await schedules.stop();
    tick(60_000);

    expect(inputs).toEqual(['{"task":"sweep"}', '{"task":"sweep"}']);
  });

  it('that fails is reported, and runs again', async () => {
    const { ticker, tick } = fakeTicker();
    const problems: string[] = [];
    const invoke = async () => ({ ok: false, error: { errorType: 'Error', errorMessage: 'boom' } }) as const;
    const schedule = { name: 'sweep', expression: 'rate(1 minute)', input: '{}', invoke };

    const schedules = startSchedules({
      schedules: [schedule],
      ticker,
      periodMs: 1000,
      onFailure: (problem) => problems.push(problem),
    });
    tick(1000);
    tick(1000);
    await schedules.stop();

    expect(problems).toEqual(Array(2).fill('the schedule sweep failed: Error boom'));
  });
});

describe('schedules of one period', () => {
  it('take turns within it, the last after a whole one', async () => {
    const firsts: number[] = [];
    const ticker: Ticker = {
      every(_, firstMs) {
        firsts.push(firstMs);
        return () => undefined;
      },
    };
    const invoke = async () => ({ ok: true, payload: 'null' }) as const;
    const schedules = ['sweep', 'release', 'outbox', 'audit'].map((name) => ({
      name,
      expression: 'rate(1 minute)',
      input: '{}',
      invoke,
    }));
    await startSchedules({ schedules, ticker, periodMs: undefined, onFailure: () => {} }).stop();
    expect(firsts).toEqual([15_000, 30_000, 45_000, 60_000]);
  });
});

function fakeTicker() {
  const ticks = new Map<() => void, number>();
  const ticker: Ticker = {
    every(periodMs, _firstMs, tick) {
      ticks.set(tick, periodMs);
      return () => ticks.delete(tick);
    },
  };
  const tick = (periodMs: number) => {
    for (const [each, period] of ticks) if (period === periodMs) each();
  };
  return { ticker, tick };
}
