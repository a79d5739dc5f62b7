import { describe, expect, it } from 'vitest';
import { stages } from '../../lib/stage.ts';
import { type AlarmProperties, type AlarmState, CloudWatch, metricsOf, periodOf } from '../support/cloudwatch-alarm.ts';
import { alarmsOf, graphedBy } from './alarms.ts';
import { AWS_METRICS } from './aws-metrics.ts';
import { synthesise } from './synthesised.ts';

const MINUTE = 60_000;
/** In minutes. */
const HOUR = 60;
const START = Date.UTC(2026, 0, 5);

const prod = synthesise('prod');
const alarms = alarmsOf(prod);

describe('a metric of AWS', () => {
  const ofAlarms = Object.entries(alarms).flatMap(([alarm, properties]) =>
    metricsOf(properties).map(({ id, stat }) => ({
      where: alarm,
      namespace: id.Namespace,
      name: id.MetricName,
      dimensions: id.Dimensions.map(({ Name }) => Name),
      stat,
    })),
  );
  const ofDashboard = graphedBy(prod).map(({ metric, ...line }) => ({ where: 'the dashboard', ...line, name: metric }));

  it.each([
    ['alarms', ofAlarms],
    ['the dashboard', ofDashboard],
  ])('is looked at by %s as AWS documents it', (_, looked) => {
    const theirs = looked.filter(({ namespace }) => namespace !== 'Postrider');
    expect(theirs.length).toBeGreaterThan(20);

    for (const { where, namespace, name, dimensions, stat } of theirs) {
      const known = AWS_METRICS[namespace]?.[name];
      expect(known, `${where}: ${namespace} ${name}`).toBeDefined();
      expect(
        known?.dimensions.map((set) => set.join()),
        `${where}: ${name}`,
      ).toContain(dimensions.toSorted().join());
      expect(stat, `${where}: ${name}`).toMatch(known?.statistics ?? /^$/);
    }
  });
});

function alarm(name: string): AlarmProperties {
  const found = alarms[name];
  if (found === undefined) throw new Error(`There is no alarm ${name}.`);
  return found;
}

/**
 * The states of an alarm at the end of each of its periods, over a series: the values of all its metrics in each minute,
 * in their order; undefined is silence.
 */
function statesOf(name: string, minutes: readonly (readonly (number | undefined)[])[]): AlarmState[] {
  const properties = alarm(name);
  const cloudWatch = new CloudWatch();
  const periodMs = periodOf(properties) * 1000;
  const states: AlarmState[] = [];
  for (const [minute, values] of minutes.entries()) {
    const atMs = START + minute * MINUTE;
    metricsOf(properties).forEach(({ id }, i) => {
      const value = values[i];
      if (value !== undefined) cloudWatch.report(id, atMs, value);
    });
    const endMs = atMs + MINUTE;
    if ((endMs - START) % periodMs === 0) states.push(cloudWatch.stateAt(endMs, properties));
  }
  return states;
}

const during = (count: number, ...values: (number | undefined)[]) => Array.from({ length: count }, () => values);
const quiet = (count: number) => during(count);

/** [alarm, what is wrong in each minute and for how long, what is just not wrong]. */
const situations: [string, (number | undefined)[], number, (number | undefined)[]][] = [
  ['PublishFails', [5, 499], 3, [5, 500]],
  ['PublishFails', [5, 5], 3, [4, 4]],
  ['PublishThrottled', [2], 15, [1]],
  ['QueueDepthHigh', [4_000, 1, 3_000, 2_000, 1_000], 5, [4_000, 0, 3_000, 2_000, 1_000]],
  ['QuietGroupsWait', [undefined, 1_201, undefined], 15, [1_200, 1_200, undefined]],
  ['FanoutLate', [0, 301], 3, [300, 0]],
  ['LostBeforeFanout', [undefined, 1], 5, [0, 0]],
  ['WorkDeadLetters', [undefined, undefined, 1], 10, [0, 0, 0]],
  ['DeliverErrors', [5], 3, [4]],
  ['FanoutErrors', [5], 3, [4]],
  ['IngestErrors', [5], 3, [4]],
  ['ApiErrors', [5], 3, [4]],
  ['PortalErrors', [3, 2], 3, [4, 0]],
  ['RedriveErrors', [1], 15, [0]],
  ['FunctionThrottled', [undefined, undefined, 1, undefined, undefined], 3, [0, 0, 0, 0, 0]],
  ['ConcurrencyNearQuota', [801], 3, [800]],
  ['NearTimeout', [50_001], 15, [50_000]],
  [
    'StoreThrottled',
    [undefined, undefined, undefined, 4, undefined, undefined, undefined, 6],
    3,
    [1, 1, 1, 1, 1, 1, 1, 2],
  ],
];

describe('an alarm about what AWS measures', () => {
  it('has a situation here, or is about metrics of ours', () => {
    const ofAws = Object.entries(alarms)
      .filter(([, properties]) => metricsOf(properties).every(({ id }) => id.Namespace !== 'Postrider'))
      .map(([name]) => name);

    expect(new Set(situations.map(([name]) => name))).toEqual(new Set([...ofAws, 'PublishThrottled']));
  });

  it.each(situations)('%s is raised by %j for %d minutes, and not by %j', (name, wrong, minutes, fine) => {
    const states = statesOf(name, [...during(HOUR, ...fine), ...during(minutes, ...wrong)]);

    expect(states.at(-1)).toBe('ALARM');
    expect(states.slice(0, HOUR / (periodOf(alarm(name)) / 60))).not.toContain('ALARM');
  });

  it.each(situations)('%s is over when its situation is: by numbers, and by silence', (name, wrong, minutes, fine) => {
    const raised = during(Math.max(minutes, 30), ...wrong);

    expect(statesOf(name, [...raised, ...during(HOUR, ...fine)]).at(-1)).toBe('OK');
    expect(statesOf(name, [...raised, ...quiet(HOUR)]).at(-1)).toBe('OK');
  });

  it.each(situations)('%s is not raised by a moment', (name, wrong, minutes, fine) => {
    const { DatapointsToAlarm } = alarm(name);
    const moment = minutes - minutes / DatapointsToAlarm;

    expect(statesOf(name, [...during(30, ...fine), ...during(moment, ...wrong), ...during(30, ...fine)])).not.toContain(
      'ALARM',
    );
  });

  it('is not raised by silence', () => {
    for (const [name] of situations) expect(statesOf(name, quiet(HOUR)), name).not.toContain('ALARM');
  });

  it('counts one task of every minute that always fails', () => {
    expect(statesOf('RedriveErrors', during(15, 1)).at(-1)).toBe('ALARM');
  });

  it('says that deliver is near its timeout ten seconds before it', () => {
    expect(alarm('NearTimeout').Threshold).toBe(stages.prod.functions.deliver.timeoutSeconds * 1000 - 10_000);
  });
});
