import type { QueueChange } from './journal.ts';

export interface QueueModelOptions {
  /** Epoch milliseconds. The model never looks at another clock. */
  readonly now: () => number;
  /** Message ids, receive ids and task ids: unique, without spaces. */
  readonly newId: () => string;
  /** Default `us-east-1`. */
  readonly region?: string;
  /** Default `000000000000`. */
  readonly accountId?: string;
  /** Called with every durable change, before the call that made it returns. */
  readonly journal?: (change: QueueChange) => void;
  /**
   * A standard queue guarantees no order. With this, a receive takes any visible message of the quiet groups with the
   * given probability (0 to 1); without it, the oldest goes first.
   */
  readonly disorder?: { readonly random: () => number; readonly chance: number };
}

export interface ReceiveOptions {
  /** 1 to 10, default 1. */
  readonly max?: number | undefined;
  /** 0 to 43,200; the queue's own timeout by default. */
  readonly visibilityTimeoutSeconds?: number | undefined;
}

export interface QueueCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}
