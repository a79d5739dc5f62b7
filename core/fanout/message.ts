import * as z from 'zod';
import { acceptedEvents } from '../events/accepted.ts';
import { type EventRecord, NOTED_ENDPOINTS_MAX, openPage } from '../events/event.ts';

/** Where a page of a large tenant's fan-out begins. */
export const pageCursor = z.object({
  page: z.number().int().min(0),
  /** Index into the patterns that match the event's type. */
  pattern: z.number().int().min(0),
  /** The index entry after which to continue; null begins the pattern. */
  after: z.string().nullable(),
  /** Maximum number of endpoint ids that earlier pages noted on the event. */
  noted: z.number().int().min(0),
  /** Whether the event is wide. */
  wide: z.boolean().optional(),
});
export type PageCursor = z.output<typeof pageCursor>;

/** The body of a message of the fan-out queues: the bus's detail, or a page of one of its events. */
export const fanoutMessage = acceptedEvents.extend({
  cursor: pageCursor.optional(),
  /** How often it was returned from a dead-letter queue; absent if never. */
  rounds: z.number().int().min(1).optional(),
});
export type FanoutMessage = z.output<typeof fanoutMessage>;

/** The fan-out queues. Each has invocations of its own, so that pages of large tenants occupy none of those for all events. */
export type FanoutLane = 'fanout' | 'bulk';

/** The queue for a message: pages of large tenants go to the bulk one. */
export const fanoutLaneOf = ({ cursor }: FanoutMessage): FanoutLane => (cursor === undefined ? 'fanout' : 'bulk');

/** The position where a page begins, as it is noted. */
export const beginOf = ({ pattern, after }: Pick<PageCursor, 'pattern' | 'after'>) => `${pattern}#${after ?? ''}`;

/**
 * The cursor of the first page that is not done; undefined if that is the first page of all. Where an earlier version did not
 * note its beginning, it begins with the whole index: it then sends some deliveries again, as repeats, and leaves none out.
 */
export function cursorOfOpenPage(event: EventRecord): PageCursor | undefined {
  const open = openPage(event);
  if (open === null || open.page === 0) return undefined;
  const { page, from = beginOf({ pattern: 0, after: null }), matchedBefore } = open;
  const [pattern = ''] = from.split('#', 1);
  return {
    page,
    pattern: Number(pattern),
    after: from.slice(pattern.length + 1) || null,
    noted: Math.min(NOTED_ENDPOINTS_MAX, matchedBefore),
    ...(event.wide && { wide: true }),
  };
}
