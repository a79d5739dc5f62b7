import { newTraceId } from '../../core/ids.ts';
import type { Random } from '../../core/random.ts';

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;

/** The W3C trace id of a request, or a new one: it is sent with every webhook of the event. */
export function traceIdOf(traceparent: string | undefined, random: Random): string {
  const given = TRACEPARENT.exec(traceparent ?? '')?.[1];
  const isValid = given !== undefined && !/^0+$/.test(given);
  return isValid ? given : newTraceId(random);
}
