import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { Item } from './client.ts';
import { text } from './client.ts';
import { endpointKey, keyAttributes, tenantEndpoints } from './keys.ts';

/** An endpoint as an item of the registry; its indexes list by tenant and across all. */
export function endpointItem(endpoint: Endpoint): Item {
  return {
    ...keyAttributes(endpointKey(endpoint.id)),
    tenant_pk: { S: tenantEndpoints(endpoint.tenant) },
    kind_pk: { S: 'ENDPOINT' },
    list_sk: { S: endpoint.id },
    version: { N: String(endpoint.version) },
    doc: { S: JSON.stringify(endpoint) },
  };
}

/** Reads an endpoint item that this product wrote. */
export function readEndpointItem(item: Item): Endpoint {
  const endpoint: Endpoint = JSON.parse(text(item, 'doc'));
  return endpoint;
}
