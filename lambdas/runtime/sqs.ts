import type { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type * as z from 'zod';
import { describeFault } from './logger.ts';

/** A record whose body has been parsed. */
export interface ParsedRecord<Message> {
  record: SQSRecord;
  message: Message;
}

/** Whether a record comes from the queue of this URL: URL and ARN of a queue both end in its name. */
export function isFrom({ eventSourceARN }: Pick<SQSRecord, 'eventSourceARN'>, queueUrl: string): boolean {
  return queueUrl.endsWith(`/${eventSourceARN.slice(eventSourceARN.lastIndexOf(':') + 1)}`);
}

/** Works on a batch. @returns the message ids that SQS shall keep. A rejection keeps the whole batch. */
export type BatchWork<Message> = (batch: ParsedRecord<Message>[], context: Context) => Promise<string[]>;

/**
 * The shell of a function behind a queue: every body is parsed, the good ones are worked on, and what is not done is
 * reported (ReportBatchItemFailures). A corrupt message fails alone; the redrive policy sets it aside in the
 * dead-letter queue.
 */
export function sqsHandler<Schema extends z.ZodType>(
  schema: Schema,
  work: BatchWork<z.output<Schema>>,
  logger: Logger,
) {
  return middy<SQSEvent, SQSBatchResponse, Error, Context>().handler(async (event, context) => {
    const good: ParsedRecord<z.output<Schema>>[] = [];
    const kept: string[] = [];
    for (const record of event.Records) {
      const parsed = parse(schema, record);
      if (parsed.success) good.push({ record, message: parsed.data });
      else {
        logger.error('A message cannot be read; it goes to the dead-letter queue.', {
          messageId: record.messageId,
          fields: parsed.fields,
        });
        kept.push(record.messageId);
      }
    }
    try {
      if (good.length > 0) kept.push(...(await work(good, context)));
    } catch (fault) {
      // Reported rather than thrown: an exception makes Lambda slow down the polling for the neighbours too.
      logger.error('A batch failed; its messages are tried again.', describeFault(fault));
      kept.push(...good.map(({ record }) => record.messageId));
    }
    return { batchItemFailures: kept.map((itemIdentifier) => ({ itemIdentifier })) };
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
