import { createHmac } from 'node:crypto';
import { filled, joinedBy, neededHeaders, type SignatureScheme, withSignatures } from './scheme.ts';
import { standardKey } from './secret.ts';

export interface Signable {
  /** The event id: the same on every attempt. */
  id: string;
  /** Seconds since the epoch, of this attempt. */
  timestamp: number;
  /** The event type. */
  type: string;
  /** The body, exactly as it is sent. */
  body: string;
}

/** The secrets that sign: during a rotation overlap, older ones follow the newest. */
export type LivingSecrets = readonly [newest: string, ...older: string[]];

/**
 * The value of `webhook-signature` (Standard Webhooks 1.0.0): `v1,<base64 HMAC-SHA256 of id.timestamp.body>` for each
 * secret, the newest first, joined by spaces.
 */
export function standardSignature(
  { id, timestamp, body }: Pick<Signable, 'id' | 'timestamp' | 'body'>,
  secrets: LivingSecrets,
): string {
  return secrets
    .map((secret) => createHmac('sha256', standardKey(secret)).update(`${id}.${timestamp}.`).update(body))
    .map((mac) => `v1,${mac.digest('base64')}`)
    .join(' ');
}

/** The headers of a scheme: those that a check of the signature needs, and those that only tell something. */
export interface SchemeHeaders {
  needed: Record<string, string>;
  telling: Record<string, string>;
}

/**
 * The headers that a scheme adds. One that holds a single signature is by the oldest secret: its receiver knows that one until
 * its overlap ends.
 */
export function schemeHeaders(scheme: SignatureScheme, signable: Signable, secrets: LivingSecrets): SchemeHeaders {
  const { header, algorithm, encoding, key, also } = scheme;
  const { body, id, type, timestamp } = signable;
  const time = `${new Date(timestamp * 1000).toISOString().slice(0, 19)}Z`;
  const values = { id, type, timestamp: String(timestamp), time };
  const [before = '', after = ''] = scheme.content.split('{body}').map((part) => filled(part, values));
  const signatures = (joinedBy(scheme) === undefined ? secrets.slice(-1) : secrets).map((secret) =>
    createHmac(algorithm, key === 'decoded' ? standardKey(secret) : secret)
      .update(before)
      .update(body)
      .update(after)
      .digest(encoding),
  );
  const needed: Record<string, string> = {
    [header]: withSignatures({ ...scheme, format: filled(scheme.format, values) }, signatures),
  };
  const telling: Record<string, string> = {};
  const names = neededHeaders(scheme);
  for (const [name, template] of Object.entries(also)) {
    (names.includes(name) ? needed : telling)[name] = filled(template, values);
  }
  return { needed, telling };
}

/** The headers that each living secret signs, of an endpoint with this scheme. */
export function overlappingHeaders(scheme: SignatureScheme | undefined, hasStandard: boolean): string[] {
  const standard = hasStandard ? ['webhook-signature'] : [];
  return scheme === undefined || joinedBy(scheme) === undefined ? standard : [...standard, scheme.header];
}
