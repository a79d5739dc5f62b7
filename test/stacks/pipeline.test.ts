import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { resources, synthesise } from './synthesised.ts';

const prod = synthesise('prod');
const { pipeline, stage } = prod;
const day = 24 * 60 * 60;

const queues = resources('AWS::SQS::Queue', pipeline);
const mappings = resources('AWS::Lambda::EventSourceMapping', pipeline);
const idOf = (prefix: string) => queues.find(({ id }) => id.startsWith(prefix))?.id;
const arnOf = (id: string | undefined) => ({ 'Fn::GetAtt': [id, 'Arn'] });

describe('the queues', () => {
  it('all refuse plain http', () => {
    const refusing = resources('AWS::SQS::QueuePolicy', pipeline).filter(({ properties }) =>
      properties.PolicyDocument.Statement.some(
        (statement: { Effect: string; Condition?: unknown }) =>
          statement.Effect === 'Deny' &&
          JSON.stringify(statement.Condition) === '{"Bool":{"aws:SecureTransport":"false"}}',
      ),
    );

    const covered = refusing.flatMap(({ properties }) => properties.Queues.map((queue: { Ref: string }) => queue.Ref));
    expect(covered.toSorted()).toEqual(queues.map(({ id }) => id).toSorted());
  });

  it('are encrypted at rest', () => {
    pipeline.allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
  });

  it('outlive their stack, because they hold acknowledged events', () => {
    expect(new Set(queues.map(({ deletionPolicy }) => deletionPolicy))).toEqual(new Set(['Retain']));
  });

  it('move a message that failed five times to the delivery dead-letter queue, which keeps it 14 days', () => {
    const deadLetters = queues.find(({ id }) => id === idOf('DeadLetters'));

    for (const lane of ['DeliveryQueue', 'SlowDeliveryQueue', 'BulkDeliveryQueue']) {
      expect(queues.find(({ id }) => id === idOf(lane))?.properties.RedrivePolicy).toEqual({
        deadLetterTargetArn: arnOf(deadLetters?.id),
        maxReceiveCount: 5,
      });
    }
    expect(deadLetters?.properties.MessageRetentionPeriod).toBe(14 * day);
  });

  it('keep every message for as long as SQS can, since what they no longer keep is lost', () => {
    const retentions = queues.map(({ properties }) => properties.MessageRetentionPeriod);

    expect(new Set(retentions)).toEqual(new Set([14 * day]));
  });

  it('hide a message for six times the timeout of its worker', () => {
    const visibility = (prefix: string) => queues.find(({ id }) => id === idOf(prefix))?.properties.VisibilityTimeout;

    expect(visibility('FanoutQueue')).toBe(6 * stage.functions.fanout.timeoutSeconds);
    expect(visibility('BulkFanoutQueue')).toBe(6 * stage.functions.fanout.timeoutSeconds);
    expect(visibility('DeliveryQueue')).toBe(6 * stage.functions.deliver.timeoutSeconds);
    expect(visibility('SlowDeliveryQueue')).toBe(6 * stage.functions.deliver.timeoutSeconds);
    expect(visibility('BulkDeliveryQueue')).toBe(6 * stage.functions.deliver.timeoutSeconds);
    expect(visibility('JobsQueue')).toBe(6 * stage.functions.redrive.timeoutSeconds);
    expect(visibility('ContinuationsQueue')).toBe(6 * stage.functions.redrive.timeoutSeconds);
    const gathered = stage.statsQueue.windowSeconds;
    expect(visibility('StatsQueue')).toBe(6 * stage.functions.redrive.timeoutSeconds + gathered);
  });

  it('report failures per message, and never use up receives by throttling', () => {
    const fed = mappings.map(({ properties }) => ({ ...properties, Tags: undefined, FunctionName: undefined }));

    expect(fed).toEqual([
      {
        EventSourceArn: arnOf(idOf('FanoutQueue')),
        BatchSize: 10,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 50 },
      },
      {
        EventSourceArn: arnOf(idOf('BulkFanoutQueue')),
        BatchSize: 1,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 20 },
      },
      {
        EventSourceArn: arnOf(idOf('DeliveryQueue')),
        BatchSize: 10,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 500 },
      },
      {
        EventSourceArn: arnOf(idOf('SlowDeliveryQueue')),
        BatchSize: 100,
        MaximumBatchingWindowInSeconds: 1,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 50 },
      },
      {
        EventSourceArn: arnOf(idOf('BulkDeliveryQueue')),
        BatchSize: 100,
        MaximumBatchingWindowInSeconds: 1,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 50 },
      },
      {
        EventSourceArn: arnOf(idOf('JobsQueue')),
        BatchSize: 1,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 2 },
      },
      {
        EventSourceArn: arnOf(idOf('StatsQueue')),
        BatchSize: 4_000,
        MaximumBatchingWindowInSeconds: 60,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 30 },
      },
      {
        EventSourceArn: arnOf(idOf('ContinuationsQueue')),
        BatchSize: 1,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 4 },
      },
    ]);
    pipeline.resourcePropertiesCountIs('AWS::Lambda::Function', { ReservedConcurrentExecutions: Match.anyValue() }, 0);
  });
});

describe('the rule', () => {
  it('passes on the event itself, grouped by tenant, and keeps events that it cannot deliver', () => {
    pipeline.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['postrider'], 'detail-type': ['event.accepted'] },
      Targets: [
        {
          Arn: arnOf(idOf('FanoutQueue')),
          InputPath: '$.detail',
          SqsParameters: { MessageGroupId: '$.detail.tenant' },
          DeadLetterConfig: { Arn: arnOf(idOf('RuleDeadLetters')) },
          RetryPolicy: { MaximumEventAgeInSeconds: day, MaximumRetryAttempts: 185 },
        },
      ],
    });
  });

  it.each(['FanoutQueue', 'RuleDeadLetters'])('is the only rule that may send to %s', (queue) => {
    pipeline.hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [{ Ref: idOf(queue) }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Condition: {
              ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [Match.stringLikeRegexp('^EventAccepted'), 'Arn'] } },
            },
          }),
        ]),
      },
    });
  });
});

describe('redrive', () => {
  it('is called every minute, once for each of its tasks', () => {
    const schedules = resources('AWS::Scheduler::Schedule', pipeline).map(({ properties }) => [
      properties.ScheduleExpression,
      properties.Target.Input,
    ]);

    expect(schedules).toEqual([
      ['rate(1 minute)', '{"task":"sweep"}'],
      ['rate(1 minute)', '{"task":"release"}'],
      ['rate(1 minute)', '{"task":"drain"}'],
      ['rate(1 minute)', '{"task":"fan-outs"}'],
      ['rate(1 minute)', '{"task":"jobs"}'],
      ['rate(1 minute)', '{"task":"dead-letters"}'],
      ['rate(1 minute)', '{"task":"outbox"}'],
      ['rate(1 minute)', '{"task":"audit"}'],
    ]);
  });

  it('does not retry a missed invocation: late ones must not pile up after an outage', () => {
    pipeline.allResourcesProperties('AWS::Scheduler::Schedule', {
      Target: { RetryPolicy: { MaximumRetryAttempts: 0 } },
    });
    pipeline.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
  });
});
