import * as z from 'zod';

const RESERVED = 'postrider';
/** The prefix of operational events; no producer may use it. */
export const OPERATIONAL_PREFIX = `${RESERVED}.`;

/** Why producers may not use such a type, as an error message. */
export const RESERVED_TYPES = `Types that begin with "${OPERATIONAL_PREFIX}" are reserved: use another first word.`;

const EVENT_TYPE = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){0,7}$/;

/** The name of an event type. */
export const eventTypeName = z
  .string()
  .max(128, 'Use at most 128 characters.')
  .regex(EVENT_TYPE, 'Use 1 to 8 words of letters, digits, "_" or "-", joined by full stops, such as order.created.');

/** Whether this is the type of an operational event: one that Postrider itself publishes. */
export function isOperational(eventType: string): boolean {
  return eventType.startsWith(OPERATIONAL_PREFIX);
}

/** Whether producers may not use this type: operational ones, and the reserved word itself. */
export function isReservedType(eventType: string): boolean {
  return eventType === RESERVED || isOperational(eventType);
}
