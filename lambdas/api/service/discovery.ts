import type * as z from 'zod';
import { TtlCache } from '../../../core/cache.ts';
import { CACHE_MS } from '../../../core/event-types/event-type-cache.ts';
import { SIGNATURE_SCHEME } from '../../../core/signing/described.ts';
import { eventTypesPage } from '../event-types/routes.ts';
import type { ApiPorts } from '../ports.ts';
import { type discoveryAnswer, eventTypeInDiscovery } from './schemas.ts';

const PAGE = 50;
/** A page holds up to 1 MB. */
const CACHED_PAGES_MAX = 10;

/**
 * The route is public: a page is read once per cache period, however often it is requested.
 * @returns a function from a cursor to its page of event types, as JSON text.
 */
export function createDiscovery(ports: Pick<ApiPorts, 'eventTypes' | 'clock'>): (cursor?: string) => Promise<string> {
  const pages = new TtlCache<string>({ lifeMs: CACHE_MS, entriesMax: CACHED_PAGES_MAX });

  return async (cursor) => {
    const now = ports.clock();
    const cached = pages.get(cursor ?? '', now);
    if (cached !== undefined) return cached;
    const { items, next } = await eventTypesPage(ports, { limit: PAGE, cursor });
    const answer: z.input<typeof discoveryAnswer> = {
      name: 'Postrider',
      event_types: items.map(eventTypeInDiscovery),
      next,
      signature: SIGNATURE_SCHEME,
      registration_url: '/v1/endpoints',
      documentation: '/openapi.json',
    };
    const text = JSON.stringify(answer);
    pages.set(cursor ?? '', text, now);
    return text;
  };
}
