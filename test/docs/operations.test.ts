import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../lambdas/runtime/metric-table.ts';
import { SAVED_QUERIES } from '../../lib/observability/saved-queries.ts';
import { ALARMS, type AlarmName, linkOf, OTHER_SIGNALS, type SignalName } from '../../lib/observability/sections.ts';
import { STAGE_VARIABLES } from '../../lib/stage-settings.ts';
import { alarmsOf, templatesOf } from '../stacks/alarms.ts';
import { resources, synthesise } from '../stacks/synthesised.ts';
import { type AlarmProperties, periodOf } from '../support/cloudwatch-alarm.ts';

const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| (.+) \|$/gm)].map(([, row = '']) => row.split(' | '));
const prod = synthesise('prod');
const tickets = resources('AWS::CloudWatch::Alarm', ...templatesOf(prod))
  .filter(({ properties }) => properties.AlarmActions !== undefined)
  .map(({ properties }) => properties.AlarmName);

const SIGNS = {
  GreaterThanThreshold: '>',
  GreaterThanOrEqualToThreshold: '>=',
  LessThanThreshold: '<',
  LessThanOrEqualToThreshold: '<=',
};

function whenIn(alarm: AlarmProperties): string {
  const seconds = periodOf(alarm);
  const period = seconds === 3600 ? '1 h' : `${seconds / 60} min`;
  return `${SIGNS[alarm.ComparisonOperator]} ${alarm.Threshold.toLocaleString('en')} in ${alarm.DatapointsToAlarm} of ${alarm.EvaluationPeriods} × ${period}`;
}

const linkIn = (name: AlarmName | SignalName) => {
  const title = { ...ALARMS, ...OTHER_SIGNALS }[name];
  return `[${title}](${linkOf({ alarms: null }, name).replace('docs/', '')})`;
};

describe('the page on operations', () => {
  it.each(Object.entries(alarmsOf(prod)) as [AlarmName, AlarmProperties][])(
    'has %s as it is declared',
    (name, alarm) => {
      const row = rows.find(([cell]) => cell === `\`${name}\``);

      expect(row?.slice(2)).toEqual([
        whenIn(alarm),
        tickets.includes(alarm.AlarmName) ? 'ticket' : 'page',
        linkIn(name),
      ]);
    },
  );

  it('names what tells somebody by other means, the saved queries, and the settings', () => {
    for (const name of Object.keys(OTHER_SIGNALS) as SignalName[])
      expect(page.replaceAll(/\s+/g, ' ')).toContain(linkIn(name));
    for (const { name } of SAVED_QUERIES) expect(page).toContain(`| \`${name}\` |`);
    for (const name of STAGE_VARIABLES.filter((one) => /ALARM|BUDGET/.test(one))) expect(page).toContain(`\`${name}`);
  });

  it('has every metric, with its unit', () => {
    const metrics = [...page.matchAll(/^\| `(\w+)` \| (\w+) \| /gm)].map(([, name, unit]) => [name, unit]);

    expect(Object.fromEntries(metrics)).toEqual(METRICS);
    expect(metrics).toHaveLength(Object.keys(METRICS).length);
  });
});
