import * as z from 'zod';
import { DAY_MS } from '../../../core/durations.ts';
import type { QueueChange } from '../../../local/sqs-model/journal.ts';
import type { StoredMessage } from '../../../local/sqs-model/message.ts';

export type QueueName =
  | 'fast'
  | 'slow'
  | 'bulk'
  | 'dead'
  | 'fanout'
  | 'bulk-fanout'
  | 'fanout-dead'
  | 'rule-dead'
  | 'jobs'
  | 'continuations';

/** A message in a delivery queue or its dead-letter queue. */
export interface QueuedMessage {
  messageId: string;
  queue: QueueName;
  key: string;
  cycle: number;
  step: number;
  attempt: number;
  sentAt: number;
  repeat: boolean;
  wide: boolean;
  /** When the POST was made whose result it carries; undefined if it carries none. */
  carries: number | undefined;
  /** Generated with its body: a move task keeps it. */
  copy: string;
  /** Created by a move task, from a dead letter. */
  moved: boolean;
}

const deliveryBody = z.object({
  eventId: z.string(),
  endpointId: z.string(),
  cycle: z.number(),
  step: z.number(),
  attempt: z.number(),
  repeat: z.boolean().optional(),
  copy: z.string(),
  wide: z.boolean().optional(),
  result: z.object({ at: z.number() }).optional(),
});
const eventsBody = z.object({ events: z.array(z.object({ id: z.string() })) });
const wholeEvent = z.object({ detail: eventsBody });

/** How long each queue keeps a message, counted from when it was sent: the most that SQS allows. */
export const RETENTION_MS = 14 * DAY_MS;

export interface ContentsHooks {
  now: () => number;
  /** A delivery's message was sent. */
  sent(queued: QueuedMessage): void;
  /** A delivery's message is gone. `isLost`: nobody acknowledged it, its queue lost it. */
  gone(queued: QueuedMessage, isLost: boolean): void;
  /** A move task sent whole events again, as if for the first time. */
  eventsMoved(eventIds: readonly string[]): void;
  /** A message that carried whole events is gone. */
  eventsGone(eventIds: readonly string[], isLost: boolean): void;
  /** A queue dropped a message because it was too old. */
  expired(): void;
}

/** Every message of every queue by its content, maintained from the queue model's journal. */
export class QueueContents {
  readonly byKey = new Map<string, Map<string, QueuedMessage>>();
  readonly #deliveries = new Map<string, QueuedMessage>();
  readonly #events = new Map<string, { queue: QueueName; ids: string[]; sentAt: number }>();
  /** How many messages carry a whole event, including on the bus. */
  readonly #carried = new Map<string, number>();
  readonly counts = new Map<QueueName, number>();
  /** Set while a move task moves messages. */
  moving = false;
  /** Set while the simulation deletes messages. */
  deleting = false;
  readonly #hooks: ContentsHooks;

  constructor(hooks: ContentsHooks) {
    this.#hooks = hooks;
  }

  count(queue: QueueName): number {
    return this.counts.get(queue) ?? 0;
  }

  of(key: string): Iterable<QueuedMessage> {
    return this.byKey.get(key)?.values() ?? [];
  }

  find(messageId: string): QueuedMessage | undefined {
    return this.#deliveries.get(messageId);
  }

  carriesEvent(eventId: string): boolean {
    return (this.#carried.get(eventId) ?? 0) > 0;
  }

  /** The events or deliveries whose messages are in a queue. */
  namesIn(queue: QueueName): string[] {
    const isThere = (message: { queue: QueueName }) => message.queue === queue;
    return [
      ...[...this.#events.values()].filter(isThere).flatMap(({ ids }) => ids),
      ...[...this.#deliveries.values()].filter(isThere).map(({ key }) => key),
    ];
  }

  /** Adds or removes events that are in no queue but on the bus. */
  lift(eventIds: readonly string[], by: 1 | -1): void {
    for (const id of eventIds) this.#carried.set(id, (this.#carried.get(id) ?? 0) + by);
    if (by === -1) this.#hooks.eventsGone(eventIds, false);
  }

  journal(change: QueueChange): void {
    if (change.type === 'message') this.#put(change.queue as QueueName, change.message);
    else if (change.type === 'message deleted') this.#remove(change.messageId);
  }

  #put(queue: QueueName, stored: StoredMessage): void {
    const known = this.#deliveries.get(stored.messageId) ?? this.#events.get(stored.messageId);
    if (known !== undefined) {
      this.#tally(known.queue, -1);
      known.queue = queue;
      this.#tally(queue, 1);
      return;
    }
    this.#tally(queue, 1);
    if (queue === 'fast' || queue === 'slow' || queue === 'bulk' || queue === 'dead') this.#addDelivery(queue, stored);
    else if (queue !== 'jobs' && queue !== 'continuations') this.#addEvents(queue, stored);
    else this.#events.set(stored.messageId, { queue, ids: [], sentAt: stored.sentAtMs });
  }

  #addDelivery(queue: QueueName, stored: StoredMessage): void {
    const body = deliveryBody.safeParse(JSON.parse(stored.body)).data;
    if (body === undefined) {
      this.#events.set(stored.messageId, { queue, ids: [], sentAt: stored.sentAtMs });
      return;
    }
    const { eventId, endpointId, cycle, step, attempt, copy, repeat = false, wide = false, result } = body;
    const key = `${eventId}/${endpointId}`;
    const { messageId, sentAtMs: sentAt } = stored;
    const queued: QueuedMessage = {
      messageId,
      queue,
      key,
      cycle,
      step,
      attempt,
      sentAt,
      repeat,
      wide,
      carries: result?.at,
      copy,
      moved: this.moving,
    };
    this.#deliveries.set(messageId, queued);
    const box = this.byKey.get(key) ?? new Map<string, QueuedMessage>();
    this.byKey.set(key, box.set(messageId, queued));
    this.#hooks.sent(queued);
  }

  #addEvents(queue: QueueName, stored: StoredMessage): void {
    const value: unknown = JSON.parse(stored.body);
    const body = eventsBody.safeParse(value).data ?? wholeEvent.safeParse(value).data?.detail;
    const ids = body?.events.map(({ id }) => id) ?? [];
    this.#events.set(stored.messageId, { queue, ids, sentAt: stored.sentAtMs });
    for (const id of ids) this.#carried.set(id, (this.#carried.get(id) ?? 0) + 1);
    if (this.moving) this.#hooks.eventsMoved(ids);
  }

  #remove(messageId: string): void {
    const queued = this.#deliveries.get(messageId);
    if (queued !== undefined) {
      this.#deliveries.delete(messageId);
      this.byKey.get(queued.key)?.delete(messageId);
      this.#tally(queued.queue, -1);
      this.#hooks.gone(queued, this.#isLost(queued));
      return;
    }
    const events = this.#events.get(messageId);
    if (events === undefined) return;
    this.#events.delete(messageId);
    this.#tally(events.queue, -1);
    for (const id of events.ids) this.#carried.set(id, (this.#carried.get(id) ?? 0) - 1);
    this.#hooks.eventsGone(events.ids, this.#isLost(events));
  }

  #isLost({ sentAt }: { sentAt: number }): boolean {
    const isExpired = this.#hooks.now() - sentAt >= RETENTION_MS;
    if (isExpired && !this.deleting) this.#hooks.expired();
    return this.deleting || isExpired;
  }

  #tally(queue: QueueName, by: number): void {
    this.counts.set(queue, this.count(queue) + by);
  }
}
