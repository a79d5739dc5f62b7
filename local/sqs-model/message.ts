import type { HeapNode } from './heap.ts';

/** A message attribute on the wire: binary values stay base64, so that a message is plain JSON. */
export interface MessageAttribute {
  readonly dataType: string;
  readonly stringValue?: string | undefined;
  readonly binaryValue?: string | undefined;
}

/** A producer's input. Sizes count the body and the attributes, in UTF-8 bytes. */
export interface SendInput {
  readonly body: string;
  /** 0 to 900 seconds; the queue's own delay by default. */
  readonly delaySeconds?: number | undefined;
  /** At most 128 characters; makes a standard queue a fair queue. */
  readonly groupId?: string | undefined;
  readonly attributes?: Readonly<Record<string, MessageAttribute>> | undefined;
}

/** The durable part of a message: plain JSON, times in epoch milliseconds. */
export interface StoredMessage {
  readonly messageId: string;
  readonly body: string;
  readonly groupId?: string | undefined;
  readonly attributes?: Readonly<Record<string, MessageAttribute>> | undefined;
  readonly sentAtMs: number;
  /** Not to be received before this time (DelaySeconds). */
  readonly delayedUntilMs: number;
  readonly receiveCount: number;
  readonly firstReceivedAtMs?: number | undefined;
  /** The queue that a redrive policy moved it from. Only policy moves set it; a move task needs it. */
  readonly deadLetterSourceArn?: string | undefined;
}

/** A received message, with the handle of this receive. */
export interface ReceivedMessage extends StoredMessage {
  readonly receiptHandle: string;
}

/** Messages that share a MessageGroupId, for a fair queue. */
export interface Group {
  readonly id: string | undefined;
  inFlight: number;
  lastSentAtMs: number;
  noisy: boolean;
}

/** A message inside the model: its stored part and its nodes in the queue's structures. */
export interface Message {
  stored: StoredMessage;
  state: 'delayed' | 'ready' | 'in flight';
  /** Position in line, from the time it first became visible. */
  order: number;
  group: Group;
  /** The handle of the newest receive. Older handles delete nothing. */
  handle: string | undefined;
  receivedAtMs: number;
  readyNode: HeapNode<Message> | undefined;
  timerNode: HeapNode<Message> | undefined;
  retentionNode: HeapNode<Message> | undefined;
}
