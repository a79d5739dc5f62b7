import { createHash } from 'node:crypto';
import { isoTime } from '../../core/clock.ts';
import type { UnreadableLetter, UnreadableLetters } from '../../core/fanout/unreadable-letter.ts';

/** Dead letters that were set aside, in memory, by id. */
export class MemoryUnreadableLetters implements UnreadableLetters {
  readonly letters = new Map<string, UnreadableLetter>();

  put: UnreadableLetters['put'] = async (letter) => {
    const day = isoTime(letter.setAsideAt).slice(0, 10);
    const digest = createHash('sha256').update(letter.body).digest('hex');
    this.letters.set(`ltr_${letter.queue}_${day}_${digest}`, { ...letter });
    return `unreadable/${letter.queue}/${day}/${digest}`;
  };

  list: UnreadableLetters['list'] = async (after, limit) => {
    const rest = [...this.letters.keys()].sort().filter((id) => after === null || id > after);
    const items = rest.slice(0, limit);
    return { items, next: rest.length > limit ? (items.at(-1) ?? null) : null };
  };

  find: UnreadableLetters['find'] = async (id) => structuredClone(this.letters.get(id));
}
