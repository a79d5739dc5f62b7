import { randomUUID } from 'node:crypto';
import { proxyEvent } from '../local/gateway/event.ts';
import { ACCOUNT_ID, REGION } from '../local/settings.ts';

/** The Lambda event of a POST /v1/events, as JSON text. */
export function publishInvocation(key: string, body: string): string {
  const headers = [
    ...['host', 'abcdefghij.execute-api.us-east-1.amazonaws.com', 'user-agent', 'bench', 'accept', '*/*'],
    ...['authorization', `Bearer ${key}`, 'content-type', 'application/json'],
    ...[
      'content-length',
      String(Buffer.byteLength(body)),
      'x-amzn-trace-id',
      'Root=1-5e66d96f-7491f09xmpl79d18acf3d050',
    ],
  ];
  const request = {
    method: 'POST',
    url: '/v1/events',
    httpVersion: '1.1',
    rawHeaders: headers,
    body: Buffer.from(body),
    sourceIp: '203.0.113.7',
  };
  const details = {
    accountId: ACCOUNT_ID,
    apiId: 'abcdefghij',
    routeKey: 'POST /v1/events',
    pathParameters: undefined,
    requestId: randomUUID(),
    timeMs: Date.now(),
    iam: null,
  };
  return JSON.stringify(proxyEvent(request, details));
}

/** The Lambda event of a batch of queue messages received for the first time, as JSON text. */
export function queueInvocation(bodies: readonly string[], queueUrl = '/queue'): string {
  const now = String(Date.now());
  const Records = bodies.map((body) => ({
    messageId: randomUUID(),
    // As long as SQS's own.
    receiptHandle: Buffer.alloc(180, randomUUID()).toString('base64'),
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: now,
      SenderId: ACCOUNT_ID,
      ApproximateFirstReceiveTimestamp: now,
      MessageGroupId: 'group',
    },
    messageAttributes: {},
    md5OfBody: '0'.repeat(32),
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${queueUrl.slice(queueUrl.lastIndexOf('/') + 1)}`,
    awsRegion: REGION,
  }));
  return JSON.stringify({ Records });
}
