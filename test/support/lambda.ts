import { Logger } from '@aws-lambda-powertools/logger';
import type { Context, SQSRecord } from 'aws-lambda';

/** The context of an invocation. */
export const context: Context = {
  ...{ callbackWaitsForEmptyEventLoop: false, functionName: 'f', functionVersion: '1', awsRequestId: 'r' },
  ...{ invokedFunctionArn: 'arn', memoryLimitInMB: '512', logGroupName: 'g', logStreamName: 's' },
  getRemainingTimeInMillis: () => 60_000,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
};

/** Writes nothing. */
export const silent = new Logger({ serviceName: 'test', logLevel: 'SILENT' });

/** A message as an SQS record of a Lambda event. */
export function record(messageId: string, body: string): SQSRecord {
  return {
    ...{ messageId, body, receiptHandle: messageId, md5OfBody: '', messageAttributes: {} },
    ...{
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:delivery',
      awsRegion: 'us-east-1',
    },
    attributes: {
      ...{ ApproximateReceiveCount: '1', SenderId: '' },
      ...{ SentTimestamp: '0', ApproximateFirstReceiveTimestamp: '0' },
    },
  };
}
