import * as z from 'zod';
import type { Page } from '../listing/page.ts';

/** Why a dead letter was set aside: its text is not JSON, is no fan-out message, or failed in every round. */
export const UNREADABLE_REASONS = ['not_json', 'not_a_message', 'failed_every_round'] as const;
export type UnreadableReason = (typeof UNREADABLE_REASONS)[number];

/** A dead letter that was set aside, as stored. */
export const storedUnreadableLetter = z.object({
  /** The queue that it was in. */
  queue: z.string(),
  reason: z.enum(UNREADABLE_REASONS),
  /** In ms since the epoch. */
  setAsideAt: z.number(),
  body: z.string(),
});
export type UnreadableLetter = z.output<typeof storedUnreadableLetter>;

/** Dead letters from before the fan-out that nothing can process, outside of their queue. */
export interface UnreadableLetters {
  /** Stores a letter durably; the same text on the same day once. @returns its key. */
  put(letter: UnreadableLetter): Promise<string>;
  /** The ids of all letters by queue, the oldest day first, after an id. */
  list(after: string | null, limit: number): Promise<Page<string>>;
  find(id: string): Promise<UnreadableLetter | undefined>;
}

/** Matches the id of every letter; the groups are its queue, and the day on which it was set aside. */
export const LETTER_ID = /^ltr_([a-z-]+)_(\d{4}-\d\d-\d\d)_[0-9a-f]{64}$/;
