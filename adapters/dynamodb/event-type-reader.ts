import type { EventType } from '../../core/event-types/event-type.ts';
import type { EventTypeReader } from '../../core/event-types/store.ts';
import { batchGet } from './client.ts';
import type { RegistryOptions } from './endpoint-store.ts';
import { readEventTypeItem } from './event-type-item.ts';
import { eventTypeKey } from './keys.ts';

/** The event types, as ingest reads them. */
export function createEventTypeReader({ client, table, wait }: RegistryOptions): EventTypeReader {
  return {
    async read(names) {
      const keys = names.map((name) => ({ table, ...eventTypeKey(name) }));
      const found = new Map<string, EventType>();
      for (const { item } of await batchGet(client, keys, wait)) {
        const eventType = readEventTypeItem(item);
        if (eventType) found.set(eventType.name, eventType);
      }
      return found;
    },
  };
}
