// Functions of `npm run confirm` that SQS invokes. Deployed as source: at most 4,096 characters.
const { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } = require('@aws-sdk/client-sqs');

const sqs = new SQSClient({});
const { REPORT_URL, QUEUE_URL, ROUNDS, WITHOUT_TRACE } = process.env;
if (WITHOUT_TRACE === 'true') sqs.middlewareStack.remove('recursionDetectionMiddleware');

const report = (what) => sqs.send(new SendMessageCommand({ QueueUrl: REPORT_URL, MessageBody: JSON.stringify(what) }));

/** Makes each message visible at once, and reports it as failed. */
exports.shorten = async ({ Records }) => {
  for (const { receiptHandle, attributes } of Records) {
    await sqs.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: QUEUE_URL, ReceiptHandle: receiptHandle, VisibilityTimeout: 0 }),
    );
    await report({ kind: 'shorten', receives: Number(attributes.ApproximateReceiveCount) });
  }
  return { batchItemFailures: Records.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};

/** Sends each message to its own queue again, with the next number, until the last round. */
exports.loop = async ({ Records }) => {
  for (const { body } of Records) {
    const round = Number(body);
    await report({ kind: WITHOUT_TRACE === 'true' ? 'untraced' : 'allowed', round });
    if (round >= Number(ROUNDS)) continue;
    await sqs.send(new SendMessageCommand({ QueueUrl: QUEUE_URL, MessageBody: String(round + 1) }));
  }
};

/** Reports how often SQS had delivered each message. */
exports.count = async ({ Records }) => {
  for (const { attributes } of Records) {
    await report({ kind: 'throttled', receives: Number(attributes.ApproximateReceiveCount) });
  }
};
