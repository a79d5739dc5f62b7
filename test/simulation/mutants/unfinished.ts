import type { Mutant } from './mutant.ts';

const UNFINISHED = 'core/fanout/unfinished.ts';
const PENDING = 'core/fanout/pending.ts';

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
    find: '  if (searchedTo === null) return false;\n',
    replace: '  if (searchedTo === null) return false;\n  await unfinished.noteSearched(shard, sought, searchedTo);\n',
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
    find: 'open.has(eventId) || pending.has(eventId) || unreadable.has(eventId);',
    replace: 'pending.has(eventId) || unreadable.has(eventId);',
  },
  {
    name: 'fan-outs: deliveries whose first message is lost are not searched for',
    file: UNFINISHED,
    find: "new Set<Sought>(['fan-outs', 'deliveries'])",
    replace: "new Set<Sought>(['fan-outs'])",
  },
  {
    name: 'fan-outs: deliveries whose first message is lost are found, and left',
    file: PENDING,
    find: 'if (pending.length === 0) return true;',
    replace: 'if (pending.length < 99) return true;',
  },
  {
    name: 'fan-outs: deliveries of an event that was announced again are not looked at',
    file: UNFINISHED,
    find: 'const done = [...read.values()].filter(fanoutIsDone);',
    replace:
      'const ages = new Map(entries.map(({ eventId, announced }) => [eventId, announced]));\n  const done = [...read.values()].filter((event) => fanoutIsDone(event) && ages.get(event.id) === 0);',
  },
  {
    name: 'fan-outs: an event whose page is missing begins with the first, which is done',
    file: 'core/fanout/message.ts',
    find: 'if (open === null || open.page === 0) return undefined;',
    replace: 'if (open === null || open.page >= 0) return undefined;',
  },
];
