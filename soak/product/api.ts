import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';

const delivery = z.object({
  event_id: z.string(),
  endpoint_id: z.string(),
  status: z.string(),
  waiting_for: z.string().nullable(),
  cycle: z.number(),
  attempt_count: z.number(),
  last_error: z.string().nullable(),
  discard_reason: z.string().nullable(),
  in_dlq: z.boolean(),
});
/** A delivery as the API shows it. */
export type ApiDelivery = z.output<typeof delivery>;

const event = z.object({
  id: z.string(),
  /** Null until the fan-out is done. */
  matched_endpoints: z.number().nullable(),
  deliveries: z.array(delivery),
});
/** An event as the API shows it. */
export type ApiEvent = z.output<typeof event>;

const page = z.object({ data: z.array(delivery), next: z.string().nullable() });
const endpoint = z.object({ id: z.string(), secret: z.string() });

const TRY_AGAIN_MS = 200;
const ANSWER_WITHIN_MS = 20_000;

export interface SoakApiOptions {
  readonly apiUrl: string;
  readonly adminKey: string;
  readonly signal: AbortSignal;
  /** Waits until the product takes requests. */
  readonly untilUp: () => Promise<void>;
}

interface Answered {
  readonly status: number;
  readonly text: string;
}

/** The management API, asked as a patient operator asks: a request that got no answer is made again. */
export class SoakApi {
  readonly #options: SoakApiOptions;

  constructor(options: SoakApiOptions) {
    this.#options = options;
  }

  async createEndpoint(settings: object): Promise<{ id: string; secret: string }> {
    return endpoint.parse(await this.#call('POST', '/v1/endpoints', settings));
  }

  async setState(endpointId: string, state: 'active' | 'paused' | 'disabled'): Promise<void> {
    await this.#call('PATCH', `/v1/endpoints/${endpointId}`, { state });
  }

  async setUrl(endpointId: string, url: string): Promise<void> {
    await this.#call('PATCH', `/v1/endpoints/${endpointId}`, { url });
  }

  /** Deletes an endpoint; one that is gone already, by a request whose answer was lost, is well. */
  async deleteEndpoint(endpointId: string): Promise<void> {
    await this.#request('DELETE', `/v1/endpoints/${endpointId}`, undefined, [404]);
  }

  /** An event with up to 100 deliveries, those included that no attempt has recorded; undefined when there is none. */
  async event(id: string): Promise<ApiEvent | undefined> {
    const { status, text } = await this.#request('GET', `/v1/events/${id}`, undefined, [404]);
    return status === 404 ? undefined : event.parse(JSON.parse(text));
  }

  /** All recorded deliveries of an endpoint. */
  async deliveries(query: { tenant: string; endpoint_id: string; status?: string }): Promise<ApiDelivery[]> {
    const all: ApiDelivery[] = [];
    let cursor: string | null = null;
    do {
      const parameters = new URLSearchParams({ limit: '100', ...query, ...(cursor !== null && { cursor }) });
      const found: z.output<typeof page> = page.parse(await this.#call('GET', `/v1/deliveries?${parameters}`));
      all.push(...found.data);
      cursor = found.next;
    } while (cursor !== null);
    return all;
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    return JSON.parse((await this.#request(method, path, body)).text);
  }

  async #request(method: string, path: string, body?: object, fine: readonly number[] = []): Promise<Answered> {
    for (;;) {
      await this.#options.untilUp();
      const answered = await this.#once(method, path, body);
      if (answered !== undefined && (answered.status < 300 || fine.includes(answered.status))) return answered;
      if (answered !== undefined && answered.status < 500 && answered.status !== 429) {
        throw new Error(`${method} ${path} was answered ${answered.status}: ${answered.text}`);
      }
      await sleep(TRY_AGAIN_MS, undefined, { signal: this.#options.signal });
    }
  }

  /** @returns undefined when no answer came: the product may have been killed. */
  async #once(method: string, path: string, body?: object): Promise<Answered | undefined> {
    const { apiUrl, adminKey, signal } = this.#options;
    try {
      const response = await fetch(`${apiUrl}${path}`, {
        method,
        headers: { authorization: `Bearer ${adminKey}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
      });
      return { status: response.status, text: await response.text() };
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }
}
