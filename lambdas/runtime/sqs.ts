import type { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type * as z from 'zod';
import { describeFault, logContext } from './logger.ts';

/** A record whose body has been parsed. */
export interface ParsedRecord<Message> {
  record: SQSRecord;
  message: Message;
}

/**
 * Which of a function's queues a record comes from: a queue's URL and ARN both end in its name.
 * @throws if from none: the stack feeds the function from a queue that it does not know.
 */
export function sourceOf<Source extends string>(
  { eventSourceARN }: Pick<SQSRecord, 'eventSourceARN'>,
  queueUrls: Readonly<Record<Source, string>>,
): Source {
  const ending = `/${eventSourceARN.slice(eventSourceARN.lastIndexOf(':') + 1)}`;
  for (const source in queueUrls) if (queueUrls[source].endsWith(ending)) return source;
  throw new Error(`Messages arrive from a queue that this function does not know: ${eventSourceARN}`);
}

/** Processes a batch. @returns the ids of the messages that SQS should redeliver. A rejection redelivers all of them. */
export type BatchWork<Message> = (batch: ParsedRecord<Message>[], context: Context) => Promise<string[]>;

/**
 * Wraps a function behind a queue: parses every body, processes the valid ones, and reports the rest
 * (ReportBatchItemFailures). A corrupt message fails alone; the redrive policy moves it to the dead-letter queue.
 */
export function sqsHandler<Schema extends z.ZodType>(
  schema: Schema,
  work: BatchWork<z.output<Schema>>,
  logger: Logger,
) {
  return middy<SQSEvent, SQSBatchResponse, Error, Context>()
    .use(logContext(logger))
    .handler(async (event, context) => {
      const valid: ParsedRecord<z.output<Schema>>[] = [];
      const failed: string[] = [];
      for (const record of event.Records) {
        const parsed = parse(schema, record);
        if (parsed.success) valid.push({ record, message: parsed.data });
        else {
          logger.error('A message cannot be read; it goes to the dead-letter queue.', {
            messageId: record.messageId,
            fields: parsed.fields,
          });
          failed.push(record.messageId);
        }
      }
      try {
        if (valid.length > 0) failed.push(...(await work(valid, context)));
      } catch (fault) {
        // Reported, not thrown: an exception makes Lambda slow down the polling for the other messages too.
        logger.error('A batch failed; its messages will be retried.', describeFault(fault));
        failed.push(...valid.map(({ record }) => record.messageId));
      }
      return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
    });
}

type Parsed<Message> = { success: true; data: Message } | { success: false; fields: string[] };

function parse<Schema extends z.ZodType>(schema: Schema, record: SQSRecord): Parsed<z.output<Schema>> {
  try {
    const result = schema.safeParse(JSON.parse(record.body));
    if (result.success) return result;
    return { success: false, fields: result.error.issues.map(({ path }) => path.join('.')) };
  } catch {
    return { success: false, fields: ['not JSON'] };
  }
}
