import { type components, createClient, everyItem, jsonText, ok } from '@postrider/client';
import type { Target } from './target.ts';

type Schemas = components['schemas'];

export type Delivery = Schemas['DeliverySummary'];
export type DeliveryWithAttempts = Schemas['Delivery'];
export type Event = Schemas['Event'];
export type Endpoint = Schemas['Endpoint'];
export type EndpointInput = Schemas['EndpointInput'];
export type Accepted = Schemas['PublishedEvent'];

/** A raw response. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface RequestOptions {
  /** Text is sent as it is, objects as JSON. */
  readonly body?: string | object;
  readonly headers?: Readonly<Record<string, string>>;
  /** A key other than the admin's; null for none. */
  readonly key?: string | null;
}

/** A status that lists can be filtered by; pending deliveries are in no list. */
export type RecordedStatus = Exclude<Delivery['status'], 'pending'>;

interface DeliveryQuery {
  tenant?: string;
  endpoint_id?: string;
  event_id?: string;
  status?: RecordedStatus;
}

/** The API for scenarios. Each call except `request` throws if it is refused, with the error's detail. */
export type Api = ReturnType<typeof createApi>;

export function createApi({ apiUrl, adminKey }: Pick<Target, 'apiUrl' | 'adminKey'>) {
  const client = createClient({ url: apiUrl, key: adminKey });
  const of = (id: string) => ({ params: { path: { id } } });
  const listOf = <Query extends object>(query: Query) => ({ params: { query: { limit: 100, ...query } } });

  async function post(text: string, headers: Readonly<Record<string, string>> = {}) {
    return ok(client.POST('/v1/events', { ...jsonText(text), headers }));
  }

  return {
    /** Any request, including ones that the typed client would not send. */
    async request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
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
    },
    /** Publishes one event, given as text. */
    async publish(body: string, headers?: Readonly<Record<string, string>>): Promise<Accepted> {
      const accepted = await post(body, headers);
      if ('id' in accepted) return accepted;
      throw new Error('One event was published, and a list came back.');
    },
    /** Publishes a list of events, each given as text. */
    async publishList(bodies: readonly string[]): Promise<Accepted[]> {
      const accepted = await post(`[${bodies.join(',')}]`);
      if ('events' in accepted) return accepted.events;
      throw new Error('A list was published, and one event came back.');
    },
    event: (id: string) => ok(client.GET('/v1/events/{id}', of(id))),
    eventIds: async (tenant: string) => {
      const events = await all((from) => client.GET('/v1/events', listOf({ tenant, ...from })));
      return events.map(({ id }) => id);
    },
    createEndpoint: (body: EndpointInput) => ok(client.POST('/v1/endpoints', { body })),
    requestOf: (id: string) => ok(client.GET('/v1/deliveries/{id}/request', of(id))),
    endpoint: (id: string) => ok(client.GET('/v1/endpoints/{id}', of(id))),
    endpoints: (tenant: string) => all((from) => client.GET('/v1/endpoints', listOf({ tenant, ...from }))),
    patchEndpoint: (id: string, body: Schemas['EndpointPatch']) =>
      ok(client.PATCH('/v1/endpoints/{id}', { ...of(id), body })),
    deleteEndpoint: (id: string) => ok(client.DELETE('/v1/endpoints/{id}', of(id))),
    testEndpoint: (id: string) => ok(client.POST('/v1/endpoints/{id}/test', of(id))),
    tenantStats: (tenant: string) => ok(client.GET('/v1/stats', { params: { query: { tenant } } })),
    stats: (id: string) => ok(client.GET('/v1/endpoints/{id}/stats', of(id))),
    rotateSecret: (id: string, body: Schemas['SecretRotation']) =>
      ok(client.POST('/v1/endpoints/{id}/secret/rotate', { ...of(id), body })),
    deliveries: (query: DeliveryQuery) => all((from) => client.GET('/v1/deliveries', listOf({ ...query, ...from }))),
    delivery: (id: string) => ok(client.GET('/v1/deliveries/{id}', of(id))),
    replay: (id: string) => ok(client.POST('/v1/deliveries/{id}/replay', of(id))),
    recover: (id: string, body: Schemas['JobRange']) =>
      startedJob(client.POST('/v1/endpoints/{id}/recover', { ...of(id), body })),
    replayMissing: (id: string, body: Schemas['JobRange']) =>
      startedJob(client.POST('/v1/endpoints/{id}/replay-missing', { ...of(id), body })),
    redrive: (body: Schemas['RedriveInput']) => startedJob(client.POST('/v1/redrives', { body })),
    job: (id: string) => ok(client.GET('/v1/jobs/{id}', of(id))),
    createKey: (body: Schemas['KeyInput']) => ok(client.POST('/v1/keys', { body })),
    revokeKey: (id: string) => ok(client.DELETE('/v1/keys/{id}', of(id))),
    audit: (query: { tenant?: string; object?: string }) =>
      all((from) => client.GET('/v1/audit', listOf({ ...query, ...from }))),
  };
}

async function all<Item>(page: Parameters<typeof everyItem<Item>>[0]): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of everyItem(page)) items.push(item);
  return items;
}

/** The job that a request without `dry_run` started. */
async function startedJob(
  call: Promise<{ data?: Schemas['Job'] | Schemas['DryRun']; error?: unknown; response: Response }>,
): Promise<Schemas['Job']> {
  const answer = await ok(call as Promise<{ data: Schemas['Job'] | Schemas['DryRun']; response: Response }>);
  if ('dry_run' in answer) throw new Error('The request only counted.');
  return answer;
}
