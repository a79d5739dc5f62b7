import type { EndpointHealth } from '../../core/endpoints/health.ts';
import { type Item, number, text } from './client.ts';
import { healthKey, keyAttributes } from './keys.ts';

/** The `kind_pk` of health items with the holding mark: only these are in the index. */
export const HOLDING_KIND = 'HOLDING';

/** The stored document, whose names must not change. */
type Document = Omit<EndpointHealth, 'endpointId' | 'revision' | 'outbox'> & { news: EndpointHealth['outbox'] };

/** An endpoint's health as an item of the registry, beside the endpoint. */
export function healthItem({ endpointId, revision, outbox, ...rest }: EndpointHealth): Item {
  const document: Document = { ...rest, news: outbox };
  return {
    ...keyAttributes(healthKey(endpointId)),
    ...(rest.holding && { kind_pk: { S: HOLDING_KIND }, list_sk: { S: endpointId } }),
    rev: { N: String(revision) },
    doc: { S: JSON.stringify(document) },
  };
}

/** Reads a health item that this product wrote. */
export function readHealthItem(item: Item): EndpointHealth {
  const { news, ...rest }: Document = JSON.parse(text(item, 'doc'));
  const endpointId = text(item, 'pk').slice('ENDPOINT#'.length);
  return { ...rest, outbox: news, endpointId, revision: number(item, 'rev') ?? 0 };
}
