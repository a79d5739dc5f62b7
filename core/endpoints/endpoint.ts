import * as z from 'zod';
import { type SealedSecret, sealedSecret } from '../secrets/seal.ts';
import { type StoredHeaders, sealedHeaders, shownHeaders } from './headers.ts';
import { type EndpointSettings, fieldsOf, settingsOf, storedFields } from './settings.ts';

export const DISABLED_REASONS = ['gone', 'failing', 'filter', 'manual'] as const;
/** `filter`: the filter left more than 1,000 events of an hour undecided. */
export type DisabledReason = (typeof DISABLED_REASONS)[number];
/** Why an endpoint is disabled automatically. */
export type AutomaticReason = Exclude<DisabledReason, 'manual'>;

/** A previous secret that still signs during a rotation overlap. */
const previousSecret = z.object({
  sealed: sealedSecret,
  /** The secret's version, to which it is bound. */
  version: z.number(),
  expiresAt: z.number(),
});
export type PreviousSecret = z.output<typeof previousSecret>;

/** Where webhooks are POSTed, as stored: its settings, and what the product keeps with them. Times in ms since the epoch. */
export const storedEndpoint = z.object({
  id: z.string(),
  tenant: z.string(),
  /** `headers`: values that an earlier version stored in clear. */
  ...storedFields,
  /** Absent without headers. */
  sealedHeaders: sealedHeaders.optional(),
  disabledReason: z.enum(DISABLED_REASONS).nullable(),
  secret: sealedSecret,
  secretVersion: z.number(),
  previousSecrets: z.array(previousSecret),
  /** Increases with every change; every write is conditional on the version it was made from. */
  version: z.number(),
  createdAt: z.number(),
  updatedAt: z.number(),
});
export type Endpoint = z.output<typeof storedEndpoint>;

/** What a new endpoint is made of. The headers are those of the settings, sealed. */
interface EndpointParts {
  id: string;
  tenant: string;
  secret: SealedSecret;
  settings: EndpointSettings;
  headers: StoredHeaders;
}

/** An endpoint in its first version. */
export function newEndpoint({ settings, headers, ...own }: EndpointParts, nowMs: number): Endpoint {
  return {
    ...own,
    ...fieldsOf(settings),
    ...headers,
    disabledReason: settings.state === 'disabled' ? 'manual' : null,
    secretVersion: FIRST_VERSION,
    previousSecrets: [],
    version: FIRST_VERSION,
    createdAt: nowMs,
    updatedAt: nowMs,
  };
}

/** The settings as the API shows them: of a header only that it is set. */
export function shownSettings(endpoint: Endpoint): EndpointSettings {
  return settingsOf({ ...endpoint, headers: shownHeaders(endpoint) });
}

/** The first version of an endpoint, and of its secret. */
export const FIRST_VERSION = 1;

/** The previous secrets that still sign at the given time. */
export function stillSigning<Former extends Pick<PreviousSecret, 'expiresAt'>>(
  previous: readonly Former[],
  nowMs: number,
): Former[] {
  return previous.filter(({ expiresAt }) => expiresAt > nowMs);
}
