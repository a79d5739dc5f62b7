import { Buffer } from 'node:buffer';
import { SqsError } from './errors.ts';

/** The content of a receipt handle: one receive of one message from one queue. Consumers must not parse it. */
interface Receipt {
  readonly queue: string;
  readonly messageId: string;
  readonly receiveId: string;
}

export function receiptHandle({ queue, messageId, receiveId }: Receipt): string {
  return Buffer.from(`receipt ${queue} ${messageId} ${receiveId}`).toString('base64');
}

/** @throws SqsError ReceiptHandleIsInvalid for anything that was never a handle of this queue. */
export function readReceiptHandle(handle: string, queue: string): Receipt {
  const [kind, name, messageId, receiveId] = Buffer.from(handle, 'base64').toString().split(' ');
  if (kind === 'receipt' && name === queue && messageId && receiveId) return { queue: name, messageId, receiveId };
  throw new SqsError('ReceiptHandleIsInvalid', `The input receipt handle "${handle}" is not a valid receipt handle.`);
}
