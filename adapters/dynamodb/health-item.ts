import type { EndpointHealth } from '../../core/endpoints/health.ts';
import { type Item, number, text } from './client.ts';
import { healthKey, keyAttributes } from './keys.ts';

/** The `kind_pk` of health items that carry the holding mark: only they are in the index. */
export const HOLDING_KIND = 'HOLDING';

/** An endpoint's health as an item of the registry, beside the endpoint. */
export function healthItem({ endpointId, revision, ...health }: EndpointHealth): Item {
  return {
    ...keyAttributes(healthKey(endpointId)),
    ...(health.holding && { kind_pk: { S: HOLDING_KIND }, list_sk: { S: endpointId } }),
    rev: { N: String(revision) },
    doc: { S: JSON.stringify(health) },
  };
}

/** Reads a health item that this product wrote. */
export function readHealthItem(item: Item): EndpointHealth {
  const health: Omit<EndpointHealth, 'endpointId' | 'revision'> = JSON.parse(text(item, 'doc'));
  return { ...health, endpointId: text(item, 'pk').slice('ENDPOINT#'.length), revision: number(item, 'rev') ?? 0 };
}
