import * as z from 'zod';
import { isoTime } from '../../../core/clock.ts';
import { LETTER_ID, UNREADABLE_REASONS, type UnreadableLetter } from '../../../core/fanout/unreadable-letter.ts';
import { count, pageOf, responseSchemas, time } from '../common-schemas.ts';

export const listedLetterAnswer = z
  .object({
    id: z.string(),
    queue: z.string().meta({
      description: 'The dead-letter queue that it was in: of the rule of the event bus, or of the fan-out.',
      examples: ['rule', 'fanout'],
    }),
    set_aside_on: z.iso.date().meta({ description: 'A day in UTC.' }),
  })
  .register(responseSchemas, { id: 'ListedUnreadableMessage' });
export const letterPage = pageOf(listedLetterAnswer, 'UnreadableMessagePage');

export const letterAnswer = z
  .object({
    ...listedLetterAnswer.shape,
    set_aside_at: time,
    reason: z.enum(UNREADABLE_REASONS).meta({
      description:
        'Its body is no JSON, or no message of the fan-out; or its events could not be fanned out in ten rounds (four hours).',
    }),
    size_bytes: count.meta({ description: 'The length of the body in UTF-8.' }),
    body: z.string().meta({ description: 'As it was in the queue. It may hold the data of events, of any tenant.' }),
  })
  .register(responseSchemas, { id: 'UnreadableMessage' });

/** A letter in a list: what its id says. */
export function listedLetterOnWire(id: string): z.output<typeof listedLetterAnswer> {
  const [, queue = '', day = ''] = LETTER_ID.exec(id) ?? [];
  return { id, queue, set_aside_on: day };
}

/** A letter in the API's format. */
export function letterOnWire(id: string, letter: UnreadableLetter): z.output<typeof letterAnswer> {
  return {
    ...listedLetterOnWire(id),
    set_aside_at: isoTime(letter.setAsideAt),
    reason: letter.reason,
    size_bytes: Buffer.byteLength(letter.body),
    body: letter.body,
  };
}
