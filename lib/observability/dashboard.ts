import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Color,
  Dashboard,
  GraphWidget,
  type HorizontalAnnotation,
  type IAlarm,
  type IMetric,
  type IWidget,
  LegendPosition,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { deliveryRate, GOALS, retryRate } from './delivery-alarms.ts';
import { PUBLISH_ROUTE } from './function-alarms.ts';
import { dynamodb, gateway, lambda, logs, own, sqs } from './metrics.ts';
import { functionsOf, quotaUsed, storeThrottles, throttledRequests } from './platform-alarms.ts';
import { backlog, quietAge } from './queue-alarms.ts';
import { linkOf } from './sections.ts';
import type { Watched } from './watched.ts';

const minute = Duration.minutes(1);
const fiveMinutes = Duration.minutes(5);
const hour = Duration.hours(1);
/** Columns of a dashboard. */
const WIDTH = 24;

interface Graph {
  readonly title: string;
  readonly left: readonly IMetric[];
  readonly right?: readonly IMetric[];
  readonly lines?: readonly HorizontalAnnotation[];
  readonly from?: number;
  readonly to?: number;
}

/**
 * The stage's dashboard: what is ours apart from what is the receivers', with the thresholds drawn.
 * @param alarms in the order in which they are shown.
 */
export function createDashboard(scope: Construct, watched: Watched, alarms: readonly IAlarm[]): void {
  const { stage } = watched;
  new Dashboard(scope, 'Dashboard', {
    dashboardName: `Postrider-${stage.name}`,
    defaultInterval: Duration.hours(3),
    widgets: [
      states(watched, alarms),
      ...row('Ours: what the product does, whatever receivers do', ours(watched)),
      ...row('Theirs: what receivers do', theirs(watched)),
      ...row('Queues', queues(watched)),
      ...row('Functions', functions(watched)),
      ...row('API and stores', apiAndStores(watched)),
      ...row('What the bill grows with', costs(watched)),
    ],
  });
}

function states({ stage, api }: Watched, alarms: readonly IAlarm[]): IWidget[] {
  const logsOf = `https://${api.region}.console.aws.amazon.com/cloudwatch/home?region=${api.region}#logsV2:logs-insights`;
  const text = [
    `## Postrider ${stage.name}`,
    `What to do: \`${linkOf(stage, 'Down')}\``,
    `[Saved queries](${logsOf}): Queries, folder \`Postrider/${stage.name}\``,
    `API: ${api.api.apiEndpoint}`,
  ];
  return [
    new TextWidget({ markdown: text.join('\n\n'), width: 6, height: 6 }),
    new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: WIDTH - 6, height: 6 }),
  ];
}

const ours = ({ stage }: Watched): Graph[] => [
  {
    title: 'Accepted events, attempts, and those acknowledged',
    left: (['Accepted', 'Attempts', 'Acknowledged'] as const).map((name) => own(stage, name, 'Sum', minute)),
  },
  {
    title: 'Accepted to first attempt (ms)',
    left: (['p50', 'p95', 'p99'] as const).map((p) => own(stage, 'StartDelayMs', p, minute).with({ label: p })),
    lines: lines(GOALS.latencyMs),
  },
  {
    title: 'Our faults',
    left: [own(stage, 'OurFaultResent', 'Sum', fiveMinutes), own(stage, 'OurFaultDead', 'Sum', fiveMinutes)],
  },
  ...(stage.heartbeat
    ? [
        {
          title: 'Heartbeat',
          left: [own(stage, 'HeartbeatOk', 'Maximum', fiveMinutes)],
          right: [own(stage, 'HeartbeatMs', 'Maximum', fiveMinutes)],
          from: 0,
          to: 1,
        },
      ]
    : []),
];

const theirs = ({ stage }: Watched): Graph[] => [
  {
    title: 'Delivery rate (%), by the hour',
    left: [deliveryRate(stage, hour)],
    lines: lines(GOALS.deliveryRatePercent),
    from: 98,
    to: 100,
  },
  {
    title: 'Retry rate (%), by the hour',
    left: [retryRate(stage, hour)],
    lines: lines(GOALS.retryRatePercent),
  },
  {
    title: 'How long receivers take (ms)',
    left: [
      own(stage, 'AttemptMs', 'Average', fiveMinutes).with({ label: 'average' }),
      own(stage, 'AttemptMs', 'p95', fiveMinutes).with({ label: 'p95' }),
    ],
    lines: lines(GOALS.latencyMs),
  },
  {
    title: 'Deliveries that ended, and open circuits',
    left: [own(stage, 'Delivered', 'Sum', fiveMinutes), own(stage, 'Dead', 'Sum', fiveMinutes)],
    right: [own(stage, 'OpenCircuits', 'Maximum', fiveMinutes)],
  },
];

function queues(watched: Watched): Graph[] {
  const { pipeline, stage } = watched;
  const depth = (queue: (typeof pipeline.queues)['fanout'], label: string) =>
    sqs(queue.queue, 'ApproximateNumberOfMessagesVisible', 'Maximum', minute).with({ label });
  const { fanout, bulkFanout, delivery, slow, bulk, jobs, stats, continuations } = pipeline.queues;
  const lanes = { fast: delivery, slow, bulk };
  return [
    {
      title: 'Messages that wait',
      left: [
        backlog(watched),
        depth(fanout, 'fan-out'),
        depth(bulkFanout, 'bulk fan-out'),
        ...Object.entries(lanes).map(([label, lane]) => depth(lane, `delivery: ${label}`)),
      ],
      lines: lines(GOALS.queueDepth),
    },
    {
      title: 'Healthy endpoints wait (s), noisy groups',
      left: [quietAge(watched)],
      right: Object.entries(lanes).map(([label, { queue }]) =>
        sqs(queue, 'ApproximateNumberOfNoisyGroups', 'Maximum', minute).with({ label: `noisy: ${label}` }),
      ),
      lines: [line(1_200, 'alarm', Color.RED)],
    },
    {
      title: 'Jobs, statistics, continuations; retries overdue (s)',
      left: [depth(jobs, 'jobs'), depth(stats, 'statistics'), depth(continuations, 'continuations')],
      right: [own(stage, 'OverdueSeconds', 'Maximum', minute)],
    },
    {
      title: 'Dead letters',
      left: [
        ...Object.entries(pipeline.deadLetters).map(([label, queue]) =>
          sqs(queue, 'ApproximateNumberOfMessagesVisible', 'Maximum', fiveMinutes).with({ label }),
        ),
        own(stage, 'LettersUnexplained', 'Minimum', fiveMinutes),
      ],
      right: [own(stage, 'OldestLetterDays', 'Maximum', hour)],
    },
  ];
}

function functions(watched: Watched): Graph[] {
  const all = Object.entries(functionsOf(watched));
  return [
    { title: 'Errors', left: all.map(([label, one]) => lambda(one, 'Errors', 'Sum', minute).with({ label })) },
    { title: 'Throttles', left: all.map(([label, one]) => lambda(one, 'Throttles', 'Sum', minute).with({ label })) },
    {
      title: "Concurrency: the account's, and ours",
      left: all.map(([label, one]) => lambda(one, 'ConcurrentExecutions', 'Maximum', minute).with({ label })),
      right: [quotaUsed()],
    },
    {
      title: 'Duration, p99 (ms)',
      left: all.map(([label, one]) => lambda(one, 'Duration', 'p99', fiveMinutes).with({ label })),
    },
  ];
}

function apiAndStores(watched: Watched): Graph[] {
  const { api } = watched.api;
  const { registry, ledger } = watched.state;
  return [
    {
      title: 'Requests to publish',
      left: [
        gateway(api, 'Count', 'Sum', minute, PUBLISH_ROUTE).with({ label: 'requests' }),
        gateway(api, '4xx', 'Sum', minute, PUBLISH_ROUTE).with({ label: '4xx' }),
        gateway(api, '5xx', 'Sum', minute, PUBLISH_ROUTE).with({ label: '5xx' }),
        throttledRequests(watched.stage).with({ label: '429, both routes' }),
      ],
      right: [gateway(api, 'Latency', 'p95', minute, PUBLISH_ROUTE).with({ label: 'p95 (ms)' })],
    },
    {
      title: 'The whole API',
      left: (['Count', '4xx', '5xx'] as const).map((name) =>
        gateway(api, name, 'Sum', minute).with({ label: name === 'Count' ? 'requests' : name }),
      ),
      right: [gateway(api, 'Latency', 'p95', minute).with({ label: 'p95 (ms)' })],
    },
    { title: 'DynamoDB throttles', left: [storeThrottles(watched)] },
    {
      title: 'Reads and writes (units)',
      left: [
        dynamodb(ledger, 'ConsumedWriteCapacityUnits', 'Sum', minute).with({ label: 'ledger, written' }),
        dynamodb(ledger, 'ConsumedReadCapacityUnits', 'Sum', minute).with({ label: 'ledger, read' }),
        dynamodb(registry, 'ConsumedWriteCapacityUnits', 'Sum', minute).with({ label: 'registry, written' }),
        dynamodb(registry, 'ConsumedReadCapacityUnits', 'Sum', minute).with({ label: 'registry, read' }),
      ],
    },
  ];
}

function costs(watched: Watched): Graph[] {
  const { api, pipeline } = watched;
  const groups = {
    ingest: api.ingest.logs,
    fanout: pipeline.fanout.logs,
    deliver: pipeline.deliver.logs,
    redrive: pipeline.redrive.logs,
    api: api.management.logs,
    'access log': api.accessLogs,
  };
  return [
    {
      title: 'Invocations, by the hour',
      left: Object.entries(functionsOf(watched)).map(([label, one]) =>
        lambda(one, 'Invocations', 'Sum', hour).with({ label }),
      ),
    },
    {
      title: 'Log bytes, by the hour',
      left: Object.entries(groups).map(([label, group]) => logs(group.logGroupName, hour).with({ label })),
    },
    {
      title: 'Units written to the ledger, by the hour',
      left: [dynamodb(watched.state.ledger, 'ConsumedWriteCapacityUnits', 'Sum', hour).with({ label: 'written' })],
    },
  ];
}

/** A headline, and below it graphs that share the width. */
function row(title: string, graphs: readonly Graph[]): IWidget[][] {
  return [
    [new TextWidget({ markdown: `### ${title}`, width: WIDTH, height: 1 })],
    graphs.map(
      ({ left, right, lines: annotations, from, to, title: caption }) =>
        new GraphWidget({
          title: caption,
          left: [...left],
          ...(right !== undefined && { right: [...right], rightYAxis: { min: 0, showUnits: false } }),
          ...(annotations !== undefined && { leftAnnotations: [...annotations] }),
          leftYAxis: { min: from ?? 0, ...(to !== undefined && { max: to }), showUnits: false },
          legendPosition: LegendPosition.BOTTOM,
          width: WIDTH / graphs.length,
          height: 6,
        }),
    ),
  ];
}

const line = (value: number, label: string, color: string): HorizontalAnnotation => ({ value, label, color });
const lines = ({ goal, alarm }: { readonly goal: number; readonly alarm: number }) => [
  line(goal, 'goal', Color.GREEN),
  line(alarm, 'alarm', Color.RED),
];
