import * as z from 'zod';
import { isReservedType } from './name.ts';

const PATTERN = /^(\*|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){0,7}(\.\*)?)$/;

/** A subscription's pattern: an exact event type, `*` alone, or `words.*` (one or more further words). */
export const pattern = z
  .string()
  .max(128, 'Use at most 128 characters.')
  .regex(PATTERN, 'Use an event type, "*" alone, or words that end in ".*", such as order.*.');

/**
 * The patterns that match an event type, most specific first: `a.b.c` is found under `a.b.c`, `a.b.*`, `a.*` and `*`.
 * Operational events (`postrider.*`) must be subscribed to by name: `*` does not match them.
 */
export function patternsMatching(eventType: string): string[] {
  const words = eventType.split('.');
  const prefixes = words.slice(1).map((_, index) => `${words.slice(0, words.length - 1 - index).join('.')}.*`);
  return isReservedType(eventType) ? [eventType, ...prefixes] : [eventType, ...prefixes, '*'];
}

/** Whether any of an endpoint's patterns matches an event type. */
export function matches(patterns: readonly string[], eventType: string): boolean {
  return patternsMatching(eventType).some((candidate) => patterns.includes(candidate));
}
