import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import type { QueueChange, QueueSnapshot } from '../sqs-model/journal.ts';
import type { StoredMessage } from '../sqs-model/message.ts';
import { openDatabase } from './sqlite.ts';

const storedMessage = z.object({
  messageId: z.string(),
  body: z.string(),
  groupId: z.string().optional(),
  attributes: z
    .record(
      z.string(),
      z.object({ dataType: z.string(), stringValue: z.string().optional(), binaryValue: z.string().optional() }),
    )
    .optional(),
  sentAtMs: z.number(),
  delayedUntilMs: z.number(),
  receiveCount: z.number(),
  firstReceivedAtMs: z.number().optional(),
  deadLetterSourceArn: z.string().optional(),
});
const storedQueue = z.object({
  name: z.string(),
  attributes: z.record(z.string(), z.string()),
  createdAtMs: z.number(),
  modifiedAtMs: z.number(),
});
const moveTask = z.object({
  taskId: z.string(),
  sourceArn: z.string(),
  destinationArn: z.string().optional(),
  maxNumberOfMessagesPerSecond: z.number().optional(),
  startedAtMs: z.number(),
  status: z.enum(['RUNNING', 'COMPLETED', 'CANCELLED', 'FAILED']),
  messagesToMove: z.number(),
  messagesMoved: z.number(),
  failureReason: z.string().optional(),
});
const messageRow = z.object({
  seq: z.number(),
  queue: z.string(),
  receive_count: z.number(),
  first_received_at: z.number().nullable(),
  message: z.string(),
});
const jsonRow = z.object({ json: z.string() });

const schema = `
  CREATE TABLE IF NOT EXISTS queues (name TEXT PRIMARY KEY, json TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS move_tasks (id TEXT PRIMARY KEY, json TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY, queue TEXT NOT NULL, receive_count INTEGER NOT NULL, first_received_at INTEGER,
    message TEXT NOT NULL);
`;

/** A pending write for one message: the newest state wins. */
type PendingMessage =
  | { readonly kind: 'put' | 'count'; readonly queue: string; readonly message: StoredMessage }
  | { readonly kind: 'delete'; readonly queue: string };

/**
 * The storage of the queues: a SQLite file. Flushed changes survive a SIGKILL of the process (the operating system holds them), but
 * not always a power cut; a local run does not promise that.
 */
export class SqsStore {
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepare>;
  /** Row number of each stored message. New rows go at the end, which keeps inserts cheap; message ids are random. */
  readonly #seqs = new Map<string, number>();
  #seq = 0;
  #pending = new Map<string, PendingMessage>();
  #other: QueueChange[] = [];

  /** @param path a file, created if missing. */
  constructor(path: string) {
    this.#database = openDatabase(path);
    this.#database.exec(schema);
    this.#statements = prepare(this.#database);
  }

  /** Everything flushed by this process or an earlier one. */
  load(): QueueSnapshot {
    const { allQueues, allMessages, allTasks } = this.#statements;
    const messages = allMessages.all().map((row) => this.#readMessage(row));
    // By time sent, which determines the order: a message that moved to another queue kept its age.
    messages.sort((a, b) => a.message.sentAtMs - b.message.sentAtMs);
    return {
      queues: allQueues.all().map((row) => storedQueue.parse(JSON.parse(jsonRow.parse(row).json))),
      messages,
      moveTasks: allTasks
        .all()
        .map((row) => moveTask.parse(JSON.parse(jsonRow.parse(row).json)))
        .sort((a, b) => a.startedAtMs - b.startedAtMs),
    };
  }

  #readMessage(row: unknown): { queue: string; message: StoredMessage } {
    const { seq, queue, receive_count, first_received_at, message } = messageRow.parse(row);
    const stored = storedMessage.parse(JSON.parse(message));
    this.#seq = Math.max(this.#seq, seq);
    this.#seqs.set(stored.messageId, seq);
    const firstReceivedAtMs = first_received_at ?? undefined;
    return { queue, message: { ...stored, receiveCount: receive_count, firstReceivedAtMs } };
  }

  /**
   * Records a change; `flush` writes it.
   * @returns whether it must be written before any response. A receive count may wait: it only decides when a
   * message moves to the dead-letter queue, and a crash that loses the last counts gives such a message one more try.
   */
  record(change: QueueChange): boolean {
    if (change.type === 'received') return this.#recordReceived(change);
    if (change.type === 'message') {
      this.#pending.set(change.message.messageId, { kind: 'put', queue: change.queue, message: change.message });
    } else if (change.type === 'message deleted') {
      const written = this.#seqs.has(change.messageId);
      if (written) this.#pending.set(change.messageId, { kind: 'delete', queue: change.queue });
      else this.#pending.delete(change.messageId);
    } else {
      this.#other.push(change);
      if (change.type === 'queue deleted') this.#forgetPending(change.name);
    }
    return true;
  }

  #recordReceived({ queue, message }: { queue: string; message: StoredMessage }): boolean {
    const kind = this.#pending.get(message.messageId)?.kind === 'put' ? 'put' : 'count';
    this.#pending.set(message.messageId, { kind, queue, message });
    return false;
  }

  #forgetPending(queue: string): void {
    for (const [messageId, pending] of this.#pending) {
      if (pending.queue === queue) this.#pending.delete(messageId);
    }
  }

  /** Writes everything recorded since the last flush in one transaction: all of it or nothing. */
  flush(): void {
    if (this.#pending.size === 0 && this.#other.length === 0) return;
    this.#statements.begin.run();
    try {
      for (const change of this.#other) this.#writeOther(change);
      for (const [messageId, pending] of this.#pending) this.#writeMessage(messageId, pending);
      this.#statements.commit.run();
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
    this.#pending = new Map();
    this.#other = [];
  }

  /** Closes the file. Unflushed changes are lost. */
  close(): void {
    this.#database.close();
  }

  #writeOther(change: QueueChange): void {
    const { putQueue, deleteQueue, deleteMessagesOf, putTask } = this.#statements;
    if (change.type === 'queue') putQueue.run(change.queue.name, JSON.stringify(change.queue));
    if (change.type === 'move task') putTask.run(change.task.taskId, JSON.stringify(change.task));
    if (change.type !== 'queue deleted') return;
    deleteQueue.run(change.name);
    deleteMessagesOf.run(change.name);
  }

  #writeMessage(messageId: string, pending: PendingMessage): void {
    const { putMessage, countReceive, deleteMessage } = this.#statements;
    const known = this.#seqs.get(messageId);
    if (pending.kind === 'put') {
      const seq = known ?? this.#nextSeq(messageId);
      const { receiveCount, firstReceivedAtMs = null } = pending.message;
      putMessage.run(seq, pending.queue, receiveCount, firstReceivedAtMs, JSON.stringify(pending.message));
    } else if (known !== undefined && pending.kind === 'count') {
      countReceive.run(pending.message.receiveCount, pending.message.firstReceivedAtMs ?? null, known);
    } else if (known !== undefined) {
      deleteMessage.run(known);
      this.#seqs.delete(messageId);
    }
  }

  #nextSeq(messageId: string): number {
    this.#seq += 1;
    this.#seqs.set(messageId, this.#seq);
    return this.#seq;
  }
}

function prepare(database: DatabaseSync) {
  return {
    begin: database.prepare('BEGIN'),
    commit: database.prepare('COMMIT'),
    allQueues: database.prepare('SELECT json FROM queues ORDER BY rowid'),
    allMessages: database.prepare('SELECT * FROM messages ORDER BY seq'),
    allTasks: database.prepare('SELECT json FROM move_tasks'),
    putQueue: database.prepare(
      'INSERT INTO queues VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET json = excluded.json',
    ),
    deleteQueue: database.prepare('DELETE FROM queues WHERE name = ?'),
    putMessage: database.prepare('INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?, ?)'),
    countReceive: database.prepare('UPDATE messages SET receive_count = ?, first_received_at = ? WHERE seq = ?'),
    deleteMessage: database.prepare('DELETE FROM messages WHERE seq = ?'),
    deleteMessagesOf: database.prepare('DELETE FROM messages WHERE queue = ?'),
    putTask: database.prepare('INSERT OR REPLACE INTO move_tasks VALUES (?, ?)'),
  };
}
