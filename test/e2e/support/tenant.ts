import { randomUUID } from 'node:crypto';
import { type Accepted, type Api, createApi, type Endpoint, type EndpointInput } from './api.ts';
import { type Hook, type Plan, startReceivers } from './receivers.ts';
import type { Target } from './target.ts';

/** An endpoint and its hook. */
export interface Subscriber {
  readonly endpoint: Endpoint;
  readonly secret: string;
  readonly hook: Hook;
}

/** A separate tenant for a scenario, so that scenarios can share a target. */
export interface Tenant extends AsyncDisposable {
  readonly name: string;
  readonly api: Api;
  /** Creates an endpoint with a new hook, which verifies with the endpoint's secret. */
  subscribe(settings: Omit<EndpointInput, 'tenant' | 'url'>, plan?: Plan): Promise<Subscriber>;
  /** The text of an event; `data` is JSON text and is included unchanged. */
  event(type: string, data: string, fields?: Record<string, unknown>): string;
  publish(type: string, data: string, fields?: Record<string, unknown>): Promise<Accepted>;
}

/** Opens a tenant. Leaving the scope deletes its endpoints and ends its receivers. */
export async function openTenant(target: Target, purpose: string): Promise<Tenant> {
  const name = `${purpose}-${randomUUID().slice(0, 8)}`;
  const api = createApi(target);
  const receivers = await startReceivers(target.receiverHost);
  const endpointIds: string[] = [];
  const event = (type: string, data: string, fields: Record<string, unknown> = {}) =>
    `${JSON.stringify({ type, tenant: name, ...fields }).slice(0, -1)},"data":${data}}`;
  return {
    name,
    api,
    async subscribe(settings, plan) {
      const hook = receivers.hook(plan);
      const { secret, ...endpoint } = await api.createEndpoint({ tenant: name, url: hook.url, ...settings });
      endpointIds.push(endpoint.id);
      hook.useSecrets(secret);
      return { endpoint, secret, hook };
    },
    event,
    publish: (type, data, fields) => api.publish(event(type, data, fields)),
    async [Symbol.asyncDispose]() {
      // Best effort: the target may be gone, and an error here must not hide why a scenario failed.
      await Promise.allSettled(endpointIds.map((id) => api.deleteEndpoint(id)));
      await receivers[Symbol.asyncDispose]();
    },
  };
}
