import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type Client, type components, createClient, everyItem, ok } from '@postrider/client';

type Schemas = components['schemas'];

/** A delivery as the API shows it. */
export type ApiDelivery = Pick<
  Schemas['DeliverySummary'],
  | 'event_id'
  | 'endpoint_id'
  | 'status'
  | 'waiting_for'
  | 'cycle'
  | 'attempt_count'
  | 'last_error'
  | 'discard_reason'
  | 'in_dlq'
>;

/** An event as the API shows it; `matched_endpoints` is null until the fan-out is done. */
export type ApiEvent = Pick<Schemas['Event'], 'id' | 'matched_endpoints'> & {
  readonly deliveries: readonly ApiDelivery[];
};

const TRY_AGAIN_MS = 200;
const ANSWER_WITHIN_MS = 20_000;

export interface SoakApiOptions {
  readonly apiUrl: string;
  readonly adminKey: string;
  readonly signal: AbortSignal;
  /** Waits until the product accepts requests. */
  readonly untilUp: () => Promise<void>;
}

/** The management API. A request that got no answer is repeated. */
export class SoakApi {
  readonly #client: Client;

  constructor(options: SoakApiOptions) {
    this.#client = createClient({ url: options.apiUrl, key: options.adminKey, fetch: patiently(options) });
  }

  async createEndpoint(settings: Schemas['EndpointInput']): Promise<{ id: string; secret: string }> {
    return ok(this.#client.POST('/v1/endpoints', { body: settings }));
  }

  async setState(endpointId: string, state: 'active' | 'paused' | 'disabled'): Promise<void> {
    await this.#patch(endpointId, { state });
  }

  async setUrl(endpointId: string, url: string): Promise<void> {
    await this.#patch(endpointId, { url });
  }

  /** Deletes an endpoint. It may already be gone, by a request whose answer was lost. */
  async deleteEndpoint(id: string): Promise<void> {
    await orGone(ok(this.#client.DELETE('/v1/endpoints/{id}', { params: { path: { id } } })));
  }

  /** An event with up to 100 deliveries, including those without a recorded attempt; undefined if there is none. */
  async event(id: string): Promise<ApiEvent | undefined> {
    return orGone(ok(this.#client.GET('/v1/events/{id}', { params: { path: { id } } })));
  }

  /** All recorded deliveries of an endpoint. */
  async deliveries(wanted: { tenant: string; endpoint_id: string; status?: RecordedStatus }): Promise<ApiDelivery[]> {
    const all: ApiDelivery[] = [];
    for await (const delivery of everyItem((from) =>
      this.#client.GET('/v1/deliveries', { params: { query: { limit: 100, ...wanted, ...from } } }),
    )) {
      all.push(delivery);
    }
    return all;
  }

  async #patch(id: string, body: Schemas['EndpointPatch']): Promise<void> {
    await ok(this.#client.PATCH('/v1/endpoints/{id}', { params: { path: { id } }, body }));
  }
}

type RecordedStatus = Exclude<ApiDelivery['status'], 'pending'>;

/** The result, or undefined after a 404. */
async function orGone<Data>(call: Promise<Data>): Promise<Data | undefined> {
  try {
    return await call;
  } catch (fault) {
    if (fault instanceof ApiError && fault.status === 404) return undefined;
    throw fault;
  }
}

/** Repeats a request until it gets an answer other than 429 or 5xx. */
function patiently({ signal, untilUp }: SoakApiOptions) {
  return async (request: Request): Promise<Response> => {
    for (;;) {
      await untilUp();
      const response = await once(request.clone(), signal);
      if (response !== undefined && response.status < 500 && response.status !== 429) return response;
      await sleep(TRY_AGAIN_MS, undefined, { signal });
    }
  };
}

/** @returns undefined if no complete answer came: the product may have been killed. */
async function once(request: Request, signal: AbortSignal): Promise<Response | undefined> {
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
    const response = await fetch(request, { signal: within });
    const { status, headers } = response;
    return new Response(status === 204 ? null : await response.arrayBuffer(), { status, headers });
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
