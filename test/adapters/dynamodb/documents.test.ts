import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { readDocument } from '../../../adapters/dynamodb/client.ts';
import { UnreadableItem } from '../../../core/unreadable-item.ts';

const schema = z.object({ secret: z.string(), limits: z.object({ most: z.number() }), state: z.enum(['on', 'off']) });
const stored = { secret: 'whsec_c2VjcmV0', limits: { most: 5 }, state: 'on' };
const read = (doc: unknown) =>
  readDocument({ doc: { S: typeof doc === 'string' ? doc : JSON.stringify(doc) } }, 'doc', schema);

describe('a stored document', () => {
  it('keeps what a newer version added, since it is written back as a whole', () => {
    expect(read({ ...stored, added: { later: true } })).toEqual({ ...stored, added: { later: true } });
  });

  it.each([
    ['a member that is missing', { ...stored, limits: {} }, 'doc.limits.most'],
    ['a member of another type', { ...stored, secret: { whsec: 'c2VjcmV0' } }, 'doc.secret'],
    ['a value that a newer version wrote', { ...stored, state: 'c2VjcmV0' }, 'doc.state'],
    ['a text that is not JSON', '{"secret":"c2VjcmV0', '"doc"'],
  ])('is unreadable with %s: the error names the place and no value', (_, doc, place) => {
    const error = (() => {
      try {
        return read(doc);
      } catch (fault) {
        return fault;
      }
    })();
    expect(error).toBeInstanceOf(UnreadableItem);
    expect(String(error)).toContain(place);
    expect(String(error)).not.toContain('c2VjcmV0');
  });

  it('is unreadable without its attribute', () => {
    expect(() => readDocument({}, 'doc', schema)).toThrow('An item lacks the attribute "doc".');
  });
});
