import { setTimeout as wait } from 'node:timers/promises';
import type { Place } from './assembly/identity.ts';
import type { LocalApp } from './assembly/local-app.ts';
import type { LocalAws } from './aws/services.ts';
import { DEFAULT_CONCURRENCY, type Mapping, startMapping } from './event-sources.ts';
import type { FunctionHost, Invoke } from './functions/function-host.ts';
import type { Functions } from './functions/load-functions.ts';
import { createGateway, type Gateway } from './gateway/gateway.ts';
import { queueSource } from './queue-source.ts';
import { type Schedules, startSchedules } from './schedules.ts';

/** Reports an error in a part of the system. */
export type Report = (part: string, message: string) => void;

export interface WiringOptions {
  readonly app: LocalApp;
  readonly place: Place;
  readonly aws: LocalAws;
  readonly functions: Functions;
  readonly schedulePeriodMs: number | undefined;
  readonly report: Report;
}

/** The triggers of the functions: the HTTP API, the event source mappings, the schedules. */
export interface Wiring {
  readonly gateway: Gateway;
  /** Ends polling and schedules and waits up to this long for work in progress. */
  stop(graceMs: number): Promise<void>;
}

/** Connects the functions as the template says, and starts processing messages. */
export function wire(options: WiringOptions): Wiring {
  const { app, place, functions, report } = options;
  const gateway = createGateway({
    place,
    api: app.api,
    invokeOf: (arn) => invokeOf(functions, arn),
    now: Date.now,
    onFailure: (message) => report('gateway', message),
  });
  const mappings = startMappings(options);
  const schedules = schedulesOf(options);
  return {
    gateway,
    async stop(graceMs) {
      const ended = Promise.all([...mappings.map((each) => each.stop()), schedules.stop()]);
      await Promise.race([ended, wait(graceMs)]);
    },
  };
}

function startMappings(options: WiringOptions): Mapping[] {
  const enabled = options.app.eventSources.filter(({ Enabled }) => Enabled);
  const byHost = Map.groupBy(enabled, (source) => hostOf(source, options.functions));
  return [...byHost].flatMap(([host, sources]) =>
    sources.map((source, at) => {
      const own = at === 0 ? host : host.another({ isBackground: isOfBulk(source) });
      return mapping(source, own, options);
    }),
  );
}

/** Whether it processes events for many endpoints, which must not delay any others. Tells it by the queue's construct. */
export const isOfBulk = ({ EventSourceArn }: Pick<EventSource, 'EventSourceArn'>): boolean =>
  EventSourceArn.includes('Bulk');

type EventSource = LocalApp['eventSources'][number];

function hostOf({ FunctionName }: EventSource, functions: Functions): FunctionHost {
  const host = [...functions.values()].find(({ options }) => [options.name, options.arn].includes(FunctionName));
  if (host === undefined) throw new Error(`An event source mapping names no known function: ${FunctionName}.`);
  return host;
}

function mapping(source: EventSource, host: FunctionHost, { place, aws, report }: WiringOptions): Mapping {
  return startMapping({
    queueArn: source.EventSourceArn,
    region: place.region,
    queue: queueSource(aws.sqs.engine, source.EventSourceArn, place.accountId),
    invoke: host.invoke,
    batchSize: source.BatchSize,
    windowMs: source.MaximumBatchingWindowInSeconds * 1000,
    concurrencyMax: source.ScalingConfig?.MaximumConcurrency ?? DEFAULT_CONCURRENCY,
    reportBatchItemFailures: source.FunctionResponseTypes.includes('ReportBatchItemFailures'),
    onFailure: (message) => report(host.options.label, message),
  });
}

function schedulesOf({ app, functions, schedulePeriodMs, report }: WiringOptions): Schedules {
  return startSchedules({
    schedules: app.schedules
      .filter(({ properties }) => properties.State === 'ENABLED')
      .map(({ name, properties: { ScheduleExpression, Target } }) => ({
        name,
        expression: ScheduleExpression,
        input: Target.Input ?? '{}',
        invoke: invokeOf(functions, Target.Arn),
      })),
    ticker: {
      every(periodMs, firstMs, tick) {
        let timer = setTimeout(() => {
          timer = setInterval(tick, periodMs);
          tick();
        }, firstMs);
        return () => clearTimeout(timer);
      },
    },
    periodMs: schedulePeriodMs,
    onFailure: (message) => report('schedule', message),
  });
}

function invokeOf(functions: Functions, arn: string): Invoke {
  const host = functions.get(arn);
  if (host === undefined) throw new Error(`The template refers to a function that it does not hold: ${arn}.`);
  return host.invoke;
}
