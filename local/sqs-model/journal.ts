import type { QueueAttributes } from './attributes.ts';
import type { StoredMessage } from './message.ts';
import type { MoveTaskRecord } from './move-tasks.ts';

/** The durable state of a queue. */
export interface StoredQueue {
  readonly name: string;
  readonly attributes: QueueAttributes;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
}

/**
 * One change of durable state, as plain JSON. Replaying all changes in order gives the snapshot. Changes made by one
 * call (a move between queues, a batch) are reported before the call returns and belong in one transaction.
 */
export type QueueChange =
  | { readonly type: 'queue'; readonly queue: StoredQueue }
  | { readonly type: 'queue deleted'; readonly name: string }
  /** A message is sent, or moved to another queue, or becomes visible at another time: the message id is the key. */
  | { readonly type: 'message'; readonly queue: string; readonly message: StoredMessage }
  | { readonly type: 'message deleted'; readonly queue: string; readonly messageId: string }
  /** Only the receive count and first receive changed. May be persisted late: see local/aws/sqs-store.ts. */
  | { readonly type: 'received'; readonly queue: string; readonly message: StoredMessage }
  | { readonly type: 'move task'; readonly task: MoveTaskRecord };

/** All durable state of a model. Messages in the order in which they should be served. */
export interface QueueSnapshot {
  readonly queues: readonly StoredQueue[];
  readonly messages: readonly { readonly queue: string; readonly message: StoredMessage }[];
  readonly moveTasks: readonly MoveTaskRecord[];
}
