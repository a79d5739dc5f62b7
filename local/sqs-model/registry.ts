import { allowsSource, mergeAttributes, parseSettings, type QueueAttributes, withDefaults } from './attributes.ts';
import { SqsError } from './errors.ts';
import type { QueueChange, StoredQueue } from './journal.ts';
import { Queue } from './queue.ts';
import { invalidParameter } from './requests.ts';

/** A deleted queue's name is blocked for this long. Source: API_DeleteQueue. */
const nameBlockedMs = 60_000;

export interface RegistryContext {
  readonly now: () => number;
  readonly region: string;
  readonly accountId: string;
  readonly report: (change: QueueChange) => void;
}

/** The queues of one account and region: names, attributes, and dead-letter relations. */
export class QueueRegistry {
  readonly #context: RegistryContext;
  readonly #byArn = new Map<string, Queue>();
  readonly #deletedAtMs = new Map<string, number>();

  constructor(context: RegistryContext) {
    this.#context = context;
  }

  arn(name: string): string {
    return `arn:aws:sqs:${this.#context.region}:${this.#context.accountId}:${name}`;
  }

  all(): Iterable<Queue> {
    return this.#byArn.values();
  }

  find(arn: string): Queue | undefined {
    return this.#byArn.get(arn);
  }

  get(arn: string): Queue {
    const queue = this.#byArn.get(arn);
    if (queue) return queue;
    throw new SqsError('QueueDoesNotExist', 'The specified queue does not exist.');
  }

  create(name: string, attributes: QueueAttributes): Queue {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(name)) {
      const words = 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length';
      throw new SqsError('InvalidParameterValue', words);
    }
    const known = this.#byArn.get(this.arn(name));
    if (known) return sameQueue(known, attributes);
    const merged = mergeAttributes({}, attributes);
    this.#checkRedrive(this.arn(name), merged);
    const nowMs = this.#context.now();
    if (nowMs - (this.#deletedAtMs.get(name) ?? Number.NEGATIVE_INFINITY) < nameBlockedMs) {
      const words = 'You must wait 60 seconds after deleting a queue before you can create another with the same name.';
      throw new SqsError('QueueDeletedRecently', words);
    }
    return this.#save(new Queue({ name, arn: this.arn(name), createdAtMs: nowMs }, merged));
  }

  setAttributes(arn: string, attributes: QueueAttributes): void {
    const queue = this.get(arn);
    const merged = mergeAttributes(queue.attributes, attributes);
    this.#checkRedrive(arn, merged);
    queue.setAttributes(merged, this.#context.now());
    this.#save(queue);
  }

  delete(arn: string): void {
    const queue = this.get(arn);
    this.#byArn.delete(arn);
    this.#deletedAtMs.set(queue.name, this.#context.now());
    this.#context.report({ type: 'queue deleted', name: queue.name });
  }

  restore(stored: StoredQueue): Queue {
    const queue = new Queue({ ...stored, arn: this.arn(stored.name) }, stored.attributes);
    queue.modifiedAtMs = stored.modifiedAtMs;
    this.#byArn.set(queue.arn, queue);
    return queue;
  }

  /** Queues whose redrive policy targets this one. */
  sourcesOf(deadLetterArn: string): Queue[] {
    return [...this.#byArn.values()].filter((queue) => queue.settings.redrive?.deadLetterTargetArn === deadLetterArn);
  }

  #save(queue: Queue): Queue {
    this.#byArn.set(queue.arn, queue);
    this.#context.report({ type: 'queue', queue: storedQueue(queue) });
    return queue;
  }

  #checkRedrive(arn: string, attributes: QueueAttributes): void {
    const target = parseSettings(attributes).redrive?.deadLetterTargetArn;
    if (target === undefined) return;
    const policy = attributes.RedrivePolicy ?? '';
    if (target === arn) throw invalidParameter('RedrivePolicy', policy, 'A queue cannot be its own dead letter target');
    const deadLetterQueue = this.#byArn.get(target);
    if (!deadLetterQueue) throw invalidParameter('RedrivePolicy', policy, 'Dead letter target does not exist');
    if (!allowsSource(deadLetterQueue.settings, arn)) {
      throw invalidParameter('RedrivePolicy', policy, 'The dead letter target does not allow this queue as a source');
    }
  }
}

export function storedQueue({ name, attributes, createdAtMs, modifiedAtMs }: Queue): StoredQueue {
  return { name, attributes, createdAtMs, modifiedAtMs };
}

/** Creating a queue again is fine as long as nothing differs. */
function sameQueue(known: Queue, attributes: QueueAttributes): Queue {
  const current = withDefaults(known.attributes);
  const different = Object.keys(attributes).find((name) => attributes[name] !== (current[name] ?? ''));
  if (different === undefined) return known;
  throw new SqsError(
    'QueueNameExists',
    `A queue already exists with the same name and a different value for attribute ${different}`,
  );
}
