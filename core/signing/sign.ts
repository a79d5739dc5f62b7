import { createHmac } from 'node:crypto';
import type { SignatureProfile } from './profile.ts';

export interface Signable {
  /** The event id: the same on every attempt. */
  id: string;
  /** Seconds since the epoch, of this attempt. */
  timestamp: number;
  /** The body, exactly as it is sent. */
  body: string;
}

/**
 * The value of `webhook-signature` (Standard Webhooks 1.0.0): `v1,<base64 HMAC-SHA256 of id.timestamp.body>` for each
 * key, the newest first, joined by spaces. While a rotation overlaps, old and new both sign.
 */
export function standardSignature({ id, timestamp, body }: Signable, keys: readonly Buffer[]): string {
  return keys
    .map((key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`)
    .join(' ');
}

/** The headers that an endpoint's profile adds, signed with its newest key. */
export function profileHeaders(
  profile: SignatureProfile,
  { timestamp, body }: Signable,
  key: Buffer,
): Record<string, string> {
  const hex = (...parts: string[]) => {
    const mac = createHmac('sha256', key);
    for (const part of parts) mac.update(part);
    return mac.digest('hex');
  };
  switch (profile.kind) {
    case 'standard':
      return {};
    case 'simple':
      return { 'x-webhook-signature': `sha256=${hex(body)}` };
    case 'github':
      return { 'x-hub-signature-256': `sha256=${hex(body)}` };
    case 'stripe':
      return { [profile.header]: `t=${timestamp},v1=${hex(`${timestamp}.`, body)}` };
  }
}
