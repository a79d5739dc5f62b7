import { ok } from '@postrider/client';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from './api.ts';
import { elementTexts, memberText } from './raw-json.ts';
import type { EventType } from './types.ts';

// Every read of the page, with the key that it is kept by: the first word of a key is what a change makes stale.

/** What a list of deliveries can be filtered by: a pending one has no record yet. */
export type DeliveryStatus = 'retrying' | 'waiting' | 'delivered' | 'dead' | 'discarded';
export type EndpointState = 'active' | 'paused' | 'disabled';

type Unset<Filters> = { readonly [Name in keyof Filters]?: Filters[Name] | undefined };

export type DeliveryFilters = Unset<{ status: DeliveryStatus; endpoint_id: string; type: string; from: string }>;
export type EndpointFilters = Unset<{ state: EndpointState; url: string }>;
export type EventFilters = Unset<{ type: string; idempotency_key: string }>;

/** Rows of a page of a list. */
const ROWS = 50;
/** Fewer: each of them also asks for its statistics, once it is seen. */
const ENDPOINT_ROWS = 25;
/** Of a list within another page. */
const LAST_ROWS = 8;
/** Of what is only chosen from. */
const CHOICES = 100;

const MINUTE_MS = 60_000;

const pages = {
  initialPageParam: undefined as string | undefined,
  getNextPageParam: ({ next }: { next: string | null }) => next ?? undefined,
};

/** Only what is set: a filter that is not must not be in the query. */
function set<Filters extends object>(filters: Filters): { [Name in keyof Filters]: Exclude<Filters[Name], undefined> } {
  return Object.fromEntries(
    Object.entries(filters).filter(([, value]) => value !== undefined && value !== ''),
  ) as never;
}

export const deliveriesQuery = (filters: DeliveryFilters) =>
  infiniteQueryOptions({
    queryKey: ['deliveries', filters],
    queryFn: ({ pageParam: cursor, signal }) =>
      ok(api.GET('/v1/deliveries', { params: { query: set({ ...filters, cursor, limit: ROWS }) }, signal })),
    ...pages,
  });

/** The newest deliveries of one endpoint. */
export const lastDeliveriesQuery = (endpointId: string) =>
  queryOptions({
    queryKey: ['deliveries', 'last', endpointId],
    queryFn: ({ signal }) =>
      ok(api.GET('/v1/deliveries', { params: { query: { endpoint_id: endpointId, limit: LAST_ROWS } }, signal })),
  });

export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: ['delivery', id],
    queryFn: ({ signal }) => ok(api.GET('/v1/deliveries/{id}', { params: { path: { id } }, signal })),
  });

export const endpointsQuery = (filters: EndpointFilters) =>
  infiniteQueryOptions({
    queryKey: ['endpoints', filters],
    queryFn: ({ pageParam: cursor, signal }) =>
      ok(api.GET('/v1/endpoints', { params: { query: set({ ...filters, cursor, limit: ENDPOINT_ROWS }) }, signal })),
    ...pages,
  });

/** The newest endpoints, to choose from and to name deliveries by; `next` says whether these are all. */
export const endpointChoicesQuery = queryOptions({
  queryKey: ['endpoints', 'choices'],
  queryFn: ({ signal }) => ok(api.GET('/v1/endpoints', { params: { query: { limit: CHOICES } }, signal })),
  staleTime: MINUTE_MS,
});

export const endpointQuery = (id: string) =>
  queryOptions({
    queryKey: ['endpoint', id],
    queryFn: ({ signal }) => ok(api.GET('/v1/endpoints/{id}', { params: { path: { id } }, signal })),
  });

/** The statistics of an endpoint's last hours, ending with the present one. */
export const statsQuery = (id: string, hours: 24 | 168) =>
  queryOptions({
    queryKey: ['stats', id, hours],
    queryFn: ({ signal }) => {
      const from = new Date(Date.now() - (hours - 1) * 60 * MINUTE_MS).toISOString();
      return ok(api.GET('/v1/endpoints/{id}/stats', { params: { path: { id }, query: { from } }, signal }));
    },
    staleTime: MINUTE_MS,
  });

/** What was sent to all endpoints of the tenant in the last 24 hours. */
export const tenantStatsQuery = queryOptions({
  queryKey: ['stats', 'tenant'],
  queryFn: ({ signal }) => {
    const from = new Date(Date.now() - 23 * 60 * MINUTE_MS).toISOString();
    return ok(api.GET('/v1/stats', { params: { query: { from } }, signal }));
  },
  staleTime: MINUTE_MS,
});

export const eventsQuery = (filters: EventFilters) =>
  infiniteQueryOptions({
    queryKey: ['events', filters],
    queryFn: ({ pageParam: cursor, signal }) =>
      ok(api.GET('/v1/events', { params: { query: set({ ...filters, cursor, limit: ROWS }) }, signal })),
    ...pages,
  });

export const eventQuery = (id: string) =>
  queryOptions({
    queryKey: ['event', id],
    queryFn: ({ signal }) => ok(api.GET('/v1/events/{id}', { params: { path: { id } }, signal })),
  });

/** An event's payload as text, exactly as it was published; null if it is no longer kept. It never changes. */
export const payloadQuery = (eventId: string) =>
  queryOptions({
    queryKey: ['payload', eventId],
    queryFn: async ({ signal }) => {
      const params = { path: { id: eventId }, query: { include: 'data' as const } };
      const text = await ok(api.GET('/v1/events/{id}', { params, parseAs: 'text', signal }));
      return memberText(text, 'data') ?? null;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

export const eventTypesQuery = queryOptions({
  queryKey: ['event-types'],
  queryFn: ({ signal }) => ok(api.GET('/v1/event-types', { params: { query: { limit: CHOICES } }, signal })),
  staleTime: MINUTE_MS,
});

export const eventTypePagesQuery = infiniteQueryOptions({
  queryKey: ['event-types', 'pages'],
  queryFn: ({ pageParam: cursor, signal }) =>
    ok(api.GET('/v1/event-types', { params: { query: set({ cursor, limit: ROWS }) }, signal })),
  ...pages,
});

/** An event type whose examples and schemas are texts, as they were written. */
export const eventTypeTextsQuery = (name: string) =>
  queryOptions({
    queryKey: ['event-type', name],
    queryFn: async ({ signal }) => {
      const text = await ok(api.GET('/v1/event-types/{name}', { params: { path: { name } }, parseAs: 'text', signal }));
      const type: EventType = JSON.parse(text);
      const versions = elementTexts(memberText(text, 'versions') ?? '[]');
      return {
        description: type.description,
        group: type.group,
        isDeprecated: type.deprecated,
        versions: type.versions.map(({ version }, index) => ({
          version,
          example: memberText(versions[index] ?? '{}', 'example') ?? 'null',
          schema: memberText(versions[index] ?? '{}', 'schema') ?? 'null',
        })),
      };
    },
  });

export const jobsQuery = infiniteQueryOptions({
  queryKey: ['jobs'],
  queryFn: ({ pageParam: cursor, signal }) =>
    ok(api.GET('/v1/jobs', { params: { query: set({ cursor, limit: ROWS }) }, signal })),
  ...pages,
});

export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ['job', id],
    queryFn: ({ signal }) => ok(api.GET('/v1/jobs/{id}', { params: { path: { id } }, signal })),
  });

/** How the page looks. Whoever changes it sees it with the next page that is opened. */
export const portalSettingsQuery = queryOptions({
  queryKey: ['portal-settings'],
  queryFn: ({ signal }) => ok(api.GET('/v1/portal-settings', { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});
