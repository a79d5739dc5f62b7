import type { Clock } from '../../core/clock.ts';
import type { EventWriter } from '../../core/events/accept.ts';
import { type EventRecord, type FanoutLedger, joinNotes } from '../../core/events/event.ts';

/** The ledger's events in memory. */
export class MemoryEventLedger implements EventWriter, FanoutLedger {
  readonly events = new Map<string, EventRecord>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  #unexpired(id: string): EventRecord | undefined {
    const event = this.events.get(id);
    return event && event.expiresAt > this.#clock() ? event : undefined;
  }

  create: EventWriter['create'] = async (event) => {
    if (this.#unexpired(event.id)) return 'exists';
    this.events.set(event.id, structuredClone(event));
    return 'created';
  };

  createFresh: EventWriter['createFresh'] = async (events) => {
    for (const event of events) this.events.set(event.id, structuredClone(event));
  };

  find: EventWriter['find'] = async (ids) => {
    const found = ids.map((id) => this.#unexpired(id)).filter((event) => event !== undefined);
    return new Map(found.map((event) => [event.id, structuredClone(event)]));
  };

  repoint: EventWriter['repoint'] = async (id, payload) => {
    const event = this.events.get(id);
    if (event) event.payload = structuredClone(payload);
  };

  notePage: FanoutLedger['notePage'] = async (id, page, note) => {
    const event = this.events.get(id);
    if (event === undefined) return;
    event.fanout[page] = structuredClone(joinNotes(event.fanout, page, note));
  };

  markWide: FanoutLedger['markWide'] = async (id, wide) => {
    const event = this.events.get(id);
    if (event === undefined || (event.wide === undefined && Object.keys(event.fanout).length > 0)) return false;
    event.wide ??= wide;
    return event.wide;
  };
}
