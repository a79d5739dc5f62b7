import type { EventType } from '../../core/event-types/event-type.ts';
import { type EventTypeReader, type EventTypeStore, listPosition } from '../../core/event-types/store.ts';
import { MemoryAudit } from './audit.ts';
import { pageOf } from './pages.ts';

/** The event types in memory: compare and set is exact, values are always copied, and stored as JSON. */
export class MemoryEventTypeStore implements EventTypeStore, EventTypeReader {
  readonly types = new Map<string, EventType>();
  readonly audit: MemoryAudit;

  /** @param audit keeps the event types' pending entries. */
  constructor(audit = new MemoryAudit()) {
    this.audit = audit;
  }

  find: EventTypeStore['find'] = async (name) =>
    structuredClone({ eventType: this.types.get(name), ...this.audit.of(name) });

  put: EventTypeStore['put'] = async (eventType, expected, entry) => {
    if (this.audit.of(eventType.name).changeId !== expected) return false;
    this.audit.wrote(eventType.name, entry);
    this.types.set(eventType.name, JSON.parse(JSON.stringify(eventType)));
    return true;
  };

  remove: EventTypeStore['remove'] = async (name, expected, entry) => {
    if (this.audit.of(name).changeId !== expected) return false;
    this.audit.wrote(name, entry, { isGone: true });
    this.types.delete(name);
    return true;
  };

  list: EventTypeStore['list'] = async (limit, after) => {
    const entries = [...this.types.values()].map((eventType) => ({ id: listPosition(eventType), eventType }));
    const { items, next } = pageOf(entries, limit, after);
    return { items: items.map(({ eventType }) => eventType), next };
  };

  read: EventTypeReader['read'] = async (names) => {
    const found = names.flatMap((name) => this.types.get(name) ?? []);
    return structuredClone(new Map(found.map((eventType) => [eventType.name, eventType])));
  };
}
