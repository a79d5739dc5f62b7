/** One POST, signed, with valid headers. The sender changes nothing in it. */
export interface OutboundRequest {
  url: string;
  /** Names in the spelling to send. Framing is the sender's: host, content-length, connection and such are its own. */
  headers: Readonly<Record<string, string>>;
  /** The exact text that was signed; it leaves as UTF-8. */
  body: string;
  /** Limit of the exchange up to the answer's headers: DNS, connect, TLS, request and waiting. */
  timeoutMs: number;
  /** How many bytes of the answer's body to keep, by status. */
  excerptBytesMax: (statusCode: number) => number;
}

/** Why an attempt failed, as the API shows it. `http_status`: an answer came and was not a 2xx. */
export type AttemptErrorCode =
  | 'dns_error'
  | 'connection_refused'
  | 'connection_reset'
  | 'network_unreachable'
  | 'timeout'
  | 'tls_error'
  | 'blocked_address'
  | 'invalid_response'
  | 'http_status';

/** What one POST came to. A failure is an outcome here, never an exception. */
export interface AttemptResult {
  /** When it was sent, in milliseconds since the epoch. */
  at: number;
  /** From the start to the answer's headers, or to the failure. Reading the body does not count. */
  durationMs: number;
  /** Null when no answer came. */
  statusCode: number | null;
  /** Null for a 2xx, and only then. */
  errorCode: AttemptErrorCode | null;
  /** The Retry-After header as it came, cut at 64 characters; null when there was none. */
  retryAfter: string | null;
  /** The start of the answer's body as text without control characters; empty when there was none. */
  responseExcerpt: string;
}

/** Makes one attempt. */
export interface Sender {
  /**
   * POSTs once and never follows a redirect. Never rejects for anything that a receiver or the network does.
   * Rejects for a fault of ours, before anything was sent: no socket or memory left, a header that is not valid HTTP.
   * The receiver may see the same request twice (same `webhook-id`) when a kept-alive connection dies under it.
   */
  send(request: OutboundRequest): Promise<AttemptResult>;
}
