import type * as z from 'zod';
import { CACHE_MS } from '../../../core/event-types/event-type-cache.ts';
import { SIGNATURE_SCHEME } from '../../../core/signing/profile.ts';
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
  const pages = new Map<string, { text: string; until: number }>();

  return async (cursor) => {
    const now = ports.clock();
    const cached = pages.get(cursor ?? '');
    if (cached !== undefined && cached.until > now) return cached.text;
    const { items, next } = await eventTypesPage(ports, { limit: PAGE, cursor });
    const answer: z.input<typeof discoveryAnswer> = {
      name: 'Postrider',
      event_types: items.map(eventTypeInDiscovery),
      next,
      signature: { ...SIGNATURE_SCHEME, profiles: [...SIGNATURE_SCHEME.profiles] },
      registration_url: '/v1/endpoints',
      documentation: '/openapi.json',
    };
    const text = JSON.stringify(answer);
    if (pages.size >= CACHED_PAGES_MAX) pages.clear();
    pages.set(cursor ?? '', { text, until: now + CACHE_MS });
    return text;
  };
}
