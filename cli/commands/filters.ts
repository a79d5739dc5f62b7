import { type components, jsonText } from '@postrider/client';
import { UsageFault } from '../explain.ts';
import { type Group, withExample } from '../runtime/command.ts';
import { AS_TEXT } from '../runtime/session.ts';
import { dataOf } from './api.ts';
import { eventText } from './events.ts';

const WHICH_EVENT = 'Pass either --event, or both --type and --data.';

/** `postrider filters`: which events an endpoint wants. */
export const filterCommands: Group = (root, run) => {
  const filters = root.command('filters').description('which events of its types an endpoint wants');

  withExample(
    filters
      .command('try')
      .description('say whether a filter matches an event; nothing is stored or sent')
      .argument('<filter>', 'JMESPath over the envelope (docs/filters.md)')
      .option('--event <id>', 'a published event')
      .option('--type <name>', 'instead: the type of an event that is not published')
      .option('--data <json>', 'and its data: JSON, @file, or - for standard input')
      .option('--event-version <name>', 'and the version of its type')
      .option('--metadata <name=value...>', 'and its metadata'),
    "postrider filters try 'data.amount > `100`' --event evt_01kapj3m40e7c1p3d9t5v8x2zq",
    'would this order have been sent?',
  ).action((filter, { event, type, data, eventVersion, metadata }) =>
    run(async (session) => {
      const isWritten = [type, data, eventVersion, metadata].some((part) => part !== undefined);
      if (isWritten === (event !== undefined)) throw new UsageFault(WHICH_EVENT);
      let tried = `"event_id":${JSON.stringify(event)}`;
      if (event === undefined) {
        if (type === undefined || data === undefined) throw new UsageFault(WHICH_EVENT);
        const text = await dataOf(data, session.io);
        tried = `"event":${eventText({ type, data: text, version: eventVersion, metadata })}`;
      }
      const answer = await session.text((client) =>
        client.POST('/v1/filters/try', { ...jsonText(`{"filter":${JSON.stringify(filter)},${tried}}`), ...AS_TEXT }),
      );
      session.out.one<components['schemas']['FilterVerdict']>(answer, ({ verdict, reason, steps }) => [
        ['verdict', verdict],
        ['reason', reason],
        ['steps', steps],
      ]);
    }),
  );
};
