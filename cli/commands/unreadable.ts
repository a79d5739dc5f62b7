import type { components } from '@postrider/client';
import { allOption, type Group, limitOption, withExample } from '../runtime/command.ts';
import type { Column } from '../runtime/output.ts';
import { AS_TEXT } from '../runtime/session.ts';

type Schemas = components['schemas'];

const COLUMNS: readonly Column<Schemas['ListedUnreadableMessage']>[] = [
  { heading: 'id', value: ({ id }) => id },
  { heading: 'queue', value: ({ queue }) => queue },
  { heading: 'set aside on', value: (letter) => letter.set_aside_on },
];

/** `postrider unreadable`: messages that could not be processed. */
export const unreadableCommands: Group = (root, run) => {
  const unreadable = root.command('unreadable').description('messages with events that could not be processed');

  withExample(
    unreadable
      .command('list')
      .description('list them, by queue, the oldest day first')
      .addOption(limitOption())
      .addOption(allOption()),
    'postrider unreadable list',
    'see whether there are any',
  ).action((list) =>
    run((session) =>
      session.list(list, COLUMNS, (client, from) =>
        client.GET('/v1/unreadable', { params: { query: from }, ...AS_TEXT }),
      ),
    ),
  );

  withExample(
    unreadable.command('get').description('show one, with its body').argument('<id>', 'the message'),
    'postrider unreadable get ltr_fanout_2026-11-22_3f6b0a1c9d5e4f7a8b2c6d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a',
    'what it holds, and why it could not be processed',
  ).action((id) =>
    run(async (session) => {
      const text = await session.text((client) =>
        client.GET('/v1/unreadable/{id}', { params: { path: { id } }, ...AS_TEXT }),
      );
      session.out.one<Schemas['UnreadableMessage']>(text, (letter, time) => [
        ['id', letter.id],
        ['queue', letter.queue],
        ['set aside', time(letter.set_aside_at)],
        ['reason', letter.reason],
        ['bytes', letter.size_bytes],
        ['body', letter.body],
      ]);
    }),
  );
};
