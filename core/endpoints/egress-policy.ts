/** The answer of an egress check. `reason` is a sentence for people that says what is wrong and what to give instead. */
export type UrlVerdict = { ok: true; url: URL } | { ok: false; reason: string };

/**
 * Which URLs a webhook may be sent to. One rule for both sides: an endpoint is registered by it, and every attempt is
 * checked again by it. It looks at the URL alone; what a host name resolves to is checked when it is dialled.
 */
export interface EgressPolicy {
  /** Never throws, whatever text it is given. */
  checkUrl(url: string): UrlVerdict;
}

/** The longest endpoint URL, in characters, as given and as normalised. */
export const urlLengthMax = 2048;
