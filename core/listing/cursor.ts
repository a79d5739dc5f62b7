import { createHash } from 'node:crypto';
import * as z from 'zod';
import { Problem } from '../problem.ts';

const cursorContent = z.strictObject({ q: z.string(), p: z.string().max(256) });

/** What a cursor belongs to: the list, its tenant and its filters. The page size may change between pages. */
export type ListQuery = readonly (string | number | null | undefined)[];

/** Covers the position too, so that an altered cursor is invalid. It catches mistakes; it is not a security measure. */
function fingerprint(query: ListQuery, position: string): string {
  return createHash('sha256')
    .update(JSON.stringify([...query, position]))
    .digest('base64url')
    .slice(0, 16);
}

/** The opaque text by which a client asks for the next page. */
export function writeCursor(query: ListQuery, position: string | null): string | null {
  if (position === null) return null;
  return Buffer.from(JSON.stringify({ q: fingerprint(query, position), p: position })).toString('base64url');
}

/**
 * The position in a cursor; null if there is none.
 * @param shape matches the positions of this list.
 * @throws Problem `invalid` for a cursor of another query, an altered one, or any other text.
 */
export function readCursor(query: ListQuery, cursor: string | undefined, shape: RegExp): string | null {
  if (cursor === undefined) return null;
  const content = parse(cursor);
  if (content === undefined || !shape.test(content.p)) throw refused('Not a cursor issued by this API.');
  if (content.q !== fingerprint(query, content.p)) {
    throw refused('This cursor belongs to another list, tenant or filter, or was altered.');
  }
  return content.p;
}

function parse(cursor: string): z.output<typeof cursorContent> | undefined {
  try {
    return cursorContent.safeParse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

function refused(message: string): Problem {
  return new Problem('invalid', 'The cursor is not valid: repeat the query without it to start over.', {
    faults: [{ path: 'cursor', message }],
  });
}
