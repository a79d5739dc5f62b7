import * as z from 'zod';
import type { QueueChange } from '../../../local/sqs-model/journal.ts';
import type { StoredMessage } from '../../../local/sqs-model/message.ts';

export type MailQueue = 'fast' | 'slow' | 'dead' | 'fanout' | 'fanout-dead' | 'rule-dead' | 'jobs';

/** A message in a delivery queue or its dead-letter queue. */
export interface Mail {
  messageId: string;
  queue: MailQueue;
  key: string;
  cycle: number;
  step: number;
  attempt: number;
  sentAt: number;
  repeat: boolean;
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
});
const eventsBody = z.object({ events: z.array(z.object({ id: z.string() })) });
const wholeEvent = z.object({ detail: eventsBody });

export interface MailboxHooks {
  /** A delivery's message was sent. */
  sent(mail: Mail): void;
  /** A delivery's message is gone. */
  gone(mail: Mail): void;
  /** A move task sent whole events again, as if for the first time. */
  eventsMoved(eventIds: readonly string[]): void;
  /** A message that carried whole events is gone. */
  eventsGone(eventIds: readonly string[]): void;
}

/** Every message of every queue by its content, maintained from the queue model's journal. */
export class Mailboxes {
  readonly byKey = new Map<string, Map<string, Mail>>();
  readonly #deliveries = new Map<string, Mail>();
  readonly #events = new Map<string, { queue: MailQueue; ids: string[] }>();
  /** How many messages carry a whole event, including on the bus. */
  readonly #carried = new Map<string, number>();
  readonly counts = new Map<MailQueue, number>();
  /** Set while a move task moves messages. */
  moving = false;
  readonly #hooks: MailboxHooks;

  constructor(hooks: MailboxHooks) {
    this.#hooks = hooks;
  }

  count(queue: MailQueue): number {
    return this.counts.get(queue) ?? 0;
  }

  of(key: string): Iterable<Mail> {
    return this.byKey.get(key)?.values() ?? [];
  }

  find(messageId: string): Mail | undefined {
    return this.#deliveries.get(messageId);
  }

  carriesEvent(eventId: string): boolean {
    return (this.#carried.get(eventId) ?? 0) > 0;
  }

  /** Adds or removes events that are in no queue but on the bus. */
  lift(eventIds: readonly string[], by: 1 | -1): void {
    for (const id of eventIds) this.#carried.set(id, (this.#carried.get(id) ?? 0) + by);
    if (by === -1) this.#hooks.eventsGone(eventIds);
  }

  journal(change: QueueChange): void {
    if (change.type === 'message') this.#put(change.queue as MailQueue, change.message);
    else if (change.type === 'message deleted') this.#remove(change.messageId);
  }

  #put(queue: MailQueue, stored: StoredMessage): void {
    const known = this.#deliveries.get(stored.messageId) ?? this.#events.get(stored.messageId);
    if (known !== undefined) {
      this.#tally(known.queue, -1);
      known.queue = queue;
      this.#tally(queue, 1);
      return;
    }
    this.#tally(queue, 1);
    if (queue === 'fast' || queue === 'slow' || queue === 'dead') this.#addDelivery(queue, stored);
    else if (queue !== 'jobs') this.#addEvents(queue, stored);
    else this.#events.set(stored.messageId, { queue, ids: [] });
  }

  #addDelivery(queue: MailQueue, stored: StoredMessage): void {
    const body = deliveryBody.safeParse(JSON.parse(stored.body)).data;
    if (body === undefined) return void this.#events.set(stored.messageId, { queue, ids: [] });
    const { eventId, endpointId, cycle, step, attempt, copy, repeat = false } = body;
    const key = `${eventId}/${endpointId}`;
    const { messageId, sentAtMs: sentAt } = stored;
    const mail: Mail = { messageId, queue, key, cycle, step, attempt, sentAt, repeat, copy, moved: this.moving };
    this.#deliveries.set(messageId, mail);
    const box = this.byKey.get(key) ?? new Map<string, Mail>();
    this.byKey.set(key, box.set(messageId, mail));
    this.#hooks.sent(mail);
  }

  #addEvents(queue: MailQueue, stored: StoredMessage): void {
    const value: unknown = JSON.parse(stored.body);
    const body = eventsBody.safeParse(value).data ?? wholeEvent.safeParse(value).data?.detail;
    const ids = body?.events.map(({ id }) => id) ?? [];
    this.#events.set(stored.messageId, { queue, ids });
    for (const id of ids) this.#carried.set(id, (this.#carried.get(id) ?? 0) + 1);
    if (this.moving) this.#hooks.eventsMoved(ids);
  }

  #remove(messageId: string): void {
    const mail = this.#deliveries.get(messageId);
    if (mail !== undefined) {
      this.#deliveries.delete(messageId);
      this.byKey.get(mail.key)?.delete(messageId);
      this.#tally(mail.queue, -1);
      this.#hooks.gone(mail);
      return;
    }
    const events = this.#events.get(messageId);
    if (events === undefined) return;
    this.#events.delete(messageId);
    this.#tally(events.queue, -1);
    for (const id of events.ids) this.#carried.set(id, (this.#carried.get(id) ?? 0) - 1);
    this.#hooks.eventsGone(events.ids);
  }

  #tally(queue: MailQueue, by: number): void {
    this.counts.set(queue, this.count(queue) + by);
  }
}
