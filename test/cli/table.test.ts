import { describe, expect, it } from 'vitest';
import { table } from '../../cli/table.ts';

const text = {
  headings: ['id', 'type', 'attempts', 'why'],
  rows: [
    ['dlv_1', 'order.created', '1', '-'],
    ['dlv_20', 'a', '10', 'http_status 500'],
  ],
  right: [2],
};
const lines = (width?: number) => table({ ...text, ...(width !== undefined && { width }) }).split('\n');

describe('a table', () => {
  it('has a line for each row where there is room', () => {
    const wide = [
      'id      type           attempts  why',
      '------  -------------  --------  ---------------',
      'dlv_1   order.created         1  -',
      'dlv_20  a                    10  http_status 500',
    ];
    expect(lines()).toEqual(wide);
    expect(lines(48)).toEqual(wide);
  });

  it('goes on below, indented, where a line has no room for a column, unless nothing is there', () => {
    expect(lines(47)).toEqual([
      'id      type           attempts',
      '  why',
      '-------------------------------',
      'dlv_1   order.created         1',
      'dlv_20  a                    10',
      '  http_status 500',
    ]);
  });

  it('gives a column that is wider than a line one of its own', () => {
    expect(lines(9)).toEqual([
      ...['id', '  type', '  attempts', '  why', '-----------------'],
      ...['dlv_1', '  order.created', '         1'],
      ...['dlv_20', '  a', '        10', '  http_status 500'],
    ]);
  });
});
