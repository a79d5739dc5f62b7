import type { RetryPolicy } from '../retry/policy.ts';
import type { SealedSecret } from '../secrets/seal.ts';
import type { EndpointHealth } from './health.ts';

export type EndpointState = 'active' | 'paused' | 'disabled';
export const DISABLED_REASONS = ['gone', 'failing', 'filter', 'manual'] as const;
/** `filter`: it could not decide more than 1,000 events of an hour. */
export type DisabledReason = (typeof DISABLED_REASONS)[number];
/** Why we disable an endpoint ourselves. */
export type AutomaticReason = Exclude<DisabledReason, 'manual'>;

/** A former secret that still signs while a rotation overlaps. */
export interface PreviousSecret {
  sealed: SealedSecret;
  /** The secret's version, to which it is bound. */
  version: number;
  expiresAt: number;
}

/** Where we POST. Times in ms since the epoch. */
export interface Endpoint {
  id: string;
  tenant: string;
  url: string;
  description: string;
  eventTypes: string[];
  filter: string | null;
  state: EndpointState;
  disabledReason: DisabledReason | null;
  headers: Record<string, string>;
  signatureProfile: string;
  retryPolicy: RetryPolicy;
  timeoutSeconds: number;
  rateLimitPerSecond: number | null;
  metadata: Record<string, string>;
  secret: SealedSecret;
  secretVersion: number;
  previousSecrets: PreviousSecret[];
  /** Rises with every change; every write is conditional on the version it was made from. */
  version: number;
  createdAt: number;
  updatedAt: number;
}

/** Of former secrets, those that still sign at some time. */
export function stillSigning<Former extends Pick<PreviousSecret, 'expiresAt'>>(
  formers: readonly Former[],
  nowMs: number,
): Former[] {
  return formers.filter(({ expiresAt }) => expiresAt > nowMs);
}

/** The endpoint of a message, with what is known of its health. */
export interface EndpointWithHealth {
  endpoint: Endpoint;
  health: EndpointHealth;
}
