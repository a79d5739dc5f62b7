import type { ReceivedMessage } from '../../../local/sqs-model/message.ts';
import type { ReceiveOptions } from '../../../local/sqs-model/options.ts';
import type { QueueModel } from '../../../local/sqs-model/queue-model.ts';
import type { Chance } from './chance.ts';
import type { Reached } from './limits.ts';

export interface PollsOptions {
  queues: Pick<QueueModel, 'receive' | 'counts'>;
  chance: Chance;
  /** Without the limit, a receive gets as many messages as it asks for and as there are. */
  isLimited: boolean;
  reached: (what: Reached) => void;
}

/** How often a short poll asks only servers that hold no message. */
const EMPTY_CHANCE = 0.5;

/**
 * How SQS answers receives. Each may get fewer messages than it asks for and than there are. A short poll, one without
 * WaitTimeSeconds, asks a sample of the servers and may come back empty; a long poll asks all of them.
 */
export class Polls {
  readonly #options: PollsOptions;

  constructor(options: PollsOptions) {
    this.#options = options;
  }

  short(arn: string, options: ReceiveOptions): ReceivedMessage[] {
    const { queues, chance, isLimited, reached } = this.#options;
    if (isLimited && chance.happens(EMPTY_CHANCE)) {
      if (queues.counts(arn).visible > 0) reached('empty poll');
      return [];
    }
    return this.long(arn, options);
  }

  long(arn: string, { max = 1, ...options }: ReceiveOptions): ReceivedMessage[] {
    const { queues, chance, isLimited, reached } = this.#options;
    const most = isLimited ? chance.whole(1, max) : max;
    if (most < max && queues.counts(arn).visible > most) reached('incomplete poll');
    return queues.receive(arn, { ...options, max: most });
  }
}
