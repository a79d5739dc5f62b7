import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { EventBus, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import type { DeliverSource, deliverEnv } from '../../lambdas/deliver/config.ts';
import type { fanoutEnv } from '../../lambdas/fanout/config.ts';
import { type RedriveSource, type redriveEnv, TASKS } from '../../lambdas/redrive/config.ts';
import { bus, key, objects, queue, table } from '../constructs/binding.ts';
import { EveryMinute } from '../constructs/every-minute.ts';
import { PipelineFunction } from '../constructs/pipeline-function.ts';
import type { RunbookAlarm } from '../constructs/runbook-alarm.ts';
import { DeadLetterQueue, WorkQueue } from '../constructs/work-queue.ts';
import { pipelineAlarms } from '../observability/function-alarms.ts';
import { auditRetention, metricsStage, type Stage } from '../stage.ts';
import { ledgerIndexes, type StateStack } from './state-stack.ts';

type QueueName = 'fanout' | 'bulkFanout' | 'delivery' | 'slow' | 'bulk' | 'jobs' | 'stats' | 'continuations';
type DeadLetterName = 'rule' | 'fanout' | 'deliveries' | 'jobs' | 'stats' | 'continuations';

/**
 * The path of an accepted event: bus -> fan-out queue -> fanout -> delivery queue -> deliver, and redrive every minute.
 */
export class PipelineStack extends Stack {
  readonly bus: EventBus;
  readonly delivery: WorkQueue;
  readonly bulk: WorkQueue;
  readonly jobs: WorkQueue;
  /** Every work queue, and every dead-letter queue: `deliveries` is that of the three lanes. */
  readonly queues: Readonly<Record<QueueName, WorkQueue>>;
  readonly deadLetters: Readonly<Record<DeadLetterName, DeadLetterQueue>>;
  readonly fanout: PipelineFunction<typeof fanoutEnv>;
  readonly deliver: PipelineFunction<typeof deliverEnv>;
  readonly redrive: PipelineFunction<typeof redriveEnv>;
  /** That show whether the functions' new versions work. */
  readonly alarms: readonly RunbookAlarm[];

  constructor(scope: Construct, id: string, props: StackProps & { readonly stage: Stage; readonly state: StateStack }) {
    super(scope, id, props);
    const { stage, state } = props;
    const { registry, ledger, payloads, secretsKey } = state;

    this.bus = new EventBus(this, 'Bus');
    const ruleDeadLetters = new DeadLetterQueue(this, 'RuleDeadLetters', stage);
    const fanoutDeadLetters = new DeadLetterQueue(this, 'FanoutDeadLetters', stage);
    const deadLetters = new DeadLetterQueue(this, 'DeadLetters', stage);
    const fanout = new WorkQueue(this, 'Fanout', { stage, numbers: stage.fanoutQueue, deadLetters: fanoutDeadLetters });
    const bulkFanout = new WorkQueue(this, 'BulkFanout', {
      ...{ stage, numbers: stage.bulkFanoutQueue },
      deadLetters: fanoutDeadLetters,
    });
    this.delivery = new WorkQueue(this, 'Delivery', { stage, numbers: stage.deliveryQueue, deadLetters });
    const slow = new WorkQueue(this, 'SlowDelivery', { stage, numbers: stage.slowDeliveryQueue, deadLetters });
    this.bulk = new WorkQueue(this, 'BulkDelivery', { stage, numbers: stage.bulkDeliveryQueue, deadLetters });

    const jobsDeadLetters = new DeadLetterQueue(this, 'JobsDeadLetters', stage);
    this.jobs = new WorkQueue(this, 'Jobs', { stage, numbers: stage.jobsQueue, deadLetters: jobsDeadLetters });
    const statsDeadLetters = new DeadLetterQueue(this, 'StatsDeadLetters', stage);
    const stats = new WorkQueue(this, 'Stats', { stage, numbers: stage.statsQueue, deadLetters: statsDeadLetters });

    const continuationsDeadLetters = new DeadLetterQueue(this, 'ContinuationsDeadLetters', stage);
    const continuations = new WorkQueue(this, 'Continuations', {
      ...{ stage, numbers: stage.continuationsQueue },
      deadLetters: continuationsDeadLetters,
    });
    const { delivery, bulk, jobs } = this;
    this.queues = { fanout, bulkFanout, delivery, slow, bulk, jobs, stats, continuations };
    this.deadLetters = {
      rule: ruleDeadLetters,
      fanout: fanoutDeadLetters,
      deliveries: deadLetters,
      jobs: jobsDeadLetters,
      stats: statsDeadLetters,
      continuations: continuationsDeadLetters,
    };

    new Rule(this, 'EventAccepted', {
      description: 'Accepted events go to fan-out, fairly among tenants',
      eventBus: this.bus,
      eventPattern: { source: ['postrider'], detailType: ['event.accepted'] },
      targets: [
        new SqsQueue(fanout.queue, {
          message: RuleTargetInput.fromEventPath('$.detail'),
          messageGroupId: '$.detail.tenant',
          // An event on the bus is acknowledged: if EventBridge cannot or may not deliver it for a day, it is kept.
          deadLetterQueue: ruleDeadLetters,
          retryAttempts: 185,
          maxEventAge: Duration.hours(24),
        }),
      ],
    });

    this.fanout = new PipelineFunction<typeof fanoutEnv>(this, 'FanoutWorker', {
      stage,
      entry: 'fanout',
      beside: { 'filters.mjs': 'adapters/jmespath/worker.ts' },
      env: {
        REGISTRY_TABLE: table(registry, ['Query']),
        LEDGER_TABLE: table(ledger, ['BatchGetItem', 'PutItem', 'UpdateItem']),
        PAYLOAD_BUCKET: objects(payloads, ['GetObject']),
        FANOUT_QUEUE_URL: queue(fanout.queue, ['SendMessage']),
        BULK_FANOUT_QUEUE_URL: queue(bulkFanout.queue, ['SendMessage']),
        DELIVERY_QUEUE_URL: queue(this.delivery.queue, ['SendMessage']),
        BULK_DELIVERY_QUEUE_URL: queue(this.bulk.queue, ['SendMessage']),
        STATS_QUEUE_URL: queue(stats.queue, ['SendMessage']),
        LIST_SHARDS: String(stage.listShards),
        WAITING_SHARDS: String(stage.waitingShards),
        METRICS_STAGE: metricsStage(stage),
      },
    });
    for (const lane of [fanout, bulkFanout]) lane.feed(this.fanout.lambda);

    this.deliver = new PipelineFunction<typeof deliverEnv>(this, 'DeliverWorker', {
      stage,
      entry: 'deliver',
      env: {
        REGISTRY_TABLE: table(registry, ['BatchGetItem', 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem']),
        LEDGER_TABLE: table(ledger, ['BatchGetItem', 'PutItem', 'UpdateItem']),
        PAYLOAD_BUCKET: objects(payloads, ['GetObject']),
        DELIVERY_QUEUE_URL: queue(this.delivery.queue, ['SendMessage']),
        SLOW_DELIVERY_QUEUE_URL: queue(slow.queue, ['SendMessage']),
        BULK_DELIVERY_QUEUE_URL: queue(this.bulk.queue, ['SendMessage']),
        STATS_QUEUE_URL: queue(stats.queue, ['SendMessage']),
        SECRETS_KEY_ARN: key(secretsKey, ['Decrypt']),
        AUDIT_RETENTION_DAYS: auditRetention(stage),
        LIST_SHARDS: String(stage.listShards),
        WAITING_SHARDS: String(stage.waitingShards),
        FUNCTION_TIMEOUT_SECONDS: String(stage.functions.deliver.timeoutSeconds),
        FUNCTION_MEMORY_MB: String(stage.functions.deliver.memoryMb),
        CIRCUIT_OPENS_AFTER_FAILURES: String(stage.circuit.opensAfterFailures),
        DISABLED_AFTER_DAYS: String(stage.circuit.disabledAfterDays),
        DISABLED_AFTER_FAILURES: String(stage.circuit.disabledAfterFailures),
        // Where the function reads and writes anyway.
        DNS_CANARY: stage.egress.hasResolver ? `dynamodb.${this.region}.${this.urlSuffix}` : '',
        EGRESS_ALLOWED_CIDRS: stage.egress.allowedCidrs.join(','),
        EGRESS_ALLOW_HTTP: String(stage.egress.allowHttp),
        METRICS_STAGE: metricsStage(stage),
        LOG_ONE_IN: String(stage.logOneIn),
      },
    });
    const lanes: Record<DeliverSource, WorkQueue> = { fast: this.delivery, slow, bulk: this.bulk };
    for (const lane of Object.values(lanes)) lane.feed(this.deliver.lambda);

    this.redrive = new PipelineFunction<typeof redriveEnv>(this, 'RedriveWorker', {
      stage,
      entry: 'redrive',
      env: {
        REGISTRY_TABLE: table(
          registry,
          ['BatchGetItem', 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'],
          ['by_kind', 'by_audit', 'by_mark'],
        ),
        LEDGER_TABLE: table(
          ledger,
          ['BatchGetItem', 'BatchWriteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'],
          ledgerIndexes,
        ),
        PAYLOAD_BUCKET: objects(payloads, ['GetObject', 'PutObject'], { knowsMissing: true }),
        EVENT_BUS: bus(this.bus),
        FANOUT_QUEUE_URL: queue(fanout.queue, ['GetQueueAttributes', 'SendMessage']),
        BULK_FANOUT_QUEUE_URL: queue(bulkFanout.queue, ['GetQueueAttributes', 'SendMessage']),
        FANOUT_DEAD_LETTER_QUEUE_URL: queue(fanoutDeadLetters, ['ReceiveMessage', 'DeleteMessage']),
        RULE_DEAD_LETTER_QUEUE_URL: queue(ruleDeadLetters, ['ReceiveMessage', 'DeleteMessage']),
        DELIVERY_QUEUE_URL: queue(this.delivery.queue, ['GetQueueAttributes', 'SendMessage']),
        SLOW_DELIVERY_QUEUE_URL: queue(slow.queue, ['GetQueueAttributes', 'SendMessage']),
        BULK_DELIVERY_QUEUE_URL: queue(this.bulk.queue, ['GetQueueAttributes', 'SendMessage']),
        JOBS_QUEUE_URL: queue(this.jobs.queue, ['SendMessage']),
        STATS_QUEUE_URL: stats.queue.queueUrl,
        CONTINUATIONS_QUEUE_URL: queue(continuations.queue, ['SendMessage']),
        DEAD_LETTER_QUEUE_URL: queue(deadLetters, [
          'GetQueueAttributes',
          'ReceiveMessage',
          'ChangeMessageVisibility',
          'DeleteMessage',
        ]),
        RETENTION_DAYS: String(stage.retentionDays),
        DEAD_LETTER_RETENTION_DAYS: String(stage.deadLetterRetentionDays),
        AUDIT_RETENTION_DAYS: auditRetention(stage),
        LIST_SHARDS: String(stage.listShards),
        WAITING_SHARDS: String(stage.waitingShards),
        DELIVER_TIMEOUT_SECONDS: String(stage.functions.deliver.timeoutSeconds),
        RELEASE_PER_SECOND: String(stage.releasePerSecond),
        METRICS_STAGE: metricsStage(stage),
      },
    });
    const sources: Record<RedriveSource, WorkQueue> = { jobs: this.jobs, stats, continuations };
    for (const source of Object.values(sources)) source.feed(this.redrive.lambda);
    new EveryMinute(this, 'EveryMinute', { worker: this.redrive.lambda, tasks: TASKS });

    this.alarms = pipelineAlarms(this, stage, {
      fanout: this.fanout.lambda,
      deliver: this.deliver.lambda,
      redrive: this.redrive.lambda,
    });

    new CfnOutput(this, 'EventBusName', { value: this.bus.eventBusName });
    new CfnOutput(this, 'FanoutQueueUrl', { value: fanout.queue.queueUrl });
    new CfnOutput(this, 'BulkFanoutQueueUrl', { value: bulkFanout.queue.queueUrl });
    new CfnOutput(this, 'DeliveryQueueUrl', { value: this.delivery.queue.queueUrl });
    new CfnOutput(this, 'SlowDeliveryQueueUrl', { value: slow.queue.queueUrl });
    new CfnOutput(this, 'BulkDeliveryQueueUrl', { value: this.bulk.queue.queueUrl });
    for (const [name, { queueUrl }] of Object.entries(this.deadLetters)) {
      new CfnOutput(this, `${name === 'deliveries' ? '' : upperFirst(name)}DeadLetterQueueUrl`, { value: queueUrl });
    }
  }
}

const upperFirst = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
