/** A body without its transfer framing, and its trailing headers. */
export interface Unchunked {
  readonly body: Buffer;
  readonly trailers: ReadonlyMap<string, string>;
}

const CRLF = '\r\n';

/**
 * Decodes the `aws-chunked` encoding, in which SDKs send bodies whose checksum follows them: chunks of
 * `<hex length>[;chunk-signature=...]` until one of length 0, then trailing headers.
 * @throws Error if the framing is invalid.
 */
export function unchunk(encoded: Buffer): Unchunked {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = encoded.indexOf(CRLF, at);
    const length = Number.parseInt(encoded.subarray(at, lineEnd).toString('latin1'), 16);
    if (lineEnd < 0 || Number.isNaN(length)) throw new Error('The aws-chunked body has no chunk length.');
    const start = lineEnd + CRLF.length;
    if (length === 0) return { body: Buffer.concat(chunks), trailers: parseTrailers(encoded.subarray(start)) };
    if (start + length > encoded.length) throw new Error('The aws-chunked body ends inside a chunk.');
    chunks.push(encoded.subarray(start, start + length));
    at = start + length + CRLF.length;
  }
}

function parseTrailers(rest: Buffer): Map<string, string> {
  const trailers = new Map<string, string>();
  for (const line of rest.toString('latin1').split(CRLF)) {
    const colon = line.indexOf(':');
    if (colon > 0) trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return trailers;
}
