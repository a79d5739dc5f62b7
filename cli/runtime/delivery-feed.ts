import { ApiError } from '@postrider/client';
import { given } from './command.ts';
import { type Delivery, type EventState, eventState, hasEnded, readEvent } from './deliveries.ts';
import { type Replay, ReplayFeed } from './replay-feed.ts';
import { AS_TEXT, type Session } from './session.ts';

/** How much later than it was accepted an event may appear in the list: mostly, and at most. */
const MOSTLY_LATE_MS = 5_000;
const LATE_MS = 90_000;
/** How often to look back as far as that. */
const LOOK_BACK_EVERY_MS = 30_000;

/** How long to wait before an event whose deliveries have not all ended is read again: longer each time that nothing changed. */
const READ_AGAIN_MS = 2_000;
const READ_AGAIN_MS_MAX = 30_000;
/** How many of those are read at each look. */
const READS_A_LOOK = 10;

/** How long a new cycle may take to show after it was asked for. */
const REPLAY_SHOWS_MS = 60_000;

/** What is known of an event. */
interface Known {
  acceptedAt: number;
  /** The state in which each of its deliveries was seen, by id. */
  readonly seen: Map<string, string>;
  isOpen: boolean;
  waitMs: number;
  readAt: number;
  /** Of an event that was not known when one of its deliveries was sent again: older states are nothing new. */
  readonly newFrom: number;
  /** Until then a delivery that was sent again may still look as before. */
  openUntil: number;
}

export interface FeedOptions {
  /** Events accepted from then on, RFC 3339; undefined for those from now on. */
  readonly since: string | undefined;
  /** Which deliveries are wanted. */
  readonly wants: (delivery: Delivery) => boolean;
}

/**
 * The deliveries of new events as they change, each state once. The API lists events by the time of their acceptance: each look
 * reads those of the last seconds, and now and then of the last minute and a half, since an event may appear late. Events with
 * deliveries that have not ended are read again until they have; so are those, however old, of deliveries that are sent again.
 */
export class DeliveryFeed {
  readonly #session: Session;
  readonly #query: { tenant?: string; type?: string };
  readonly #options: FeedOptions;
  readonly #known = new Map<string, Known>();
  /** By the API's clock; undefined before the first look. */
  #lookedAt: number | undefined;
  #lookedBackAt = 0;
  #replays: ReplayFeed | undefined;

  constructor(session: Session, query: { tenant?: string; type?: string }, options: FeedOptions) {
    this.#session = session;
    this.#query = query;
    this.#options = options;
  }

  /** What has changed since the last call: deliveries as the API wrote them, in the order of the changes. */
  async next(): Promise<string[]> {
    if (this.#lookedAt === undefined) return this.#first();
    const now = this.#session.apiClock();
    const looksBack = now - this.#lookedBackAt >= LOOK_BACK_EVERY_MS;
    const from = looksBack ? this.#lookedBackAt - LATE_MS : this.#lookedAt - MOSTLY_LATE_MS;
    const events = await this.#accepted(new Date(from).toISOString());
    for (const replay of (await this.#replays?.next()) ?? []) this.#reopen(replay);
    const read = new Set(events.map(({ id }) => id));
    const changed = [...events, ...(await this.#openOnes(read))].flatMap((event) => this.#note(event));
    this.#lookedAt = now;
    if (looksBack) {
      this.#lookedBackAt = now;
      this.#forget(now);
    }
    return inOrder(changed);
  }

  /** Notes what is there already, so that only what changes from now on is new. */
  async #first(): Promise<string[]> {
    const { io } = this.#session;
    const asked = io.clock();
    // The API's clock is known once it has answered.
    await this.#session.items(this.#page({}), 1);
    const now = this.#session.apiClock() + asked - io.clock();
    const { since } = this.#options;
    const events = await this.#accepted(since ?? new Date(now - LATE_MS).toISOString());
    const found = events.flatMap((event) => this.#note(event));
    this.#lookedAt = now;
    this.#lookedBackAt = now;
    const from = since === undefined ? now : Date.parse(since);
    this.#replays = new ReplayFeed(this.#session, { tenant: this.#query.tenant, since: from });
    return inOrder(found.filter(({ delivery }) => since !== undefined || Date.parse(delivery.updated_at) >= now));
  }

  #page(range: { from?: string }) {
    const query = { ...this.#query, ...range };
    type Client = Awaited<ReturnType<Session['client']>>;
    return (client: Client, from: { limit: number; cursor?: string }) =>
      client.GET('/v1/events', { params: { query: { ...query, ...from } }, ...AS_TEXT });
  }

  async #accepted(from: string): Promise<EventState[]> {
    const texts = await this.#session.items(this.#page(given({ from })));
    const events: EventState[] = [];
    for (const text of texts) events.push(await eventState(this.#session, text));
    return events;
  }

  /** Reads some events whose deliveries have not all ended, those that wait longest first. */
  async #openOnes(except: ReadonlySet<string>): Promise<EventState[]> {
    const { clock } = this.#session.io;
    const due = [...this.#known]
      .filter(([id, { isOpen, readAt, waitMs }]) => isOpen && !except.has(id) && clock() >= readAt + waitMs)
      .sort(([, a], [, b]) => a.readAt + a.waitMs - b.readAt - b.waitMs);
    const events: EventState[] = [];
    for (const [id] of due.slice(0, READS_A_LOOK)) {
      try {
        events.push(await readEvent(this.#session, id));
      } catch (fault) {
        // It has expired.
        if (!(fault instanceof ApiError && fault.status === 404)) throw fault;
        this.#known.delete(id);
      }
    }
    return events;
  }

  /** Reads the event of a delivery that was sent again at the next opportunity, and until the new cycle shows. */
  #reopen({ eventId, at }: Replay): void {
    const openUntil = this.#session.io.clock() + REPLAY_SHOWS_MS;
    const fresh = { acceptedAt: 0, seen: new Map<string, string>(), newFrom: at };
    const known = this.#known.get(eventId) ?? fresh;
    this.#known.set(eventId, { ...known, isOpen: true, waitMs: 0, readAt: 0, openUntil });
  }

  /** Notes what is known of an event now. @returns its wanted deliveries that have changed. */
  #note({ id, acceptedAt, matched, deliveries }: EventState): { text: string; delivery: Delivery }[] {
    const { clock } = this.#session.io;
    const unknown = { seen: new Map<string, string>(), isOpen: true, waitMs: 0, readAt: 0, newFrom: 0, openUntil: 0 };
    const known: Known = this.#known.get(id) ?? { acceptedAt, ...unknown };
    known.acceptedAt = acceptedAt;
    const changed = deliveries.filter(({ delivery }) => {
      const state = stateOf(delivery);
      if (state === undefined || known.seen.get(delivery.id) === state) return false;
      known.seen.set(delivery.id, state);
      return Date.parse(delivery.updated_at) >= known.newFrom;
    });
    known.isOpen =
      clock() < known.openUntil ||
      matched === null ||
      deliveries.length < matched ||
      !deliveries.every(({ delivery }) => hasEnded(delivery));
    known.waitMs = changed.length > 0 ? READ_AGAIN_MS : Math.min(READ_AGAIN_MS_MAX, known.waitMs * 2 || READ_AGAIN_MS);
    known.readAt = clock();
    this.#known.set(id, known);
    return changed.filter(({ delivery }) => this.#options.wants(delivery));
  }

  /** Forgets events that no look finds again and whose deliveries have ended. */
  #forget(now: number): void {
    for (const [id, { isOpen, acceptedAt }] of this.#known) {
      if (!isOpen && acceptedAt < now - 2 * LATE_MS - LOOK_BACK_EVERY_MS) this.#known.delete(id);
    }
  }
}

/** What makes a delivery another one than before; undefined before its first attempt in a cycle has ended. */
function stateOf(delivery: Delivery): string | undefined {
  const { status, cycle, attempt_count: attempts, waiting_for: waitingFor } = delivery;
  if (status === 'pending' || (status === 'retrying' && attempts === 0)) return undefined;
  return `${cycle} ${status} ${attempts} ${waitingFor}`;
}

const inOrder = (changed: readonly { text: string; delivery: Delivery }[]): string[] =>
  changed
    .toSorted((a, b) => Date.parse(a.delivery.updated_at) - Date.parse(b.delivery.updated_at))
    .map(({ text }) => text);
