import { createHmac } from 'node:crypto';
import type { SignatureProfile } from './profile.ts';
import { standardKey } from './secret.ts';

export interface Signable {
  /** The event id: the same on every attempt. */
  id: string;
  /** Seconds since the epoch, of this attempt. */
  timestamp: number;
  /** The body, exactly as it is sent. */
  body: string;
}

/** The secrets that sign: during a rotation overlap, older ones follow the newest. */
export type LivingSecrets = readonly [newest: string, ...older: string[]];

/**
 * The value of `webhook-signature` (Standard Webhooks 1.0.0): `v1,<base64 HMAC-SHA256 of id.timestamp.body>` for each
 * secret, the newest first, joined by spaces.
 */
export function standardSignature({ id, timestamp, body }: Signable, secrets: LivingSecrets): string {
  return secrets
    .map((secret) => createHmac('sha256', standardKey(secret)).update(`${id}.${timestamp}.`).update(body))
    .map((mac) => `v1,${mac.digest('base64')}`)
    .join(' ');
}

/**
 * The headers that an endpoint's profile adds. Their key is the UTF-8 text of the whole secret, prefix included, as in
 * the libraries of the services that use this convention. If the header holds one signature, it is by the newest
 * secret.
 */
export function profileHeaders(
  profile: SignatureProfile,
  { timestamp, body }: Signable,
  secrets: LivingSecrets,
): Record<string, string> {
  const hex = (secret: string, ...parts: string[]) => {
    const mac = createHmac('sha256', secret);
    for (const part of parts) mac.update(part);
    return mac.digest('hex');
  };
  switch (profile.kind) {
    case 'standard':
      return {};
    case 'simple':
      return { 'x-webhook-signature': `sha256=${hex(secrets[0], body)}` };
    case 'github':
      return { 'x-hub-signature-256': `sha256=${hex(secrets[0], body)}` };
    case 'stripe': {
      const signatures = secrets.map((secret) => `v1=${hex(secret, `${timestamp}.`, body)}`);
      return { [profile.header]: [`t=${timestamp}`, ...signatures].join(',') };
    }
  }
}

/** The headers that older secrets also sign, until their overlap ends: those that can hold several signatures. */
export function overlappingHeaders(profile: SignatureProfile): string[] {
  return profile.kind === 'stripe' ? ['webhook-signature', profile.header] : ['webhook-signature'];
}
