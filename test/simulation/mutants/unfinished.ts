import type { Mutant } from './mutant.ts';

const UNFINISHED = 'core/fanout/unfinished.ts';

/** In the task that announces unfinished events again. */
export const UNFINISHED_EVENTS: readonly Mutant[] = [
  {
    name: 'fan-outs: the search passes an unfinished event by',
    file: UNFINISHED,
    find: 'found.map((event) => ({ ...event, announced: 0, dueAt })),',
    replace: 'found.slice(1).map((event) => ({ ...event, announced: 0, dueAt })),',
  },
  {
    name: 'fan-outs: how far the search has got is noted before what it found',
    file: UNFINISHED,
    find: '  if (searchedTo === null) return null;\n',
    replace: '  if (searchedTo === null) return null;\n  await unfinished.noteSearched(shard, searchedTo);\n',
  },
  {
    name: 'fan-outs: one shard is never searched',
    file: UNFINISHED,
    find: 'const counts = await Promise.all(shards.map(',
    replace: 'const counts = await Promise.all(shards.slice(1).map(',
  },
  {
    name: 'fan-outs: announced as if for the first time',
    file: UNFINISHED,
    find: 'acceptedEventOf(record, payload, true)',
    replace: 'acceptedEventOf(record, payload, false)',
  },
  {
    name: 'fan-outs: finished events are announced',
    file: UNFINISHED,
    find: '!fanoutIsDone(event) && event.type',
    replace: 'event.type',
  },
  {
    name: 'fan-outs: what was announced once is forgotten',
    file: UNFINISHED,
    find: 'open.has(eventId) || unreadable.has(eventId);',
    replace: 'unreadable.has(eventId);',
  },
  {
    name: 'fan-outs: an event whose page is missing begins with the first, which is done',
    file: 'core/fanout/message.ts',
    find: 'if (open === null || open.page === 0) return undefined;',
    replace: 'if (open === null || open.page >= 0) return undefined;',
  },
];
