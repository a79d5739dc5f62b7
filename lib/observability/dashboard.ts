import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  AlarmWidget,
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
import type { WorkQueue } from '../constructs/work-queue.ts';
import { deliveryRate, GOALS, retryRate } from './delivery-alarms.ts';
import { PUBLISH_ROUTE } from './function-alarms.ts';
import { dynamodb, gateway, lambda, logs, own, sqs } from './metrics.ts';
import { functionsOf, quotaUsed, throttledRequests } from './platform-alarms.ts';
import { backlog, quietAge, waiting } from './queue-alarms.ts';
import { linkOf } from './sections.ts';
import type { Watched } from './watched.ts';

const minute = Duration.minutes(1);
const fiveMinutes = Duration.minutes(5);
const hour = Duration.hours(1);
/** Columns of a dashboard. */
const WIDTH = 24;

/** The alarms of the stage. */
export interface DashboardAlarms {
  /** In the order in which they are shown. */
  readonly shown: readonly IAlarm[];
  readonly throttledFunctions: IAlarm | undefined;
  readonly throttledStores: IAlarm | undefined;
}

interface Graph {
  readonly title: string;
  readonly left: readonly IMetric[];
  readonly right?: readonly IMetric[];
  readonly lines?: readonly HorizontalAnnotation[];
  /** Where the scale begins, 0 by default; null leaves that to CloudWatch. */
  readonly from?: null;
  readonly to?: number;
}

/** What an alarm looks at, with its threshold. */
interface GraphOfAlarm {
  readonly title: string;
  /** Undefined if the stage has none: then there is no graph. */
  readonly ofAlarm: IAlarm | undefined;
}

/**
 * The stage's dashboard: what is ours apart from what is the receivers', with the thresholds drawn. It names 50 metrics:
 * three dashboards of that size are free, and a larger one costs $3 a month. Source: Amazon CloudWatch pricing, "Free
 * tier".
 */
export function createDashboard(scope: Construct, watched: Watched, alarms: DashboardAlarms): void {
  const { stage } = watched;
  new Dashboard(scope, 'Dashboard', {
    dashboardName: `Postrider-${stage.name}`,
    defaultInterval: Duration.hours(3),
    widgets: [
      states(watched, alarms.shown),
      ...row('Ours: what the product does, whatever receivers do', ours(watched)),
      ...row('Theirs: what receivers do', theirs(watched)),
      ...row('Queues', queues(watched)),
      ...row('Functions', functions(watched, alarms)),
      ...row('API and stores', apiAndStores(watched, alarms)),
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
    title: 'Accepted events, and attempts',
    left: [own(stage, 'Accepted', 'Sum', minute), own(stage, 'Attempts', 'Sum', minute)],
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
    // From zero on, nobody could tell 99 from 99.9.
    from: null,
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
  const depth = ({ queue }: WorkQueue, label: string) =>
    sqs(queue, 'ApproximateNumberOfMessagesVisible', 'Maximum', minute).with({ label });
  const { jobs, stats, continuations } = pipeline.queues;
  return [
    {
      title: 'Messages that wait',
      left: [backlog(watched), ...Object.values(waiting(watched))],
      lines: lines(GOALS.queueDepth),
    },
    {
      title: 'Healthy endpoints wait (s), noisy groups',
      left: [quietAge(watched)],
      right: [
        sqs(pipeline.queues.delivery.queue, 'ApproximateNumberOfNoisyGroups', 'Maximum', minute).with({
          label: 'noisy: fast',
        }),
      ],
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

function functions(watched: Watched, { throttledFunctions }: DashboardAlarms): (Graph | GraphOfAlarm)[] {
  const { deliver, ingest } = functionsOf(watched);
  return [
    {
      title: 'Errors',
      left: Object.entries(functionsOf(watched)).map(([label, one]) =>
        lambda(one, 'Errors', 'Sum', minute).with({ label }),
      ),
    },
    { title: 'Throttles, of all our functions', ofAlarm: throttledFunctions },
    {
      title: 'Concurrency of the account, and % of its quota',
      left: [lambda('all', 'ConcurrentExecutions', 'Maximum', minute).with({ label: 'running' })],
      right: [quotaUsed()],
    },
    {
      title: 'Duration, p99 (ms)',
      left: Object.entries({ deliver, ingest }).map(([label, one]) =>
        lambda(one, 'Duration', 'p99', fiveMinutes).with({ label }),
      ),
    },
  ];
}

function apiAndStores(watched: Watched, { throttledStores }: DashboardAlarms): (Graph | GraphOfAlarm)[] {
  const { api } = watched.api;
  const { ledger } = watched.state;
  return [
    {
      title: 'Requests to publish',
      left: [
        gateway(api, 'Count', 'Sum', minute, PUBLISH_ROUTE).with({ label: 'requests' }),
        gateway(api, '5xx', 'Sum', minute, PUBLISH_ROUTE).with({ label: '5xx' }),
        throttledRequests(watched.stage).with({ label: '429, both routes' }),
      ],
    },
    {
      title: 'The whole API',
      left: (['Count', '5xx'] as const).map((name) =>
        gateway(api, name, 'Sum', minute).with({ label: name === 'Count' ? 'requests' : name }),
      ),
    },
    { title: 'DynamoDB throttles', ofAlarm: throttledStores },
    {
      title: 'Units of the ledger',
      left: [
        dynamodb(ledger, 'ConsumedWriteCapacityUnits', 'Sum', minute).with({ label: 'written' }),
        dynamodb(ledger, 'ConsumedReadCapacityUnits', 'Sum', minute).with({ label: 'read' }),
      ],
    },
  ];
}

/** Deliveries are most of a bill. */
const costs = ({ pipeline: { deliver }, state }: Watched): Graph[] => [
  { title: 'Invocations of deliver, by the hour', left: [lambda(deliver.lambda, 'Invocations', 'Sum', hour)] },
  { title: 'Log bytes of deliver, by the hour', left: [logs(deliver.logs.logGroupName, hour)] },
  {
    title: 'Units written to the ledger, by the hour',
    left: [dynamodb(state.ledger, 'ConsumedWriteCapacityUnits', 'Sum', hour)],
  },
];

/** A headline, and below it graphs that share the width. */
function row(title: string, graphs: readonly (Graph | GraphOfAlarm)[]): IWidget[][] {
  const size = { width: WIDTH / graphs.length, height: 6 };
  return [
    [new TextWidget({ markdown: `### ${title}`, width: WIDTH, height: 1 })],
    graphs.flatMap((graph): IWidget[] => {
      if (!('ofAlarm' in graph)) return [widgetOf(graph, size)];
      return graph.ofAlarm === undefined
        ? []
        : [new AlarmWidget({ title: graph.title, alarm: graph.ofAlarm, ...size })];
    }),
  ];
}

function widgetOf({ title, left, right, lines: drawn, from, to }: Graph, size: { width: number; height: number }) {
  return new GraphWidget({
    ...{ title, ...size, legendPosition: LegendPosition.BOTTOM },
    left: [...left],
    ...(right !== undefined && { right: [...right], rightYAxis: { min: 0, showUnits: false } }),
    ...(drawn !== undefined && { leftAnnotations: [...drawn] }),
    leftYAxis: { ...(from !== null && { min: 0 }), ...(to !== undefined && { max: to }), showUnits: false },
  });
}

const line = (value: number, label: string, color: string): HorizontalAnnotation => ({ value, label, color });
const lines = ({ goal, alarm }: { readonly goal: number; readonly alarm: number }) => [
  line(goal, 'goal', Color.GREEN),
  line(alarm, 'alarm', Color.RED),
];
