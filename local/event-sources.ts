import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import type { Invoke } from './functions/function-host.ts';

/** A message as received from the queue. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly md5OfBody: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, unknown>>;
}

/** The queue behind an event source mapping. */
export interface SourceQueue {
  /** Waits for messages until there are some or the time is over. An aborted wait returns none. */
  receive(options: { max: number; waitSeconds: number; signal: AbortSignal }): Promise<readonly ReceivedMessage[]>;
  delete(messages: readonly ReceivedMessage[]): Promise<void>;
}

export interface MappingOptions {
  readonly queueArn: string;
  readonly region: string;
  readonly queue: SourceQueue;
  readonly invoke: Invoke;
  readonly batchSize: number;
  readonly windowMs: number;
  readonly concurrencyMax: number;
  readonly reportBatchItemFailures: boolean;
  readonly onFailure: (message: string) => void;
}

/** A running event source mapping. */
export interface Mapping {
  /** Stops polling and resolves when running invocations have ended. */
  stop(): Promise<void>;
}

/** Limits of one SQS poll, and of one batch. */
const RECEIVE_MAX = 10;
const POLL_SECONDS = 20;
const BATCH_BYTES_MAX = 6 * 1024 * 1024;
/** Approximate size of a record without its body. */
const RECORD_BYTES = 1024;
/**
 * Concurrent batches at the start of a backlog; one more is added each 200 ms while all are in use: 300 a minute.
 * Source: Lambda developer guide, "Configuring scaling behavior for SQS event source mappings". Here it also keeps a
 * burst from filling the single process with work that then times out.
 */
const BATCHES_AT_FIRST = 5;
const MS_PER_BATCH_MORE = 200;
/** Lambda's maximum number of concurrent batches if the mapping sets no MaximumConcurrency. */
export const DEFAULT_CONCURRENCY = 1000;

/**
 * Polls a queue and invokes the function with batches, as Lambda's event source mapping does: at most
 * MaximumConcurrency invocations at once, and messages that the function does not report as failed are deleted.
 */
export function startMapping(options: MappingOptions): Mapping {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  const scaling = new Scaling(options.concurrencyMax);
  const poll = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      if (running.size >= scaling.batchesMax) {
        await scaling.grow(Promise.race(running));
        continue;
      }
      const batch = await gather(options, stopping.signal);
      if (batch.length === 0) continue;
      if (running.size === 0) scaling.reset();
      const work = workBatch(batch, options).finally(() => running.delete(work));
      running.add(work);
    }
  };
  const polling = poll();
  return {
    async stop() {
      stopping.abort();
      await polling;
      await Promise.all(running);
    },
  };
}

/** How many batches may be processed at once. */
class Scaling {
  readonly #most: number;
  #allowed = 0;

  constructor(concurrencyMax: number) {
    this.#most = concurrencyMax;
    this.reset();
  }

  get batchesMax(): number {
    return Math.floor(this.#allowed);
  }

  /** Resets when the queue is empty. */
  reset(): void {
    this.#allowed = Math.min(BATCHES_AT_FIRST, this.#most);
  }

  /** Waits until a batch has ended or one more may start. The waiting time counts, as all slots were in use. */
  async grow(ended: Promise<void>): Promise<void> {
    const began = performance.now();
    await (this.batchesMax < this.#most ? Promise.race([ended, wait(MS_PER_BATCH_MORE)]) : ended);
    this.#allowed = Math.min(this.#most, this.#allowed + (performance.now() - began) / MS_PER_BATCH_MORE);
  }
}

/** Collects a batch: without a window, what one poll finds; with one, what arrives until the window closes. */
async function gather(options: MappingOptions, signal: AbortSignal): Promise<ReceivedMessage[]> {
  const { queue, batchSize, windowMs } = options;
  const batch = [
    ...(await queue.receive({ max: Math.min(RECEIVE_MAX, batchSize), waitSeconds: POLL_SECONDS, signal })),
  ];
  if (batch.length === 0 || windowMs === 0) return batch;
  const closes = AbortSignal.any([signal, AbortSignal.timeout(windowMs)]);
  while (batch.length < batchSize && !closes.aborted && bytesOf(batch) < BATCH_BYTES_MAX / 2) {
    const max = Math.min(RECEIVE_MAX, batchSize - batch.length);
    batch.push(...(await queue.receive({ max, waitSeconds: POLL_SECONDS, signal: closes })));
  }
  return batch;
}

async function workBatch(batch: readonly ReceivedMessage[], options: MappingOptions): Promise<void> {
  try {
    const outcome = await options.invoke(JSON.stringify({ Records: batch.map((message) => record(message, options)) }));
    const done = succeeded(batch, outcome, options);
    if (done.length > 0) await options.queue.delete(done);
  } catch (error) {
    // Messages that are not deleted become visible again, as after a failure of Lambda itself.
    options.onFailure(`a batch of ${batch.length} could not be processed: ${String(error)}`);
    await wait(1000);
  }
}

function record(message: ReceivedMessage, { queueArn, region }: MappingOptions): object {
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: message.attributes,
    messageAttributes: message.messageAttributes,
    md5OfBody: message.md5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: region,
  };
}

const batchResponse = z.object({
  batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish(),
});

/**
 * The messages of a batch that the function has finished. None if it failed as a whole, which is also how Lambda
 * interprets every invalid response: an unknown or empty identifier, or another shape.
 * Source: Lambda developer guide, "Handling errors for an SQS event source".
 */
function succeeded(
  batch: readonly ReceivedMessage[],
  outcome: Awaited<ReturnType<Invoke>>,
  { reportBatchItemFailures, onFailure }: MappingOptions,
): readonly ReceivedMessage[] {
  if (!outcome.ok) {
    onFailure(`a batch of ${batch.length} failed: ${outcome.error.errorMessage}`);
    return [];
  }
  if (!reportBatchItemFailures) return batch;
  const answer: unknown = JSON.parse(outcome.payload);
  if (answer === null) return batch;
  const parsed = batchResponse.safeParse(answer);
  const failed = new Set(parsed.data?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
  const known = new Set(batch.map(({ messageId }) => messageId));
  if (!parsed.success || [...failed].some((id) => !known.has(id))) {
    onFailure(`a batch of ${batch.length} failed: its response is not a list of batch item failures`);
    return [];
  }
  return batch.filter(({ messageId }) => !failed.has(messageId));
}

function bytesOf(batch: readonly ReceivedMessage[]): number {
  return batch.reduce((sum, { body }) => sum + Buffer.byteLength(body) + RECORD_BYTES, 0);
}
