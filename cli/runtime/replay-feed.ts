import { ApiError, type components } from '@postrider/client';
import { given } from './command.ts';
import { AS_TEXT, type Session } from './session.ts';

type Entry = components['schemas']['AuditEntry'];

/** How often to look, and how much later than it was made an entry may appear in the list. */
const LOOK_MS = 5_000;
const LATE_MS = 90_000;

/** A delivery that somebody has sent again. */
export interface Replay {
  readonly deliveryId: string;
  readonly eventId: string;
  /** When it was asked for, ms since the epoch, by the API's clock: before the record of the delivery changed. */
  readonly at: number;
}

/**
 * The deliveries that are replayed or sent now, whatever their age, each once: the audit trail names them. Of a job it has only the
 * start, which is noted: which deliveries a job sends, no list of the API says.
 */
export class ReplayFeed {
  readonly #session: Session;
  readonly #tenant: string | undefined;
  /** Entries from then on, by the API's clock. */
  readonly #since: number;
  /** When each of the latest entries was made, by id. */
  readonly #known = new Map<string, number>();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #mayRead = true;

  constructor(session: Session, { tenant, since }: { tenant: string | undefined; since: number }) {
    this.#session = session;
    this.#tenant = tenant;
    this.#since = since;
  }

  /** What was sent again since the last call; nothing if it is too early for another look, or the key may not read the trail. */
  async next(): Promise<Replay[]> {
    const now = this.#session.apiClock();
    if (!this.#mayRead || now - this.#lookedAt < LOOK_MS) return [];
    const from = Math.max(this.#since, this.#lookedAt - LATE_MS);
    const fresh = (await this.#entriesFrom(from)).filter(({ id }) => !this.#known.has(id));
    this.#lookedAt = now;
    for (const { id, at } of fresh) this.#known.set(id, Date.parse(at));
    for (const [id, at] of this.#known) if (at < now - 3 * LATE_MS) this.#known.delete(id);
    for (const { action, object, actor } of fresh) {
      if (action !== 'job.created') continue;
      this.#session.out.note(
        `${actor.name} started ${object}: what it sends of earlier events is not shown here, see postrider jobs watch ${object}.`,
      );
    }
    return fresh.flatMap(({ action, object, at }) => {
      if (action !== 'delivery.replayed' && action !== 'delivery.sent_now') return [];
      return [{ deliveryId: object, eventId: `evt_${object.split('_')[1]}`, at: Date.parse(at) }];
    });
  }

  async #entriesFrom(fromMs: number): Promise<Entry[]> {
    const query = given({ tenant: this.#tenant, from: new Date(fromMs).toISOString() });
    try {
      const texts = await this.#session.items((client, from) =>
        client.GET('/v1/audit', { params: { query: { ...query, ...from } }, ...AS_TEXT }),
      );
      return texts.map((text) => JSON.parse(text) as Entry);
    } catch (fault) {
      if (!(fault instanceof ApiError && fault.status === 403)) throw fault;
      this.#mayRead = false;
      this.#session.out.note(
        'This key may not read the audit trail, so what is sent again of earlier events is not shown.',
      );
      return [];
    }
  }
}
