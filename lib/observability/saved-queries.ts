import { CfnQueryDefinition, type LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Watched } from './watched.ts';

/** The functions whose logs a query reads. */
type Source = 'ingest' | 'fanout' | 'deliver' | 'redrive' | 'api' | 'portal' | 'heartbeat';

interface SavedQuery {
  /** Its name under `Postrider/<stage>/`. */
  readonly name: string;
  readonly logs: readonly Source[];
  /** In CloudWatch Logs Insights' own language. Whoever runs it replaces the words in capitals. */
  readonly text: string;
}

const EVERYWHERE = ['ingest', 'fanout', 'deliver', 'redrive', 'api', 'portal', 'heartbeat'] as const;
/** The parts of a delivery's id; test/stacks/saved-queries.test.ts holds them against real log lines. */
const ENDPOINT = 'parse deliveryId /^dlv_(?<event>[^_]+)_(?<endpoint>[^_]+)$/';

export const SAVED_QUERIES: readonly SavedQuery[] = [
  {
    name: 'What became of an event',
    logs: ['ingest', 'deliver'],
    text: `fields @timestamp, message, deliveryId, attempt, outcome, reason, why, statusCode, errorCode, errorDetail, durationMs, retryInSeconds
| filter firstEventId like 'EVENT_ID_WITHOUT_EVT_' or deliveryId like 'EVENT_ID_WITHOUT_EVT_'
| sort @timestamp asc
| limit 1000`,
  },
  {
    name: 'Endpoints that fail most',
    logs: ['deliver'],
    text: `filter message = 'delivery attempted' and outcome != 'delivered'
| ${ENDPOINT}
| stats count(*) as failures, count_distinct(event) as events, latest(errorCode) as lastError, latest(statusCode) as lastStatus by endpoint, tenant
| sort failures desc
| limit 50`,
  },
  {
    name: 'Slowest endpoints',
    logs: ['deliver'],
    text: `filter message = 'delivery attempted'
| ${ENDPOINT}
| stats pct(durationMs, 50) as p50, pct(durationMs, 95) as p95, max(durationMs) as slowest, count(*) as attempts by endpoint, tenant
| sort p95 desc
| limit 50`,
  },
  {
    name: 'Our faults',
    logs: EVERYWHERE,
    text: `filter level = 'ERROR' or (level = 'WARN' and ispresent(fault))
| stats count(*) as times, latest(@timestamp) as last by service, message, why, fault, faultMessage
| sort times desc
| limit 50`,
  },
  {
    name: 'Refused API requests by key',
    logs: ['ingest', 'api'],
    text: `filter message = 'request' or message = 'refused'
| filter status >= 400 and status < 500
| stats count(*) as refused, latest(@timestamp) as last by keyId, principalArn, method, route, status
| sort refused desc
| limit 100`,
  },
  {
    name: 'One trace',
    logs: ['ingest', 'deliver'],
    text: `fields @timestamp, service, message, firstEventId, deliveryId, attempt, outcome, why, statusCode, errorCode, durationMs
| filter traceId = 'TRACE_ID'
| sort @timestamp asc
| limit 1000`,
  },
  {
    name: 'Cold starts',
    logs: EVERYWHERE,
    text: `filter type = 'platform.report' and ispresent(record.metrics.initDurationMs)
| stats count(*) as coldStarts, pct(record.metrics.initDurationMs, 50) as p50, max(record.metrics.initDurationMs) as slowest by @log, bin(1h)
| sort coldStarts desc
| limit 100`,
  },
  {
    name: 'Slices of a job',
    logs: ['redrive'],
    text: `fields @timestamp, message, kind, faults, fault, faultMessage
| filter jobId = 'JOB_ID'
| sort @timestamp asc
| limit 1000`,
  },
];

/** Saves the queries, for whoever is asked a question at night. They cost nothing until somebody runs one. */
export function saveQueries(scope: Construct, { stage, pipeline, api }: Watched): void {
  const groups: Record<Source, LogGroup | undefined> = {
    ingest: api.ingest.logs,
    fanout: pipeline.fanout.logs,
    deliver: pipeline.deliver.logs,
    redrive: pipeline.redrive.logs,
    api: api.management.logs,
    portal: api.portal.logs,
    heartbeat: api.heartbeat?.logs,
  };
  for (const { name, logs, text } of SAVED_QUERIES) {
    new CfnQueryDefinition(scope, `Query${name.replaceAll(/\W/g, '')}`, {
      name: `Postrider/${stage.name}/${name}`,
      logGroupNames: logs.flatMap((source) => groups[source]?.logGroupName ?? []),
      queryString: text,
    });
  }
}
