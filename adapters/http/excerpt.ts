const encoder = new TextEncoder();
/**
 * Control characters except tab and line feed, format characters, which are not seen (marks that change the text direction, zero
 * widths, tags), and line and paragraph separators: all can deceive a reader.
 */
const unsafe = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

const asItIs = (text: string) => text;

/**
 * The start of a response body as text that is safe to store and show: at most `bytesMax` bytes of UTF-8, no partial
 * character at the end, invalid UTF-8 replaced with U+FFFD.
 * @param as how the body is written, and what strikes secrets out, also one of which the end is cut. `isLatin1`: it is in
 * Windows-1252, of which Latin-1 is a part, instead of UTF-8.
 */
export function excerptOf(
  chunks: readonly Uint8Array[],
  bytesMax: number,
  { isLatin1 = false, hide = asItIs }: { isLatin1?: boolean; hide?: (text: string) => string } = {},
): string {
  if (chunks.length === 0 || bytesMax <= 0) return '';
  const body = Buffer.concat(chunks);
  const text = isLatin1 ? windows1252(body.subarray(0, bytesMax)) : utf8(body, bytesMax);
  const safe = hide(text.replace(unsafe, (character) => (character === '\n' || character === '\t' ? character : '')));
  // Replaced bytes grow to three each, so the cap is applied to the text once more.
  return safe.length * 3 <= bytesMax ? safe : safe.slice(0, encoder.encodeInto(safe, new Uint8Array(bytesMax)).read);
}

function utf8(body: Buffer, bytesMax: number): string {
  // Streaming mode drops the bytes of a character that the cut broke, instead of replacing them.
  return new TextDecoder().decode(body.subarray(0, bytesMax), { stream: body.length > bytesMax });
}

/** What Windows-1252 has in place of the control characters from U+0080 on. */
const instead = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** Not by TextDecoder, which knows this encoding only if Node was built with all of ICU. */
function windows1252(body: Buffer): string {
  return body.toString('latin1').replace(/[\x80-\x9f]/g, (control) => instead[control.charCodeAt(0) - 0x80] ?? '');
}
