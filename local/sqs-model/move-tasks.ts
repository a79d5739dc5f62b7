import { Buffer } from 'node:buffer';
import { SqsError } from './errors.ts';
import type { Message } from './message.ts';
import type { Queue } from './queue.ts';
import { checkRange } from './requests.ts';

/** The rate of a move task without one from the caller: SQS chooses it, up to its own maximum. */
const messagesPerSecondMax = 500;
const tasksKept = 10;

export type MoveTaskStatus = 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';

/** A message move task, past or running: plain JSON, times in epoch milliseconds. */
export interface MoveTaskRecord {
  readonly taskId: string;
  readonly sourceArn: string;
  readonly destinationArn?: string | undefined;
  readonly maxNumberOfMessagesPerSecond?: number | undefined;
  readonly startedAtMs: number;
  readonly status: MoveTaskStatus;
  readonly messagesToMove: number;
  readonly messagesMoved: number;
  readonly failureReason?: string | undefined;
}

type Progress = Pick<MoveTaskRecord, 'messagesMoved'> & Partial<MoveTaskRecord>;

export interface StartMoveTask {
  readonly sourceArn: string;
  readonly destinationArn?: string | undefined;
  /** 1 to 500. */
  readonly maxNumberOfMessagesPerSecond?: number | undefined;
}

/** The parts of the model that a move task needs. */
export interface MoveTaskContext {
  readonly now: () => number;
  readonly newId: () => string;
  readonly queues: () => Iterable<Queue>;
  readonly queue: (arn: string) => Queue | undefined;
  /** Applies passed time to one queue. */
  readonly settle: (queue: Queue) => void;
  /** Sends the message as a new one to the destination, then deletes it from the source. */
  readonly redrive: (source: Queue, message: Message, destination: Queue) => void;
  readonly report: (task: MoveTaskRecord) => void;
}

/**
 * Message move tasks ("DLQ redrive"): started at once, continued by `advance`, so that the owner of the clock drives
 * them. Source: SQS Developer Guide, "Configure a dead-letter queue redrive", and API_StartMessageMoveTask.
 */
export class MoveTasks {
  readonly #context: MoveTaskContext;
  #tasks: MoveTaskRecord[] = [];

  constructor(context: MoveTaskContext) {
    this.#context = context;
  }

  get all(): readonly MoveTaskRecord[] {
    return this.#tasks;
  }

  restore(tasks: readonly MoveTaskRecord[]): void {
    this.#tasks = [...tasks];
  }

  /** @returns the handle by which the task can be cancelled. */
  start(request: StartMoveTask): string {
    checkRange('MaxNumberOfMessagesPerSecond', request.maxNumberOfMessagesPerSecond, [1, messagesPerSecondMax]);
    const source = this.#source(request.sourceArn);
    this.#checkIsDeadLetterQueue(source);
    if (request.destinationArn !== undefined && !this.#context.queue(request.destinationArn)) {
      throw notFound('DestinationArn');
    }
    if (request.destinationArn === source.arn) {
      throw new SqsError('InvalidParameterValue', 'Source queue and destination queue must differ.');
    }
    if (this.#tasks.some((task) => task.sourceArn === source.arn && task.status === 'RUNNING')) {
      throw new SqsError(
        'InvalidParameterValue',
        'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
      );
    }
    return handleOf(this.#begin(source, request));
  }

  #begin(source: Queue, request: StartMoveTask): MoveTaskRecord {
    this.#context.settle(source);
    const task: MoveTaskRecord = {
      ...request,
      taskId: this.#context.newId(),
      startedAtMs: this.#context.now(),
      status: 'RUNNING',
      messagesToMove: source.visible,
      messagesMoved: 0,
    };
    const older = this.#tasks.filter(({ sourceArn }) => sourceArn === source.arn);
    const forgotten = new Set(older.slice(0, Math.max(0, older.length - tasksKept + 1)));
    this.#tasks = [...this.#tasks.filter((known) => !forgotten.has(known)), task];
    this.#context.report(task);
    return task;
  }

  /** The newest tasks of a source first. */
  list(sourceArn: string, maxResults = 1): readonly (MoveTaskRecord & { readonly taskHandle?: string })[] {
    checkRange('MaxResults', maxResults, [1, tasksKept]);
    this.#source(sourceArn);
    return this.#tasks
      .filter((task) => task.sourceArn === sourceArn)
      .reverse()
      .slice(0, maxResults)
      .map((task) => (task.status === 'RUNNING' ? { ...task, taskHandle: handleOf(task) } : task));
  }

  /** Stops a running task; what it moved stays moved. @returns the number of messages moved. */
  cancel(taskHandle: string): number {
    const { taskId, sourceArn } = readHandle(taskHandle);
    this.#source(sourceArn);
    const task = this.#tasks.find((known) => known.taskId === taskId);
    if (!task) throw new SqsError('ResourceNotFoundException', 'Task does not exist.');
    if (task.status !== 'RUNNING') {
      throw new SqsError('InvalidParameterValue', 'Only a task that is RUNNING can be cancelled.');
    }
    this.#update(task, { status: 'CANCELLED' });
    return task.messagesMoved;
  }

  /** When the next message of any running task may move: epoch milliseconds. */
  nextAtMs(): number | undefined {
    const times = this.#tasks.filter((task) => task.status === 'RUNNING').map(nextMoveAtMs);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  advance(): void {
    for (const task of this.#tasks.filter(({ status }) => status === 'RUNNING')) this.#carryOn(task);
  }

  #carryOn(task: MoveTaskRecord): void {
    const source = this.#context.queue(task.sourceArn);
    if (!source) {
      this.#update(task, { status: 'FAILED', failureReason: nonExistentQueue });
      return;
    }
    this.#context.settle(source);
    const progress = this.#moveDue(task, source);
    if (progress.status || progress.messagesMoved > task.messagesMoved) this.#update(task, progress);
  }

  /** Moves as many messages as the rate allows by now. */
  #moveDue(task: MoveTaskRecord, source: Queue): Progress {
    const now = this.#context.now();
    let messagesMoved = task.messagesMoved;
    while (nextMoveAtMs({ ...task, messagesMoved }) <= now) {
      const message = source.next(now);
      if (!message) return { messagesMoved, status: 'COMPLETED' };
      const destination = this.#destination(task, message);
      if (typeof destination === 'string') return { messagesMoved, status: 'FAILED', failureReason: destination };
      this.#context.redrive(source, message, destination);
      messagesMoved += 1;
    }
    return { messagesMoved };
  }

  /** The destination of a message, or why there is none. */
  #destination(task: MoveTaskRecord, message: Message): Queue | string {
    const arn = task.destinationArn ?? message.stored.deadLetterSourceArn;
    if (arn === undefined) return 'CouldNotDetermineMessageSource';
    return this.#context.queue(arn) ?? nonExistentQueue;
  }

  #update(task: MoveTaskRecord, change: Partial<MoveTaskRecord>): void {
    const updated = { ...task, ...change };
    this.#tasks[this.#tasks.indexOf(task)] = updated;
    this.#context.report(updated);
  }

  #source(arn: string): Queue {
    const source = this.#context.queue(arn);
    if (!source) throw notFound('SourceArn');
    return source;
  }

  #checkIsDeadLetterQueue(source: Queue): void {
    for (const queue of this.#context.queues()) {
      if (queue.settings.redrive?.deadLetterTargetArn === source.arn) return;
    }
    throw new SqsError('InvalidParameterValue', 'Source queue must be configured as a Dead Letter Queue.');
  }
}

const nonExistentQueue = 'AWS.SimpleQueueService.NonExistentQueue';

/** Spreads the moves evenly over each second; the first one is due at the start. */
function nextMoveAtMs(task: MoveTaskRecord): number {
  const perSecond = task.maxNumberOfMessagesPerSecond ?? messagesPerSecondMax;
  return task.startedAtMs + Math.ceil((task.messagesMoved * 1000) / perSecond);
}

function notFound(parameter: string): SqsError {
  return new SqsError(
    'ResourceNotFoundException',
    `The resource that you specified for the ${parameter} parameter doesn't exist.`,
  );
}

function handleOf({ taskId, sourceArn }: MoveTaskRecord): string {
  return Buffer.from(`task ${taskId} ${sourceArn}`).toString('base64');
}

function readHandle(handle: string): { taskId: string; sourceArn: string } {
  const [kind, taskId, sourceArn] = Buffer.from(handle, 'base64').toString().split(' ');
  if (kind === 'task' && taskId && sourceArn) return { taskId, sourceArn };
  throw new SqsError('InvalidParameterValue', 'Value for parameter TaskHandle is invalid.');
}
