import type { Scheduler } from './scheduler.ts';

/** As in adapters/aws-client.ts, where waiting for a socket counts as connecting. */
const WAIT_MS_MAX = 2_000;

/** The sockets of one AWS client: a call holds one until it is answered; others wait in line. */
export class Sockets {
  readonly #scheduler: Scheduler;
  #free: number;
  readonly #waiting = new Set<{ begin: () => void }>();

  constructor(scheduler: Scheduler, max: number) {
    this.#scheduler = scheduler;
    this.#free = max;
  }

  /** Begins a call at once or when a socket is free; refuses it if that takes too long. */
  take(begin: () => void, refuse: () => void): void {
    if (this.#free > 0) {
      this.#free -= 1;
      begin();
      return;
    }
    const waiting = { begin };
    this.#waiting.add(waiting);
    this.#scheduler.after(WAIT_MS_MAX, () => {
      if (this.#waiting.delete(waiting)) refuse();
    });
  }

  /** The socket of a call that was answered goes to the next in line. */
  release(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next.begin();
  }
}

const CLIENTS: Readonly<Record<string, string>> = {
  queue: 'SQS',
  pages: 'SQS',
  deadLetters: 'SQS',
  'rule-dead': 'SQS',
  'fanout-dead': 'SQS',
  jobQueue: 'SQS',
  fanoutQueue: 'SQS',
  continuations: 'SQS',
  payloads: 'S3',
  unreadable: 'S3',
  kms: 'KMS',
  bus: 'EventBridge',
};

/** The AWS client that makes a call, by the call's name; undefined for work within the function, and for POSTs. */
export function clientOf(name: string): string | undefined {
  const [port = ''] = name.split('.');
  return port === 'filters' || port === 'sender' ? undefined : (CLIENTS[port] ?? 'DynamoDB');
}
