import type { EventRecord, FanoutPage } from '../../core/events/event.ts';
import type { Item } from './client.ts';
import { number, text } from './client.ts';
import { allEvents, eventKey, keyAttributes, shardOfEvent, tenantEvents, timed } from './keys.ts';

/** An event as an item of the ledger: attributes for indexes and TTL, the rest as one JSON document. */
export function eventItem(event: EventRecord, listShards: number): Item {
  const { fanout: _, payload, ...document } = event;
  const listSort = timed(event.acceptedAt, event.id);
  const shard = shardOfEvent(event.id, listShards);
  return {
    ...keyAttributes(eventKey(event.id)),
    list_pk: { S: tenantEvents(event.tenant, shard) },
    list_sk: { S: listSort },
    sparse_pk: { S: allEvents(shard) },
    sparse_sk: { S: listSort },
    expires_at: { N: String(Math.floor(event.expiresAt / 1000)) },
    doc: { S: JSON.stringify(document) },
    payload: { S: JSON.stringify(payload) },
    fanout: { M: {} },
  };
}

/** Reads an event item that this product wrote. */
export function readEventItem(item: Item): EventRecord {
  const document: Omit<EventRecord, 'fanout' | 'payload'> = JSON.parse(text(item, 'doc'));
  const payload: EventRecord['payload'] = JSON.parse(text(item, 'payload'));
  const fanout: Record<string, FanoutPage> = {};
  for (const [page, value] of Object.entries(item.fanout?.M ?? {})) {
    if (value.S !== undefined) fanout[page] = JSON.parse(value.S);
  }
  return { ...document, payload, fanout };
}

/** Whether an item is not expired. TTL deletes late, so an expired item counts as absent. */
export function isUnexpired(item: Item, nowMs: number): boolean {
  const expiresAt = number(item, 'expires_at');
  return expiresAt === undefined || expiresAt * 1000 > nowMs;
}
