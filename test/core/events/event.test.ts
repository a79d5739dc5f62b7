import { describe, expect, it } from 'vitest';
import {
  type FanoutPage,
  fanoutIsDone,
  joinNotes,
  matchedEndpoints,
  notedEndpoints,
} from '../../../core/events/event.ts';
import { cursorOfOpenPage } from '../../../core/fanout/message.ts';
import { JobWorld } from '../../support/job-world.ts';

const page = (matched: number, last: boolean, more: Partial<FanoutPage> = {}): FanoutPage => ({
  ...{ matched, endpointIds: [], last },
  ...more,
});
const beginsAt = (from: string) => ({ from });
const goesOnAt = (next: string) => ({ next });

describe('the fan-out of an event', () => {
  it.each([
    ['has not begun', {}, null],
    ['has further pages to come', { 0: page(200, false) }, null],
    ['misses a page between', { 0: page(200, false), 2: page(3, true) }, null],
    ['is done', { 0: page(200, false), 1: page(3, true) }, 203],
    [
      'is done, with pages that begin where the ones before end',
      { 0: page(2, false, goesOnAt('0#a#ep_2')), 1: page(3, true, beginsAt('0#a#ep_2')) },
      5,
    ],
    [
      'misses a page, in whose place is one of an earlier run',
      { 0: page(2, false, goesOnAt('0#a#ep_2')), 1: page(3, true, beginsAt('0#a#ep_5')) },
      null,
    ],
    ['was repeated, and has ended earlier than the first time', { 0: page(201, true), 1: page(1, true) }, 201],
  ])('that %s', (_, fanout, matched) => {
    const event = new JobWorld().event('evt_1', { fanout });
    expect([matchedEndpoints(event), fanoutIsDone(event)]).toEqual([matched, matched !== null]);
  });

  it.each([
    ['its first page, if that is not done', {}, undefined],
    ['nothing, once it is done', { 0: page(3, true) }, undefined],
    [
      'the page that is missing',
      { 0: page(60, false, goesOnAt('1#order.*#ep_2')) },
      { page: 1, pattern: 1, after: 'order.*#ep_2', noted: 60 },
    ],
    [
      'the missing page at the beginning of a pattern',
      {
        0: page(60, false, goesOnAt('0#a#ep_2')),
        1: page(60, false, { ...beginsAt('0#a#ep_2'), ...goesOnAt('1#') }),
        3: page(1, true),
      },
      { page: 2, pattern: 1, after: null, noted: 100 },
    ],
    [
      'the whole index, if an earlier version did not note where the missing page begins',
      { 0: page(60, false) },
      { page: 1, pattern: 0, after: null, noted: 60 },
    ],
  ])('is continued with %s', (_, fanout, cursor) => {
    const event = new JobWorld().event('evt_1', { fanout });
    expect(cursorOfOpenPage(event)).toEqual(cursor);
    expect(cursorOfOpenPage({ ...event, wide: true })).toEqual(cursor && { ...cursor, wide: true });
  });

  it.each([
    ['other endpoints', page(1, false, { endpointIds: ['a'] }), page(1, true, { endpointIds: ['b'] }), 2, ['a', 'b']],
    ['fewer endpoints', page(200, false, { endpointIds: ['a'] }), page(1, true, { endpointIds: ['a'] }), 200, ['a']],
    [
      'another page of that number',
      page(200, false, { endpointIds: ['a'], ...beginsAt('0#a') }),
      page(1, true, { endpointIds: ['b'], ...beginsAt('0#b') }),
      2,
      ['a', 'b'],
    ],
  ])('that notes %s later keeps those noted before', (_, earlier, later, matched, endpointIds) => {
    expect(joinNotes({ 0: earlier }, 0, later)).toEqual({ ...later, matched, endpointIds });
  });

  it('that is done stays so, when another run notes its page and may then end midway', () => {
    const fanout = { 0: page(1, false, { endpointIds: ['a'], next: '0#a' }), 1: page(1, true, beginsAt('0#a')) };
    const joined = joinNotes(fanout, 0, page(2, false, { endpointIds: ['a', 'b'], next: '0#b' }));
    expect(joined).toEqual({ ...fanout[0], matched: 2, endpointIds: ['a', 'b'] });
    expect(fanoutIsDone({ fanout: { ...fanout, 0: joined } })).toBe(true);
  });

  it('keeps at most 100 endpoints of a page, however often that is noted', () => {
    const many = Array.from({ length: 100 }, (_, at) => `ep_${at}`);
    const earlier = page(100, true, { endpointIds: many });
    const joined = joinNotes({ 0: earlier }, 0, page(1, true, { endpointIds: ['ep_new'] }));
    expect(joined).toMatchObject({ matched: 100, endpointIds: many });
  });

  it('counts an endpoint once that is on two pages', () => {
    const fanout = { 0: page(1, false, { endpointIds: ['a'] }), 1: page(2, true, { endpointIds: ['a', 'b'] }) };
    expect(notedEndpoints({ fanout })).toEqual(['a', 'b']);
  });
});
