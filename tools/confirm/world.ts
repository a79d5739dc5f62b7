import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { STSClient } from '@aws-sdk/client-sts';
import { QUEUE_PREFIX, TAG } from './leftovers.ts';

/** Clients of one account and region. */
export interface Clients {
  readonly sqs: SQSClient;
  readonly lambda: LambdaClient;
  readonly cloudFormation: CloudFormationClient;
  readonly sts: STSClient;
}

/** A queue of this run. */
export interface OwnQueue {
  readonly url: string;
  readonly arn: string;
}

export interface WorldOptions extends Clients {
  /** Of this run: part of every name. */
  readonly runId: string;
  readonly stage: string;
  readonly region: string;
  /** The outputs of this run's stack, which is created when the first check asks for it. */
  readonly ownStack: () => Promise<Readonly<Record<string, string>>>;
  readonly time: Time;
}

/** The time of a run. */
export interface Time {
  /** Epoch milliseconds. */
  now(): number;
  /** @throws when the run is cancelled. */
  wait(ms: number): Promise<void>;
}

/** What a check works with: AWS, and resources of this run, which `close` deletes. */
export class World {
  readonly sqs: SQSClient;
  readonly lambda: LambdaClient;
  readonly cloudFormation: CloudFormationClient;
  readonly sts: STSClient;
  readonly #options: WorldOptions;
  readonly #queues: string[] = [];
  readonly #runs = new Map<unknown, Promise<unknown>>();

  constructor(options: WorldOptions) {
    this.#options = options;
    this.sqs = options.sqs;
    this.lambda = options.lambda;
    this.cloudFormation = options.cloudFormation;
    this.sts = options.sts;
  }

  get runId(): string {
    return this.#options.runId;
  }

  get stage(): string {
    return this.#options.stage;
  }

  get region(): string {
    return this.#options.region;
  }

  /** An output of this run's stack. */
  async own(output: string): Promise<string> {
    const value = (await this.#options.ownStack())[output];
    if (value === undefined) throw new Error(`The stack of this run has no output ${output}.`);
    return value;
  }

  /** The answers of a run, which happens once for all checks that judge them. */
  once<Answers>(run: (world: World) => Promise<Answers>): Promise<Answers> {
    const begun = this.#runs.get(run) ?? run(this);
    this.#runs.set(run, begun);
    return begun as Promise<Answers>;
  }

  /** @throws when the run is cancelled. */
  wait(ms: number): Promise<void> {
    return this.#options.time.wait(ms);
  }

  /** Epoch milliseconds. */
  now(): number {
    return this.#options.time.now();
  }

  /**
   * Repeats a look until it sees something.
   * @returns what it saw, or undefined once the time is over.
   */
  async until<Seen>(withinMs: number, look: () => Promise<Seen | undefined>): Promise<Seen | undefined> {
    const endAt = this.now() + withinMs;
    for (;;) {
      const seen = await look();
      if (seen !== undefined || this.now() > endAt) return seen;
      await this.wait(200);
    }
  }

  /** Creates a queue of this run. */
  async queue(name: string, attributes: Readonly<Record<string, string>> = {}): Promise<OwnQueue> {
    const QueueName = `${QUEUE_PREFIX}${this.runId}-${name}`;
    const Attributes = { ...attributes };
    const { QueueUrl = '' } = await this.sqs.send(
      new CreateQueueCommand({ QueueName, Attributes, tags: { [TAG]: this.runId } }),
    );
    this.#queues.push(QueueUrl);
    const { Attributes: has } = await this.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    return { url: QueueUrl, arn: has?.QueueArn ?? '' };
  }

  /** Creates a queue with a dead-letter queue, to which a message moves instead of a further receive. */
  async queueWithDeadLetters(
    name: string,
    { receives = 1, keptSeconds }: { receives?: number; keptSeconds?: number } = {},
  ) {
    const kept = keptSeconds === undefined ? {} : { MessageRetentionPeriod: String(keptSeconds) };
    const deadLetters = await this.queue(`${name}-dlq`, kept);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: receives });
    return { source: await this.queue(name, { RedrivePolicy }), deadLetters };
  }

  /** Up to ten messages with all their attributes. They stay visible, unless `hiddenSeconds` is given. */
  async receive(url: string, { waitSeconds = 5, hiddenSeconds = 0, most = 10 } = {}): Promise<Message[]> {
    const { Messages = [] } = await this.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: most,
        WaitTimeSeconds: waitSeconds,
        VisibilityTimeout: hiddenSeconds,
        MessageSystemAttributeNames: ['All'],
      }),
    );
    return Messages;
  }

  /** Deletes the queues of this run. @throws the first fault, once it has tried all. */
  async close(): Promise<void> {
    const deleted = this.#queues.map((QueueUrl) => this.sqs.send(new DeleteQueueCommand({ QueueUrl })));
    await Promise.allSettled(deleted);
    await Promise.all(deleted);
  }
}
