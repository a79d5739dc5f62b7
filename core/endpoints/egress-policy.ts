/** The result of an egress check. `reason` is a sentence for users that says what is wrong and what to use instead. */
export type UrlVerdict = { ok: true; url: URL } | { ok: false; reason: string };

/**
 * Which URLs a webhook may be sent to. One rule for both sides: it is checked when an endpoint is registered and again
 * on every attempt. It looks only at the URL; the addresses of a host name are checked when they are dialled.
 */
export interface EgressPolicy {
  /** Never throws, whatever text it is given. */
  checkUrl(url: string): UrlVerdict;
}

/** The longest endpoint URL, in characters, as given and as normalised. */
export const urlLengthMax = 2048;
