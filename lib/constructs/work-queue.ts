import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type QueueNumbers, RECEIVES_MAX, type Stage } from '../stage.ts';

/** A queue that keeps failed messages as long as SQS allows. */
export class DeadLetterQueue extends Queue {
  constructor(scope: Construct, id: string, stage: Stage) {
    super(scope, id, { ...kept(stage), retentionPeriod: Duration.days(stage.deadLetterRetentionDays) });
    const reason = 'It is a dead-letter queue itself: where its messages go next is decided by redrive or an operator.';
    Validations.of(this).acknowledge(
      { id: 'AwsSolutions-SQS3', reason },
      { id: 'Serverless-SQSRedrivePolicy', reason },
    );
  }
}

/** The properties of a work queue. */
export interface WorkQueueProps {
  readonly stage: Stage;
  readonly numbers: QueueNumbers;
  /** Two lanes of the same work may share a dead-letter queue. */
  readonly deadLetters: DeadLetterQueue;
}

/** A standard queue that feeds one function and moves what fails too often to a dead-letter queue. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  private readonly numbers: QueueNumbers;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    this.numbers = props.numbers;
    this.queue = new Queue(this, 'Queue', {
      ...kept(props.stage),
      visibilityTimeout: Duration.seconds(props.numbers.visibilitySeconds),
      retentionPeriod: Duration.days(props.stage.sourceQueueRetentionDays),
      deadLetterQueue: { queue: props.deadLetters, maxReceiveCount: RECEIVES_MAX },
    });
  }

  /** Makes the function process this queue, message by message: a failed one does not return its whole batch. */
  feed(worker: IFunction): void {
    worker.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: this.numbers.batchSize,
        ...(this.numbers.windowSeconds > 0 && { maxBatchingWindow: Duration.seconds(this.numbers.windowSeconds) }),
        maxConcurrency: this.numbers.concurrencyMax,
        reportBatchItemFailures: true,
      }),
    );
    Validations.of(worker).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason: 'For a queue, the redrive policy is the failure destination; a mapping takes one only for streams.',
    });
  }
}

function kept(stage: Stage) {
  return {
    // SQS's own key is free; a customer key would add a KMS call every few messages and protect no secret: no message
    // carries one.
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    // A queue holds acknowledged events. Renaming a construct must not delete them with the old queue.
    removalPolicy: stage.keepState ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  } as const;
}
