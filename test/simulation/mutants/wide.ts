import type { Mutant } from './mutant.ts';

const IS_WIDE = 'core/fanout/is-wide.ts';
const ADVANCE = 'core/deliveries/advance.ts';

/** In what concerns wide events: where their deliveries are recorded, and their lane. */
export const WIDE: readonly Mutant[] = [
  {
    name: 'wide: a fan-out that is repeated ignores the mark',
    file: IS_WIDE,
    find: 'if (record?.wide !== undefined) return record.wide;',
    replace: 'if (record?.wide !== undefined) return isLarge;',
  },
  {
    name: 'wide: a fan-out does not mark the event',
    file: IS_WIDE,
    find: 'return isFirst && !isLarge ? false : ledger.markWide(event.id, isLarge);',
    replace: 'return isLarge;',
  },
  {
    name: 'wide: a repeated fan-out that finds a small tenant writes no mark',
    file: IS_WIDE,
    find: 'return isFirst && !isLarge ? false :',
    replace: 'return !isLarge ? false :',
  },
  {
    name: 'wide: the next page forgets that the event is wide',
    file: 'core/fanout/fan-out.ts',
    find: 'const cursor = { ...chosen.next, ...(wide && { wide }) };',
    replace: 'const cursor = chosen.next;',
  },
  {
    name: 'wide: what comes from the waiting room forgets where its record is',
    file: ADVANCE,
    find: '...(record.wide && { wide: true }),',
    replace: '',
  },
  {
    name: 'wide: its deliveries go to the lane of their endpoint',
    file: 'core/deliveries/message.ts',
    find: "lane: lane === 'fast' ? 'bulk' : lane, groupId",
    replace: 'lane, groupId',
  },
  {
    name: 'wide: a retry forgets where its record is',
    file: 'core/deliveries/record-result.ts',
    find: 'const { repeat: _, slot: __, copy: ___, requested: ____, ...message }',
    replace: 'const { repeat: _, slot: __, copy: ___, wide: ____, ...message }',
  },
];
