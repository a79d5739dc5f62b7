import * as z from 'zod';
import { SqsError } from '../sqs-model/errors.ts';
import { deadLetterOf, type HandOver, handOver, messageOf, type SendToQueue } from './event-target.ts';
import type { TurnFile } from './turn-file.ts';

const schema = 'CREATE TABLE IF NOT EXISTS bus_outbox (seq INTEGER PRIMARY KEY, hand_over TEXT NOT NULL)';
const storedRow = z.object({ seq: z.number(), hand_over: z.string() });

/** Errors that are not refusals are temporary, such as a queue that cannot write at the moment. */
const RETRY_MS = 1_000;

export interface OutboxOptions {
  readonly file: TurnFile;
  readonly send: SendToQueue;
  /** Waits this many milliseconds; 0 waits for the current turn of the event loop to end. */
  readonly wait: (ms: number) => Promise<unknown>;
  /** Reports an event that is retried, and one that no queue accepts: it is lost, as it would be on AWS. */
  readonly onProblem: (message: string) => void;
}

/**
 * The events that PutEvents accepted but their targets have not received: on disk before they are acknowledged, so
 * that a SIGKILL loses none. An interrupted one is delivered again at the next start, possibly a second time, as
 * EventBridge sometimes does.
 */
export class EventOutbox {
  readonly #options: OutboxOptions;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #underWay = new Set<Promise<void>>();
  #closed = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    options.file.database.exec(schema);
    this.#statements = prepare(options.file);
  }

  /** Delivers the events that an earlier run left. Call it when the queues exist. */
  resume(): void {
    for (const row of this.#statements.all.all()) {
      const { seq, hand_over } = storedRow.parse(row);
      this.#begin(seq, handOver.parse(JSON.parse(hand_over)));
    }
  }

  /** Accepts events for their targets. Resolves when they are on disk, before they are delivered. */
  async take(handOvers: readonly HandOver[]): Promise<void> {
    const { file } = this.#options;
    const taken: [number, HandOver][] = [];
    file.write(() => {
      for (const one of handOvers) {
        taken.push([Number(this.#statements.insert.run(JSON.stringify(one)).lastInsertRowid), one]);
      }
    });
    await file.committed();
    for (const [seq, one] of taken) this.#begin(seq, one);
  }

  /** Resolves when no delivery is in progress. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Events not yet delivered stay on disk. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.settled();
  }

  /** In a later turn, after the response. */
  #begin(seq: number, one: HandOver, afterMs = 0): void {
    const work = this.#options
      .wait(afterMs)
      .then(() => (this.#closed ? undefined : this.#handOver(seq, one)))
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  async #handOver(seq: number, one: HandOver): Promise<void> {
    const { file, onProblem } = this.#options;
    try {
      const lost = await this.#tryTargets(one);
      if (lost !== undefined) onProblem(lost);
      file.write(() => this.#statements.remove.run(seq));
    } catch (fault) {
      onProblem(`An event could not be delivered to its target; retrying. ${String(fault)}`);
      this.#begin(seq, one, RETRY_MS);
    }
  }

  /**
   * EventBridge does not retry an event that a queue refuses: it goes to the target's dead-letter queue, and is lost if
   * that refuses it too. @returns the message about a loss.
   */
  async #tryTargets(one: HandOver): Promise<string | undefined> {
    const { send } = this.#options;
    const { queueArn, deadLetterQueueArn } = one.target;
    const why = await refusal(async () => send(queueArn, messageOf(one)));
    if (why === undefined) return undefined;
    if (deadLetterQueueArn === undefined) return `An event was lost: ${queueArn} refuses it (${why.code}).`;
    const again = await refusal(async () => send(deadLetterQueueArn, deadLetterOf(one, why)));
    return again && `An event was lost: ${queueArn} and ${deadLetterQueueArn} refuse it (${again.code}).`;
  }
}

async function refusal(send: () => Promise<void>): Promise<SqsError | undefined> {
  try {
    await send();
    return undefined;
  } catch (fault) {
    if (fault instanceof SqsError) return fault;
    throw fault;
  }
}

function prepare({ database }: TurnFile) {
  return {
    all: database.prepare('SELECT seq, hand_over FROM bus_outbox ORDER BY seq'),
    insert: database.prepare('INSERT INTO bus_outbox (hand_over) VALUES (?)'),
    remove: database.prepare('DELETE FROM bus_outbox WHERE seq = ?'),
  };
}
