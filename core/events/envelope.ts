import { createHash, hash } from 'node:crypto';
import type { EventInput } from './input.ts';

export interface EnvelopeFields {
  id: string;
  timestamp: string;
  input: EventInput;
  /** The text of `data`, exactly as the producer wrote it. */
  dataText: string;
}

/**
 * The webhook's body: built once, signed and sent as these bytes on every attempt, and never serialised again.
 * Fields that the producer omitted stay omitted.
 */
export function buildEnvelope({ id, timestamp, input, dataText }: EnvelopeFields): string {
  const before = {
    id,
    type: input.type,
    timestamp,
    ...(input.version !== undefined && { version: input.version }),
  };
  const after = {
    ...(input.metadata !== undefined && { metadata: input.metadata }),
    ...(input.resource_url !== undefined && { resource_url: input.resource_url }),
  };
  const tail = JSON.stringify(after).slice(1);
  return `${JSON.stringify(before).slice(0, -1)},"data":${dataText}${tail === '}' ? tail : `,${tail}`}`;
}

/**
 * Distinguishes a repeat from a conflict under one idempotency key: SHA-256 over what the producer sent (the raw text
 * of `data` and the given fields), not over defaults such as the time of acceptance.
 */
export function requestHash(tenant: string, input: EventInput, dataText: string): string {
  const { type, version, metadata, resource_url, timestamp } = input;
  const given = JSON.stringify([tenant, type, version, metadata, resource_url, timestamp]);
  return createHash('sha256').update(given).update('\n').update(dataText).digest('base64url');
}

/**
 * A payload's key ends in the SHA-256 of its bytes, so that a conflicting repeat can never overwrite it. It begins with two
 * digits of that: S3 takes 3,500 writes a second per prefix, and ids that rise with time would all share one.
 */
export function payloadKey(tenant: string, eventId: string, body: string): string {
  return payloadKeyOf(tenant, eventId, hash('sha256', body, 'hex'));
}

/** The same, of a body with this SHA-256 in hexadecimal digits. */
export function payloadKeyOf(tenant: string, eventId: string, digest: string): string {
  return `${digest.slice(0, 2)}/${tenant}/${eventId}/${digest}`;
}
