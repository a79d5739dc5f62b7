import type { RetryPolicy } from '../retry/policy.ts';
import type { SealedSecret } from '../secrets/seal.ts';

export type EndpointState = 'active' | 'paused' | 'disabled';
export const DISABLED_REASONS = ['gone', 'failing', 'filter', 'manual'] as const;
/** `filter`: the filter left more than 1,000 events of an hour undecided. */
export type DisabledReason = (typeof DISABLED_REASONS)[number];
/** Why an endpoint is disabled automatically. */
export type AutomaticReason = Exclude<DisabledReason, 'manual'>;

/** A previous secret that still signs during a rotation overlap. */
export interface PreviousSecret {
  sealed: SealedSecret;
  /** The secret's version, to which it is bound. */
  version: number;
  expiresAt: number;
}

/** Where webhooks are POSTed. Times in ms since the epoch. */
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
  /** Increases with every change; every write is conditional on the version it was made from. */
  version: number;
  createdAt: number;
  updatedAt: number;
}

/** The previous secrets that still sign at the given time. */
export function stillSigning<Former extends Pick<PreviousSecret, 'expiresAt'>>(
  previous: readonly Former[],
  nowMs: number,
): Former[] {
  return previous.filter(({ expiresAt }) => expiresAt > nowMs);
}
