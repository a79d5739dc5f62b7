import { createHash } from 'node:crypto';
import type { SqsEngine } from './aws/sqs-engine.ts';
import type { ReceivedMessage, SourceQueue } from './event-sources.ts';
import type { ReceivedMessage as EngineMessage } from './sqs-model/message.ts';

const DELETE_MAX = 10;

/** A queue of the local SQS for an event source mapping: polled in this process, without HTTP. */
export function queueSource(engine: SqsEngine, queueArn: string, senderId: string): SourceQueue {
  return {
    async receive({ max, waitSeconds, signal }) {
      // A separate signal for each wait: the engine's listener lives as long as its signal, and there are many polls.
      const wait = new AbortController();
      const end = () => wait.abort();
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
      try {
        const messages = await engine.receive(queueArn, { max, waitMs: waitSeconds * 1000, signal: wait.signal });
        return messages.map((message) => lambdaMessage(message, senderId));
      } finally {
        signal.removeEventListener('abort', end);
      }
    },
    async delete(messages) {
      for (let start = 0; start < messages.length; start += DELETE_MAX) {
        const entries = messages
          .slice(start, start + DELETE_MAX)
          .map(({ receiptHandle }, index) => ({ id: String(index), receiptHandle }));
        await engine.deleteBatch(queueArn, entries);
      }
    },
  };
}

function lambdaMessage(message: EngineMessage, senderId: string): ReceivedMessage {
  const attributes: Record<string, string> = {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAtMs),
    SenderId: senderId,
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs ?? message.sentAtMs),
  };
  if (message.groupId !== undefined) attributes.MessageGroupId = message.groupId;
  if (message.deadLetterSourceArn !== undefined) {
    attributes.DeadLetterQueueSourceArn = message.deadLetterSourceArn;
  }
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    md5OfBody: createHash('md5').update(message.body).digest('hex'),
    attributes,
    messageAttributes: Object.fromEntries(
      Object.entries(message.attributes ?? {}).map(([name, { dataType, stringValue, binaryValue }]) => [
        name,
        { dataType, stringValue, binaryValue, stringListValues: [], binaryListValues: [] },
      ]),
    ),
  };
}
