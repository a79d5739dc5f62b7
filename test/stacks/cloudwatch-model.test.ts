import { describe, expect, it } from 'vitest';
import { alarmProperties, CloudWatch } from '../support/cloudwatch-alarm.ts';
import { evaluate } from '../support/metric-math.ts';

const MINUTE = 60_000;
const METRIC = { Namespace: 'n', MetricName: 'm', Dimensions: [] };

/** Of AWS's tables: `0` is fine, `X` breaches, `-` is missing. */
function stateAfter(points: string, datapoints: number, TreatMissingData: string): string {
  const cloudWatch = new CloudWatch();
  points.split(' ').forEach((point, i) => {
    if (point !== '-') cloudWatch.report(METRIC, i * MINUTE, point === 'X' ? 1 : 0);
  });
  const alarm = alarmProperties.parse({
    ...{ AlarmName: 'a', ...METRIC, Statistic: 'Sum', Period: 60, TreatMissingData },
    ...{
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0,
      EvaluationPeriods: 3,
      DatapointsToAlarm: datapoints,
    },
  });
  return cloudWatch.stateAt(5 * MINUTE, alarm);
}

// Source: CloudWatch user guide, "How alarm state is evaluated when data is missing", both tables.
describe('the model of alarms', () => {
  it.each([
    ['0 - X - X', 3, 'OK', 'OK'],
    ['0 - - - -', 3, 'OK', 'OK'],
    ['- - - - -', 3, 'ALARM', 'OK'],
    ['0 X X - X', 3, 'ALARM', 'ALARM'],
    ['- - - - X', 3, 'ALARM', 'OK'],
    ['X - - - -', 3, 'ALARM', 'OK'],
    ['0 - X - X', 2, 'ALARM', 'ALARM'],
    ['0 0 X 0 X', 2, 'ALARM', 'ALARM'],
    ['0 - X - -', 2, 'ALARM', 'OK'],
    ['- - - - 0', 2, 'ALARM', 'OK'],
    ['- - - - X', 2, 'ALARM', 'OK'],
  ])('has %s, %d of 3, as AWS documents it', (points, datapoints, breaching, notBreaching) => {
    expect(stateAfter(points, datapoints, 'breaching')).toBe(breaching);
    expect(stateAfter(points, datapoints, 'notBreaching')).toBe(notBreaching);
  });
});

// Source: CloudWatch user guide, "Metric math syntax and functions" and "Using IF expressions", their tables.
describe('the model of metric math', () => {
  const _ = undefined;
  const around = { length: 5, quota: 1_000 };
  const metrics = {
    a: [30, 20, 0, 0, _],
    b: [20, _, 20, _, _],
    yes: [1, 1, 0, 0, _],
    c: [30, _, 0, 0, 30],
    d: [0, 0, 20, _, 20],
  };

  it.each([
    ['a < b', [0, 0, 1, 0, _]],
    ['a >= 30', [1, 0, 0, 0, _]],
    ['a + b', [50, 20, 20, 0, _]],
    ['5 * a', [150, 100, 0, 0, _]],
    ['a / b', [1.5, _, 0, _, _]],
    ['FILL(b, 0)', [20, 0, 20, 0, 0]],
    ['IF(yes, c, d)', [30, 0, 20, _, _]],
    ['IF(yes, 5, d)', [5, 5, 20, _, _]],
    ['IF(yes, c, 5)', [30, 0, 5, 5, _]],
    ['IF(a > 15, 10, 2)', [10, 10, 2, 2, _]],
    ['1 + 2 * (a - 10) / 4', [11, 6, -4, -4, _]],
    ['SERVICE_QUOTA(a)', [1_000, 1_000, 1_000, 1_000, _]],
  ])('has %s as AWS documents it', (expression, result) => {
    expect(evaluate(expression, metrics, around)).toEqual(result);
  });

  it.each(['MAX([a, b])', 'a +', 'x', 'a b', '1 + 2', 'a && b'])('refuses %s', (expression) => {
    expect(() => evaluate(expression, metrics, around)).toThrow(expression);
  });
});
