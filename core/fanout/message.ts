import * as z from 'zod';
import { acceptedEvents } from '../events/accepted.ts';

/** Where the next page of a large fan-out begins. */
export const pageCursor = z.object({
  page: z.number().int().min(1),
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

/** The body of a message of the fan-out queue: the bus's detail, or a further page of one of its events. */
export const fanoutMessage = acceptedEvents.extend({ cursor: pageCursor.optional() });
export type FanoutMessage = z.output<typeof fanoutMessage>;
