import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChangeMessageVisibilityBatchCommand,
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { ProductOutputs } from './process.ts';

/** How many messages a queue holds, by state. */
export interface QueueCount {
  readonly name: string;
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** A message in the dead-letter queue. */
export interface DeadLetter {
  readonly messageId: string;
  readonly eventId: string;
  readonly endpointId: string;
}

/** The contents of the dead-letter queue. */
export interface DeadLetters {
  readonly deadLetters: readonly DeadLetter[];
  /** Messages that are not deliveries. */
  readonly unreadable: number;
}

const body = z.object({ eventId: z.string(), endpointId: z.string() });
/** Longer than reading every dead letter takes. */
const LOOK_SECONDS = 600;
const LOOK_TRIES_MAX = 60;
const TRY_AGAIN_MS = 1_000;

/** The product's queues, over SQS's own protocol, as an operator's tools see them. */
export class Queues {
  readonly #sqs: SQSClient;
  readonly #deadLetterQueueUrl: string;

  constructor({ AwsEndpointUrl, DeadLetterQueueUrl }: ProductOutputs) {
    const credentials = { accessKeyId: 'soak', secretAccessKey: 'soak' };
    this.#sqs = new SQSClient({ endpoint: AwsEndpointUrl, region: 'us-east-1', credentials, maxAttempts: 5 });
    this.#deadLetterQueueUrl = DeadLetterQueueUrl;
  }

  close(): void {
    this.#sqs.destroy();
  }

  /** Every queue but the dead-letter queue of deliveries: their messages are still in progress. */
  async working(): Promise<QueueCount[]> {
    const { QueueUrls = [] } = await this.#sqs.send(new ListQueuesCommand({}));
    return Promise.all(QueueUrls.filter((url) => url !== this.#deadLetterQueueUrl).map((url) => this.#count(url)));
  }

  deadLetters(): Promise<QueueCount> {
    return this.#count(this.#deadLetterQueueUrl);
  }

  /** "Start DLQ redrive" as in the console: without a destination, so SQS returns each message to its source queue. */
  async redrive(): Promise<void> {
    await this.#sqs.send(new StartMessageMoveTaskCommand({ SourceArn: await this.#deadLetterQueueArn() }));
  }

  /** The newest move task: whether it is still running, and why it failed, if it did. */
  async moveTask(): Promise<{ isRunning: boolean; failure: string | undefined }> {
    const command = new ListMessageMoveTasksCommand({ SourceArn: await this.#deadLetterQueueArn(), MaxResults: 1 });
    const [task] = (await this.#sqs.send(command)).Results ?? [];
    return { isRunning: task?.Status === 'RUNNING', failure: task?.FailureReason };
  }

  /** Reads every message in the dead-letter queue and leaves them there. */
  async look(signal: AbortSignal): Promise<DeadLetters> {
    const found = new Map<string, { receipt: string; text: string }>();
    for (let tried = 0; tried < LOOK_TRIES_MAX; tried += 1) {
      while (await this.#receive(found)) signal.throwIfAborted();
      const { visible, inFlight } = await this.deadLetters();
      if (visible === 0 && inFlight <= found.size) break;
      // The product's own task that reconciles the dead-letter queue also holds some for a moment.
      await sleep(TRY_AGAIN_MS, undefined, { signal });
    }
    await this.#putBack([...found.values()].map(({ receipt }) => receipt));
    const read = [...found].map(([messageId, { text }]) => ({ messageId, ...parse(text) }));
    const deadLetters = read.filter((message): message is DeadLetter => 'eventId' in message);
    return { deadLetters, unreadable: found.size - deadLetters.length };
  }

  async #receive(found: Map<string, { receipt: string; text: string }>): Promise<boolean> {
    const command = new ReceiveMessageCommand({
      QueueUrl: this.#deadLetterQueueUrl,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: LOOK_SECONDS,
    });
    const { Messages = [] } = await this.#sqs.send(command);
    for (const { MessageId = '', ReceiptHandle = '', Body = '' } of Messages) {
      found.set(MessageId, { receipt: ReceiptHandle, text: Body });
    }
    return Messages.length > 0;
  }

  async #putBack(receipts: readonly string[]): Promise<void> {
    for (let start = 0; start < receipts.length; start += 10) {
      const entries = receipts.slice(start, start + 10);
      await this.#sqs.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl: this.#deadLetterQueueUrl,
          Entries: entries.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 })),
        }),
      );
    }
  }

  async #count(url: string): Promise<QueueCount> {
    const { Attributes = {} } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    );
    return {
      name: url.slice(url.lastIndexOf('/') + 1),
      visible: Number(Attributes.ApproximateNumberOfMessages),
      inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
      delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed),
    };
  }

  async #deadLetterQueueArn(): Promise<string | undefined> {
    const command = new GetQueueAttributesCommand({ QueueUrl: this.#deadLetterQueueUrl, AttributeNames: ['QueueArn'] });
    return (await this.#sqs.send(command)).Attributes?.QueueArn;
  }
}

function parse(text: string): { eventId: string; endpointId: string } | object {
  try {
    return body.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
}
