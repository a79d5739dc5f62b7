import { describe, expect, it } from 'vitest';
import { type FanoutPage, fanoutIsDone, matchedEndpoints } from '../../../core/events/event.ts';
import { JobWorld } from '../../support/job-world.ts';

const page = (matched: number, last: boolean): FanoutPage => ({ matched, endpointIds: [], last });

describe('the fan-out of an event', () => {
  it.each([
    ['has not begun', {}, null],
    ['has further pages to come', { 0: page(200, false) }, null],
    ['misses a page between', { 0: page(200, false), 2: page(3, true) }, null],
    ['is done', { 0: page(200, false), 1: page(3, true) }, 203],
    ['was repeated, and has ended earlier than the first time', { 0: page(201, true), 1: page(1, true) }, 201],
  ])('that %s', (_, fanout, matched) => {
    const event = new JobWorld().event('evt_1', { fanout });
    expect([matchedEndpoints(event), fanoutIsDone(event)]).toEqual([matched, matched !== null]);
  });
});
