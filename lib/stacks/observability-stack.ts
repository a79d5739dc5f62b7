import { Stack, type StackProps } from 'aws-cdk-lib';
import { AlarmRule, AlarmState, CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Construct } from 'constructs';
import { createDashboard } from '../observability/dashboard.ts';
import { deliveryAlarms } from '../observability/delivery-alarms.ts';
import { createBudget, watchKey } from '../observability/other-signals.ts';
import { platformAlarms } from '../observability/platform-alarms.ts';
import { queueAlarms } from '../observability/queue-alarms.ts';
import { saveQueries } from '../observability/saved-queries.ts';
import { linkOf, nameOf } from '../observability/sections.ts';
import { createTopic } from '../observability/topics.ts';
import type { Watched } from '../observability/watched.ts';
import type { AlarmSettings } from '../stage.ts';

/**
 * How a stage is watched: alarms, the one page, saved queries and the dashboard. docs/runbook.md says what to do. The
 * alarms of the functions stand in the functions' stacks.
 */
export class ObservabilityStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    props: StackProps & { readonly watched: Watched; readonly settings: AlarmSettings },
  ) {
    super(scope, id, props);
    const { watched, settings } = props;
    const { stage, state, pipeline, api } = watched;
    const pages = createTopic(this, stage, settings, 'Alarms');
    const tickets = createTopic(this, stage, settings, 'Warnings');

    const all = [
      ...deliveryAlarms(this, stage),
      ...queueAlarms(this, watched),
      ...platformAlarms(this, watched),
      ...pipeline.alarms,
      ...api.alarms,
    ];
    const alarmsOf = (severity: 'page' | 'ticket') =>
      all.flatMap((one) => (one.severity === severity && one.alarm !== undefined ? [one.alarm] : []));
    const [paging, ticketing] = [alarmsOf('page'), alarmsOf('ticket')];

    // One page for one outage: most causes set off several of these alarms.
    const down = new CompositeAlarm(this, 'Down', {
      compositeAlarmName: nameOf(stage, 'Down'),
      alarmDescription: `Something that must not wait is wrong; its alarm says what. ${linkOf(stage, 'Down')}`,
      alarmRule: AlarmRule.anyOf(...paging.map((alarm) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
    });
    down.addAlarmAction(new SnsAction(pages));
    down.addOkAction(new SnsAction(pages));

    watchKey(this, stage, state.secretsKey, pages);
    if (settings.monthlyBudget !== null) createBudget(this, stage, settings.monthlyBudget, tickets);
    saveQueries(this, watched);
    createDashboard(this, watched, [down, ...paging, ...ticketing]);
  }
}
