import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { QueueChange, QueueSnapshot } from '../../../local/sqs-model/journal.ts';
import type { QueueModelOptions } from '../../../local/sqs-model/options.ts';
import { QueueModel } from '../../../local/sqs-model/queue-model.ts';

export const startMs = Date.UTC(2026, 0, 1);
const retentionMs = 600_000;
const visibilityMs = 30_000;

const pick = fc.nat();
const step = fc.oneof(
  fc.record({
    do: fc.constant('send' as const),
    groupId: fc.constantFrom(undefined, 'a', 'b', 'c'),
    delaySeconds: fc.constantFrom(0, 0, 20, 900),
  }),
  fc.record({ do: fc.constant('receive' as const), max: fc.integer({ min: 1, max: 10 }), dead: fc.boolean() }),
  fc.record({ do: fc.constant('delete' as const), pick }),
  fc.record({ do: fc.constant('change visibility' as const), pick, seconds: fc.constantFrom(0, 5, 100) }),
  fc.record({ do: fc.constant('redrive' as const) }),
  fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(1, 10, 31, 120) }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Anything that producers, consumers, operators and time may do to a queue and its dead-letter queue. */
export const steps = fc.array(step, { minLength: 1, maxLength: 80, size: 'max' });

interface Receipt {
  readonly body: string;
  readonly queue: string;
  readonly handle: string;
}

/** Uses a model, records its actions, and derives the model's expected state. Each body is sent once. */
export class CheckedQueue {
  nowMs = startMs;
  readonly journal: QueueChange[] = [];
  readonly model: QueueModel;
  readonly work: string;
  readonly deadLetters: string;
  #bodies = 0;
  /** When each message that must still be there was sent. */
  readonly #alive = new Map<string, number>();
  /** Until when it must be invisible. */
  readonly #hiddenUntilMs = new Map<string, number>();
  readonly #newestHandle = new Map<string, string>();
  readonly #receipts: Receipt[] = [];

  constructor(disorder?: QueueModelOptions['disorder']) {
    const journal = (change: QueueChange) => this.journal.push(change);
    const options = { now: () => this.nowMs, newId: countedIds('id'), journal };
    this.model = new QueueModel(disorder ? { ...options, disorder } : options);
    const attributes = { MessageRetentionPeriod: `${retentionMs / 1000}`, VisibilityTimeout: `${visibilityMs / 1000}` };
    this.deadLetters = this.model.createQueue('dead', attributes);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: this.deadLetters, maxReceiveCount: 2 });
    this.work = this.model.createQueue('work', { ...attributes, RedrivePolicy });
  }

  /** Runs the steps and checks the model after each. */
  run(given: readonly Step[]): void {
    for (const next of given) {
      this.#do(next);
      this.model.advance();
      this.#check();
    }
  }

  /** A new model that has read the journal so far. */
  restart(): QueueModel {
    const fresh = new QueueModel({ now: () => this.nowMs, newId: countedIds('fresh') });
    fresh.restore(replay(this.journal));
    return fresh;
  }

  #do(next: Step): void {
    switch (next.do) {
      case 'send':
        this.#send(next);
        break;
      case 'receive':
        this.#receive(next.dead ? this.deadLetters : this.work, next.max);
        break;
      case 'delete':
        this.#delete(this.#receipt(next.pick));
        break;
      case 'change visibility':
        this.#changeVisibility(this.#receipt(next.pick), next.seconds);
        break;
      case 'redrive':
        this.#redrive();
        break;
      case 'wait':
        this.nowMs += next.seconds * 1000;
    }
  }

  #send({ groupId, delaySeconds }: { groupId: string | undefined; delaySeconds: number }): void {
    this.#bodies += 1;
    const body = `body-${this.#bodies}`;
    this.model.send(this.work, { body, groupId, delaySeconds });
    this.#alive.set(body, this.nowMs);
    this.#hiddenUntilMs.set(body, this.nowMs + delaySeconds * 1000);
  }

  #receive(queue: string, max: number): void {
    for (const { body, receiptHandle: handle } of this.model.receive(queue, { max })) {
      expect(this.#alive.has(body), `${body} seen after its end`).toBe(true);
      expect(this.#hiddenUntilMs.get(body), `${body} seen while hidden`).toBeLessThanOrEqual(this.nowMs);
      this.#hiddenUntilMs.set(body, this.nowMs + visibilityMs);
      this.#newestHandle.set(body, handle);
      this.#receipts.push({ body, queue, handle });
    }
  }

  #receipt(number: number): Receipt | undefined {
    return this.#receipts[number % Math.max(this.#receipts.length, 1)];
  }

  #delete(receipt: Receipt | undefined): void {
    if (!receipt) return;
    const { body, queue, handle } = receipt;
    this.model.delete(queue, handle);
    const gone = !this.model.snapshot().messages.some(({ message }) => message.body === body);
    if (gone && this.#newestHandle.get(body) === handle) this.#alive.delete(body);
  }

  #changeVisibility(receipt: Receipt | undefined, seconds: number): void {
    if (!receipt) return;
    try {
      this.model.changeVisibility(receipt.queue, receipt.handle, seconds);
    } catch (error) {
      expect(error).toMatchObject({ name: expect.stringMatching(/^(MessageNotInflight|InvalidParameterValue)$/) });
      return;
    }
    expect(this.#newestHandle.get(receipt.body)).toBe(receipt.handle);
    this.#hiddenUntilMs.set(receipt.body, this.nowMs + seconds * 1000);
  }

  #redrive(): void {
    if (this.model.listMoveTasks(this.deadLetters)[0]?.status === 'RUNNING') return;
    this.model.startMoveTask({ sourceArn: this.deadLetters, maxNumberOfMessagesPerSecond: 5 });
  }

  /** Each message that was neither deleted nor expired is in exactly one queue, and the journal agrees. */
  #check(): void {
    const { messages } = this.model.snapshot();
    for (const { message } of messages) {
      // A redriven message is a new one: its age starts again.
      if (this.#alive.has(message.body)) this.#alive.set(message.body, message.sentAtMs);
    }
    for (const [body, sentAtMs] of this.#alive) if (this.nowMs - sentAtMs >= retentionMs) this.#alive.delete(body);
    expect(messages.map(({ message }) => message.body).sort()).toEqual([...this.#alive.keys()].sort());
    expect(this.#counted(this.work) + this.#counted(this.deadLetters)).toBe(this.#alive.size);
    expect(byId(replay(this.journal))).toEqual(byId(this.model.snapshot()));
  }

  #counted(queue: string): number {
    const { visible, inFlight, delayed } = this.model.counts(queue);
    expect(Math.min(visible, inFlight, delayed)).toBeGreaterThanOrEqual(0);
    return visible + inFlight + delayed;
  }
}

function countedIds(prefix: string): () => string {
  let ids = 0;
  return () => {
    ids += 1;
    return `${prefix}-${ids}`;
  };
}

/** Reads a journal the way a store does. */
function replay(changes: readonly QueueChange[]): QueueSnapshot {
  const queues = new Map<string, QueueSnapshot['queues'][number]>();
  const messages = new Map<string, QueueSnapshot['messages'][number]>();
  const tasks = new Map<string, QueueSnapshot['moveTasks'][number]>();
  for (const change of changes) {
    if (change.type === 'queue') queues.set(change.queue.name, change.queue);
    if (change.type === 'move task') tasks.set(change.task.taskId, change.task);
    if (change.type === 'message deleted') messages.delete(change.messageId);
    if (change.type === 'message' || change.type === 'received') {
      messages.set(change.message.messageId, { queue: change.queue, message: change.message });
    }
  }
  return { queues: [...queues.values()], messages: [...messages.values()], moveTasks: [...tasks.values()] };
}

function byId({ messages }: QueueSnapshot) {
  return new Map(messages.map((entry) => [entry.message.messageId, entry]));
}
