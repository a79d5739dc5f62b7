import * as z from 'zod';

/** One POST, signed, with valid headers. The sender changes nothing in it. */
export interface OutboundRequest {
  url: string;
  /** The owner of the endpoint: what one tenant may have under way of what all share, such as look-ups, is bounded. */
  tenant: string;
  /** Names in the spelling to send. Framing is the sender's: host, content-length, connection and such are its own. */
  headers: Readonly<Record<string, string>>;
  /** The exact text that was signed; it leaves as UTF-8. */
  body: string;
  /**
   * Time limit from the start to the response's headers: DNS, connect, TLS, request and waiting. It begins once a look-up
   * that is needed has begun.
   */
  timeoutMs: number;
  /** How many bytes of the response body to keep, by status, and by the bytes that are kept of the response besides. */
  excerptBytesMax: (statusCode: number, besides: number) => number;
  /** Strikes secrets out of what is kept of an answer, before it is cut a last time. Default: nothing is struck out. */
  hide?: (text: string) => string;
}

export const ATTEMPT_ERROR_CODES = [
  'dns_error',
  'connection_refused',
  'connection_reset',
  'network_unreachable',
  'timeout',
  'tls_error',
  'blocked_address',
  'invalid_response',
  'http_status',
] as const;
/** Why an attempt failed, as the API shows it. `http_status`: a response arrived and was not a 2xx. */
export type AttemptErrorCode = (typeof ATTEMPT_ERROR_CODES)[number];

export const ATTEMPT_ERROR_DETAILS = [
  'expired',
  'wrong_name',
  'incomplete_chain',
  'self_signed',
  'protocol',
  'client_certificate_wanted',
] as const;
/** What is wrong with the receiver's TLS, where that is known. */
export type AttemptErrorDetail = (typeof ATTEMPT_ERROR_DETAILS)[number];

/** Size of the stored response excerpts, in bytes: a success needs little. */
export const EXCERPT_BYTES_SUCCESS = 256;
/** A failure needs more, for debugging: as much as an attempt may have that the ledger keeps apart for one write unit. */
export const EXCERPT_BYTES_FAILURE = 800;
/** What an attempt keeps of excerpt, headers, address and URL together, in bytes, with the frame in which they are stored. */
const KEPT_BYTES = { success: 400, failure: 780 } as const;
/** An excerpt may have this much all the same, where a long URL takes more. */
const EXCERPT_BYTES_LEAST = { success: 64, failure: 400 } as const;

/** How many bytes of an answer's body are kept beside so many bytes of its headers, the address and the URL. */
export function excerptBytes(statusCode: number, besides: number): number {
  const isSuccess = statusCode >= 200 && statusCode < 300;
  const [most, how] = isSuccess
    ? [EXCERPT_BYTES_SUCCESS, 'success' as const]
    : [EXCERPT_BYTES_FAILURE, 'failure' as const];
  return Math.min(most, Math.max(EXCERPT_BYTES_LEAST[how], KEPT_BYTES[how] - besides));
}

/**
 * The headers of an answer that are kept, the first of them that it has: what says who answered, and where its log has it. None that
 * carries credentials, cookies or addresses.
 */
export const RESPONSE_HEADERS = [
  'content-type',
  'retry-after',
  'server',
  'x-request-id',
  'request-id',
  'x-correlation-id',
  'x-amzn-requestid',
  'x-amz-cf-id',
  'cf-ray',
  'x-github-request-id',
  'x-cloud-trace-context',
  'date',
  'via',
] as const;
/** How many of them are kept, and how many characters of a value. */
export const RESPONSE_HEADERS_MAX = 6;
export const RESPONSE_HEADER_LENGTH = 64;

/** The result of one POST, also as a message carries it. A failure is a result, never an exception. */
export const attemptResult = z.object({
  /** When it was sent, in milliseconds since the epoch. */
  at: z.number(),
  /** From the start to the response's headers, or to the failure. Reading the body does not count. */
  durationMs: z.number(),
  /** Null if there was no response. */
  statusCode: z.number().nullable(),
  /** Null for a 2xx, and only then. */
  errorCode: z.enum(ATTEMPT_ERROR_CODES).nullable(),
  /** Only for a `tls_error` whose reason is known. One that a later version may add is left out. */
  errorDetail: z.enum(ATTEMPT_ERROR_DETAILS).optional().catch(undefined),
  /** The Retry-After header as it came, cut at 64 characters; null when there was none. */
  retryAfter: z.string().nullable(),
  /** The address that it was sent to; absent without a connection, and in messages of earlier versions. */
  remoteIp: z.string().optional(),
  /** Those of `RESPONSE_HEADERS` that the answer had; absent if none. */
  responseHeaders: z.record(z.string(), z.string()).optional(),
  /** What was requested. Absent in messages of earlier versions. */
  url: z.string().optional(),
  /** The start of the response body as text without control and format characters; empty if there was none. */
  responseExcerpt: z.string(),
});
export type AttemptResult = z.output<typeof attemptResult>;

/** Makes one attempt. */
export interface Sender {
  /**
   * POSTs once and never follows a redirect. Never rejects for anything that a receiver or the network does.
   * Rejects only on an error on our side, before anything was sent: no socket or memory left, no resolver that answers, no
   * turn for a look-up in time, or an invalid header.
   * The receiver may see the same request twice (same `webhook-id`) when a kept-alive connection dies under it.
   */
  send(request: OutboundRequest): Promise<AttemptResult>;
}
