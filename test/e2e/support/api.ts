import * as z from 'zod';
import type { Target } from './target.ts';

const time = z.iso.datetime();

export const delivery = z.object({
  id: z.string(),
  event_id: z.string(),
  event_type: z.string(),
  endpoint_id: z.string(),
  tenant: z.string(),
  status: z.enum(['pending', 'retrying', 'waiting', 'delivered', 'dead', 'discarded']),
  waiting_for: z.string().nullable(),
  cycle: z.number(),
  attempt_count: z.number(),
  next_attempt_at: time.nullable(),
  last_error: z.string().nullable(),
  discard_reason: z.string().nullable(),
  in_dlq: z.boolean(),
  delivered_at: time.nullable(),
});
export type Delivery = z.output<typeof delivery>;

const attempt = z.object({
  number: z.number(),
  cycle: z.number(),
  at: time,
  duration_ms: z.number(),
  status_code: z.number().nullable(),
  error_code: z.string().nullable(),
});
const deliveryWithAttempts = delivery.extend({ attempts: z.array(attempt) });
export type DeliveryWithAttempts = z.output<typeof deliveryWithAttempts>;

const event = z.object({
  id: z.string(),
  type: z.string(),
  tenant: z.string(),
  matched_endpoints: z.number().nullable(),
  size_bytes: z.number(),
  deliveries: z.array(delivery),
});
export type Event = z.output<typeof event>;

const endpoint = z.object({
  id: z.string(),
  tenant: z.string(),
  url: z.string(),
  state: z.enum(['active', 'paused', 'disabled']),
  disabled_reason: z.string().nullable(),
});
export type Endpoint = z.output<typeof endpoint>;

const milliseconds = z.number().nullable();
const bucket = z.object({
  hour: time.nullable(),
  attempts: z.number(),
  delivered: z.number(),
  failed: z.number(),
  success_rate: z.number().nullable(),
  latency_ms: z.object({ p50: milliseconds, p95: milliseconds, p99: milliseconds }),
});
const stats = z.object({ from: time, to: time, total: bucket, hours: z.array(bucket) });

const job = z.object({
  id: z.string(),
  kind: z.enum(['recover', 'replay_missing', 'redrive']),
  status: z.enum(['running', 'completed', 'cancelled', 'failed']),
  found: z.number(),
  sent: z.number(),
  skipped: z.number(),
  error: z.string().nullable(),
});

const auditEntry = z.object({
  id: z.string(),
  at: time,
  actor: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
  action: z.string(),
  object: z.string(),
  tenant: z.string().nullable(),
  before: z.record(z.string(), z.unknown()).nullable(),
  after: z.record(z.string(), z.unknown()).nullable(),
});

const accepted = z.object({ id: z.string(), duplicate: z.boolean() });
export type Accepted = z.output<typeof accepted>;

const page = <Item extends z.ZodType>(item: Item) => z.object({ data: z.array(item), next: z.string().nullable() });

/** An answer as it came. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface RequestOptions {
  /** Text goes out as it is, objects as JSON. */
  readonly body?: string | object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Another key than the admin's; null for none. */
  readonly key?: string | null;
}

/** A small client of the API. Each call but `request` throws, with the whole answer, when it is refused. */
export type Api = ReturnType<typeof createApi>;

export function createApi({ apiUrl, adminKey }: Pick<Target, 'apiUrl' | 'adminKey'>) {
  async function request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const { body, headers = {}, key = adminKey } = options;
    const response = await fetch(`${apiUrl}${path}`, {
      method,
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  async function call<Schema extends z.ZodType>(
    schema: Schema,
    method: string,
    path: string,
    options: RequestOptions = {},
  ): Promise<z.output<Schema>> {
    const answer = await request(method, path, options);
    if (answer.status >= 300) throw new Error(`${method} ${path} was answered ${answer.status}: ${answer.text}`);
    return schema.parse(answer.text === '' ? undefined : JSON.parse(answer.text));
  }

  async function all<Item extends z.ZodType>(item: Item, path: string, query: Readonly<Record<string, string>>) {
    const items: z.output<Item>[] = [];
    let cursor: string | null = null;
    do {
      const parameters = new URLSearchParams({ limit: '100', ...query, ...(cursor !== null && { cursor }) });
      const next: { data: z.output<Item>[]; next: string | null } = await call(
        page(item),
        'GET',
        `${path}?${parameters}`,
      );
      items.push(...next.data);
      cursor = next.next;
    } while (cursor !== null);
    return items;
  }

  return {
    request,
    /** Publishes one event, given as text. */
    publish: (body: string, headers: Readonly<Record<string, string>> = {}) =>
      call(accepted, 'POST', '/v1/events', { body, headers }),
    /** Publishes a list of events, each given as text. */
    publishList: async (bodies: readonly string[]) => {
      const schema = z.object({ events: z.array(accepted) });
      return (await call(schema, 'POST', '/v1/events', { body: `[${bodies.join(',')}]` })).events;
    },
    event: (id: string) => call(event, 'GET', `/v1/events/${id}`),
    eventIds: async (tenant: string) => {
      const events = await all(z.object({ id: z.string() }), '/v1/events', { tenant });
      return events.map(({ id }) => id);
    },
    createEndpoint: (settings: object) =>
      call(endpoint.extend({ secret: z.string() }), 'POST', '/v1/endpoints', { body: settings }),
    endpoint: (id: string) => call(endpoint, 'GET', `/v1/endpoints/${id}`),
    endpoints: (tenant: string) => all(endpoint, '/v1/endpoints', { tenant }),
    patchEndpoint: (id: string, body: object) => call(endpoint, 'PATCH', `/v1/endpoints/${id}`, { body }),
    deleteEndpoint: (id: string) => call(z.undefined(), 'DELETE', `/v1/endpoints/${id}`),
    testEndpoint: (id: string) => call(delivery, 'POST', `/v1/endpoints/${id}/test`),
    stats: (id: string) => call(stats, 'GET', `/v1/endpoints/${id}/stats`),
    rotateSecret: (id: string, body: object) =>
      call(z.object({ secret: z.string() }), 'POST', `/v1/endpoints/${id}/secret/rotate`, { body }),
    deliveries: (query: Readonly<Record<string, string>>) => all(delivery, '/v1/deliveries', query),
    delivery: (id: string) => call(deliveryWithAttempts, 'GET', `/v1/deliveries/${id}`),
    replay: (id: string) => call(delivery, 'POST', `/v1/deliveries/${id}/replay`),
    recover: (id: string, body: object) => call(job, 'POST', `/v1/endpoints/${id}/recover`, { body }),
    replayMissing: (id: string, body: object) => call(job, 'POST', `/v1/endpoints/${id}/replay-missing`, { body }),
    redrive: (body: object) => call(job, 'POST', '/v1/redrives', { body }),
    job: (id: string) => call(job, 'GET', `/v1/jobs/${id}`),
    createKey: (body: object) => call(z.object({ id: z.string(), key: z.string() }), 'POST', '/v1/keys', { body }),
    revokeKey: (id: string) => call(z.undefined(), 'DELETE', `/v1/keys/${id}`),
    audit: (query: Readonly<Record<string, string>>) => all(auditEntry, '/v1/audit', query),
  };
}
