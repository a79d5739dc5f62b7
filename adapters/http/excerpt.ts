const encoder = new TextEncoder();
/** Control characters except tab and line feed, and marks that change the text direction: both can deceive a reader. */
const unsafe = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * The start of a response body as text that is safe to store and show: at most `bytesMax` bytes of UTF-8, no partial
 * character at the end, invalid UTF-8 replaced with U+FFFD.
 */
export function excerptOf(chunks: readonly Uint8Array[], bytesMax: number): string {
  if (chunks.length === 0 || bytesMax <= 0) return '';
  const body = Buffer.concat(chunks);
  // Streaming mode drops the bytes of a character that the cut broke, instead of replacing them.
  const decoder = new TextDecoder();
  const text = decoder.decode(body.subarray(0, bytesMax), { stream: body.length > bytesMax });
  const safe = text.replace(unsafe, (character) => (character === '\n' || character === '\t' ? character : ''));
  // Replaced bytes grow to three each, so the cap is applied to the text once more.
  return safe.length * 3 <= bytesMax ? safe : safe.slice(0, encoder.encodeInto(safe, new Uint8Array(bytesMax)).read);
}
