import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, SQSClient } from '@aws-sdk/client-sqs';
import type { Wait } from '../../core/clock.ts';
import { awsClientConfig, prepared, sendUntilDone } from '../aws-client.ts';

/**
 * A client for the life of an execution environment. Without MD5 per message: TLS already protects the bytes in
 * transit.
 */
export function createSqs(): SQSClient {
  return prepared(new SQSClient({ ...awsClientConfig, md5: false }));
}

/** A message to send: its body as text, with the message group for fair queues. */
export interface Outgoing {
  body: string;
  groupId: string;
  delaySeconds: number;
}

/** The most messages that SQS accepts in one request. */
export const BATCH_ENTRIES_MAX = 10;
/** SQS accepts 1 MiB per batch; some of it is for what surrounds the bodies. */
const BATCH_BYTES_MAX = 1024 * 1024 - 16 * 1024;

/** Splits messages into batches that SQS accepts. */
export function batchesOf(messages: Outgoing[]): Outgoing[][] {
  const batches: Outgoing[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message.body);
    const open = batches.at(-1);
    if (open && open.length < BATCH_ENTRIES_MAX && bytes + size <= BATCH_BYTES_MAX) {
      open.push(message);
      bytes += size;
    } else {
      batches.push([message]);
      bytes = size;
    }
  }
  return batches;
}

/**
 * Sends one batch; entries that SQS did not take are sent again.
 * @throws when some were not taken after several rounds, or when one can never be (SenderFault).
 */
export async function sendBatch(client: SQSClient, queueUrl: string, batch: Outgoing[], wait: Wait): Promise<void> {
  const entries: SendMessageBatchRequestEntry[] = batch.map(({ body, groupId, delaySeconds }, index) => ({
    Id: String(index),
    MessageBody: body,
    MessageGroupId: groupId,
    ...(delaySeconds > 0 && { DelaySeconds: delaySeconds }),
  }));
  const send = async (Entries: SendMessageBatchRequestEntry[]): Promise<SendMessageBatchRequestEntry[]> => {
    const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    const refused = Failed.find((failure) => failure.SenderFault);
    if (refused) throw new Error(`SQS refuses a message: ${refused.Code}`);
    const failed = new Set(Failed.map(({ Id }) => Id));
    return Entries.filter(({ Id }) => failed.has(Id));
  };
  await sendUntilDone(entries, send, { wait, unavailable: 'SQS did not take all messages: try again.' });
}
