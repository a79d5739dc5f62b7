import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Problem } from '../../core/problem.ts';

const MARK = '\ufeff';
const MARK_BYTES = 3;
/** What a decoder substitutes for bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd';

/**
 * The text of an event's body, without a byte order mark; empty if there is none. API Gateway passes the body as
 * base64 unless it considers the content type to be text.
 * @throws Problem `malformed` when the body was not UTF-8.
 */
export function bodyText({
  body = '',
  isBase64Encoded,
  headers,
}: Pick<APIGatewayProxyEventV2, 'body' | 'isBase64Encoded' | 'headers'>): string {
  const contentLength = headers['content-length'];
  if (isBase64Encoded) return textOf(Buffer.from(body, 'base64'), contentLength);
  if (body.includes(REPLACEMENT)) refuseAltered(Buffer.byteLength(body), contentLength);
  return body.startsWith(MARK) ? body.slice(MARK.length) : body;
}

/**
 * The text of a body, without a byte order mark.
 * @param bytes the body, or what API Gateway's conversion to text left of it.
 * @param contentLength the request's Content-Length header.
 * @throws Problem `malformed` when the body was not UTF-8.
 */
export function textOf(bytes: Uint8Array, contentLength: string | undefined): string {
  const text = decoded(bytes);
  if (text.includes(REPLACEMENT)) refuseAltered(bytes.length, contentLength);
  return text;
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw notUtf8();
  }
}

/**
 * If API Gateway considers a body to be text, it silently substitutes a replacement character for what is not UTF-8.
 * The character itself is legal, but substitution changes the length from the declared one, except for three bytes of
 * a four-byte character. A byte order mark may have been dropped upstream.
 */
function refuseAltered(byteLength: number, contentLength: string | undefined): void {
  if (contentLength === undefined || !/^\d+$/.test(contentLength)) return;
  const missing = Number(contentLength) - byteLength;
  if (missing !== 0 && missing !== MARK_BYTES) throw notUtf8();
}

function notUtf8(): Problem {
  return new Problem('malformed', 'The body is not UTF-8: send JSON in UTF-8, without compression.');
}
