import * as z from 'zod';

const RESERVED = 'postrider';
/** The types of our own operational events begin so; no producer may use it. */
export const OPERATIONAL_PREFIX = `${RESERVED}.`;

const EVENT_TYPE = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){0,7}$/;

/** The name of an event type. */
export const eventTypeName = z
  .string()
  .max(128, 'Use at most 128 characters.')
  .regex(EVENT_TYPE, 'Use 1 to 8 words of letters, digits, "_" or "-", joined by full stops, such as order.created.');

/** Whether an event of this type is an operational one: made by Postrider itself. */
export function isOperational(eventType: string): boolean {
  return eventType.startsWith(OPERATIONAL_PREFIX);
}

/** Whether producers may not use this type: the operational ones, and their first word alone. */
export function isReservedType(eventType: string): boolean {
  return eventType === RESERVED || isOperational(eventType);
}
