import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matches, pattern, patternsMatching } from '../../../core/event-types/pattern.ts';

const word = fc.stringMatching(/^[a-z0-9_-]{1,6}$/).filter((text) => text !== 'postrider');
const eventType = fc.array(word, { minLength: 1, maxLength: 8 }).map((words) => words.join('.'));

describe('patterns', () => {
  it('find an event type under itself, its prefixes and the star', () => {
    expect(patternsMatching('a.b.c')).toEqual(['a.b.c', 'a.b.*', 'a.*', '*']);
    expect(patternsMatching('a')).toEqual(['a', '*']);
  });

  it.each([
    ['order.*', 'order.created', true],
    ['order.*', 'order.item.added', true],
    ['order.*', 'order', false],
    ['order.*', 'orders.created', false],
    ['order', 'order.created', false],
    ['*', 'anything.at.all', true],
    ['*', 'postrider.delivery.dead', false],
    ['postrider.*', 'postrider.delivery.dead', true],
  ])('%s matches %s: %s', (text, type, expected) => {
    expect(matches([text], type)).toBe(expected);
  });

  it.each(['', '**', 'a*', '*.a', 'a.*.b', 'a..b', 'a b', '.a', 'a.', '.*'])('%j is refused', (text) => {
    expect(pattern.safeParse(text).success).toBe(false);
  });

  it('agree with a naive implementation of their rule', () => {
    fc.assert(
      fc.property(eventType, eventType, (type, other) => {
        expect(matches([other], type)).toBe(type === other);
        expect(matches([`${other}.*`], type)).toBe(type.startsWith(`${other}.`));
      }),
    );
  });
});
