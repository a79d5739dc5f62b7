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

/** Messages of a queue, wherever they stand in it. */
export interface QueueCount {
  readonly name: string;
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** A message of the dead-letter queue. */
export interface Letter {
  readonly messageId: string;
  readonly eventId: string;
  readonly endpointId: string;
}

/** What an operator found in the dead-letter queue. */
export interface Letters {
  readonly letters: readonly Letter[];
  /** Messages that are no deliveries. */
  readonly unreadable: number;
}

const body = z.object({ eventId: z.string(), endpointId: z.string() });
/** Longer than looking at every letter takes. */
const LOOK_SECONDS = 600;
const LOOK_TRIES_MAX = 60;
const TRY_AGAIN_MS = 1_000;

/** The product's queues, through SQS's own protocol, as an operator's tools see them. */
export class Queues {
  readonly #sqs: SQSClient;
  readonly #deadLetters: string;

  constructor({ AwsEndpointUrl, DeadLetterQueueUrl }: ProductOutputs) {
    const credentials = { accessKeyId: 'soak', secretAccessKey: 'soak' };
    this.#sqs = new SQSClient({ endpoint: AwsEndpointUrl, region: 'us-east-1', credentials, maxAttempts: 5 });
    this.#deadLetters = DeadLetterQueueUrl;
  }

  close(): void {
    this.#sqs.destroy();
  }

  /** Every queue but the dead-letter queue of deliveries: what lies there is still on its way. */
  async working(): Promise<QueueCount[]> {
    const { QueueUrls = [] } = await this.#sqs.send(new ListQueuesCommand({}));
    return Promise.all(QueueUrls.filter((url) => url !== this.#deadLetters).map((url) => this.#count(url)));
  }

  deadLetters(): Promise<QueueCount> {
    return this.#count(this.#deadLetters);
  }

  /** "Start DLQ redrive", as the console does it: without a destination, so SQS must know where each letter came from. */
  async redrive(): Promise<void> {
    await this.#sqs.send(new StartMessageMoveTaskCommand({ SourceArn: await this.#deadLettersArn() }));
  }

  /** The newest move task: whether it still runs, and why it failed if it did. */
  async moveTask(): Promise<{ isRunning: boolean; failure: string | undefined }> {
    const command = new ListMessageMoveTasksCommand({ SourceArn: await this.#deadLettersArn(), MaxResults: 1 });
    const [task] = (await this.#sqs.send(command)).Results ?? [];
    return { isRunning: task?.Status === 'RUNNING', failure: task?.FailureReason };
  }

  /** Looks at every letter in the dead-letter queue, and leaves all of them there. */
  async look(signal: AbortSignal): Promise<Letters> {
    const found = new Map<string, { receipt: string; text: string }>();
    for (let tried = 0; tried < LOOK_TRIES_MAX; tried += 1) {
      while (await this.#receive(found)) signal.throwIfAborted();
      const { visible, inFlight } = await this.deadLetters();
      if (visible === 0 && inFlight <= found.size) break;
      // Somebody else looks too, for a moment: the product's own janitor.
      await sleep(TRY_AGAIN_MS, undefined, { signal });
    }
    await this.#putBack([...found.values()].map(({ receipt }) => receipt));
    const read = [...found].map(([messageId, { text }]) => ({ messageId, ...parse(text) }));
    const letters = read.filter((letter): letter is Letter => 'eventId' in letter);
    return { letters, unreadable: found.size - letters.length };
  }

  async #receive(found: Map<string, { receipt: string; text: string }>): Promise<boolean> {
    const command = new ReceiveMessageCommand({
      QueueUrl: this.#deadLetters,
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
          QueueUrl: this.#deadLetters,
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

  async #deadLettersArn(): Promise<string | undefined> {
    const command = new GetQueueAttributesCommand({ QueueUrl: this.#deadLetters, AttributeNames: ['QueueArn'] });
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
